import { AppError } from '../core/errors.ts';
import type { EmitOptions, RawRecord } from '../core/stages.ts';
import type { IndexRange } from '../ledger/log.ts';
import { isImportant } from './lane.ts';
import { Retransmissions } from './retransmissions.ts';

/** Records of senders that do not wait: beyond it, what is not important is dropped, and counted. */
const ROOM = 50_000;
/** One stream may take so much of the room; the rest is for others. */
const STREAM_ROOM = ROOM / 4;
/** Important records of senders that do not wait: memory is bounded for them, too. */
const LAST_ROOM = 4 * ROOM;

/** How a batch is taken. */
export interface IntakeHow extends EmitOptions {
  /** Its source's records can be erased. */
  readonly erasable?: boolean;
}

export interface IntakeOptions {
  /** Keeps records; resolves when they are durable. Rejects only when the server stops. */
  readonly append: (records: readonly RawRecord[], erasable: boolean) => Promise<IndexRange>;
  /** Why nothing can be kept until a person mends it; null while that is not so. */
  readonly closed: () => string | null;
  /** Told of records that were dropped. */
  readonly onDropped: (stream: string, count: number, reason: 'no_room' | 'too_large') => void;
  /** Told how many records are durable. */
  readonly onDurable: (size: number) => void;
  readonly nowUs: () => number;
}

/** Where all records come in: what waits for the disk is bounded, and a flood does not push out what is important. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #again = new Retransmissions();
  /** Records that wait, of senders that do not: in all, and by stream. */
  #waiting = 0;
  readonly #byStream = new Map<string, number>();
  /** Receive times of what waits, by batch; the first is the oldest. */
  readonly #pending = new Map<number, number>();
  #batch = 0;
  #closed = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Takes note of a record that was kept before this start. */
  remember(record: RawRecord): void {
    this.#again.mark(record);
  }

  /** A sender took its leave: it sends nothing of that connection again. */
  closed(via: string): void {
    this.#again.closed(via);
  }

  /** See `SourceContext.emit`. */
  async emit(
    batch: readonly RawRecord[],
    { mayDrop = false, mayRefuse = false, erasable = false }: IntakeHow = {},
  ): Promise<void> {
    if (this.#closed) throw new AppError('E_UNAVAILABLE', 'the server stops');
    const closed = mayRefuse ? this.#options.closed() : null;
    if (closed !== null) throw new AppError('E_UNAVAILABLE', closed);
    const taken = mayDrop ? this.#roomFor(batch) : batch;
    if (taken.length === 0) return;
    const records = taken.map((record) => this.#again.mark(record));
    this.#batch += 1;
    const id = this.#batch;
    this.#pending.set(id, (records[0] as RawRecord).receivedAtUs);
    if (mayDrop) this.#count(records, 1);
    try {
      const { last } = await this.#append(records, erasable);
      this.#options.onDurable(last + 1);
    } finally {
      this.#pending.delete(id);
      if (mayDrop) this.#count(records, -1);
    }
  }

  // A record that the ledger can never take must not stop those beside it.
  async #append(records: readonly RawRecord[], erasable: boolean): Promise<IndexRange> {
    try {
      return await this.#options.append(records, erasable);
    } catch (error) {
      if (!(error instanceof AppError) || (error.code !== 'E_TOO_LARGE' && error.code !== 'E_MALFORMED')) throw error;
      if (records.length === 1) {
        this.#options.onDropped((records[0] as RawRecord).stream, 1, 'too_large');
        return { first: 0, last: -1 };
      }
      const half = records.length >> 1;
      const first = await this.#append(records.slice(0, half), erasable);
      const second = await this.#append(records.slice(half), erasable);
      return { first: first.first, last: Math.max(first.last, second.last) };
    }
  }

  #roomFor(batch: readonly RawRecord[]): RawRecord[] {
    const taken: RawRecord[] = [];
    for (const record of batch) {
      const { stream } = record;
      const room =
        this.#waiting + taken.length < ROOM && (this.#byStream.get(stream) ?? 0) + taken.length < STREAM_ROOM;
      if (room || (this.#waiting + taken.length < LAST_ROOM && isImportant(record.bytes))) taken.push(record);
      else this.#options.onDropped(stream, 1, 'no_room');
    }
    return taken;
  }

  #count(records: readonly RawRecord[], sign: 1 | -1): void {
    this.#waiting += sign * records.length;
    for (const { stream } of records) {
      const now = (this.#byStream.get(stream) ?? 0) + sign;
      if (now === 0) this.#byStream.delete(stream);
      else this.#byStream.set(stream, now);
    }
  }

  /** No record that is not durable yet was received, or will be, before this instant; microseconds. */
  settledUs(): number {
    let oldest = this.#options.nowUs();
    for (const us of this.#pending.values()) oldest = Math.min(oldest, us);
    return oldest - 1;
  }

  /** Takes nothing more. */
  close(): void {
    this.#closed = true;
  }
}
