// Hot path: `next` runs for each batch, `cutLines` below it for each line.
import type { RawRecord } from '../../core/stages.ts';
import type { Follower } from './follower.ts';
import type { Identities } from './identities.ts';
import type { LogFile, ReadResult } from './log-file.ts';
import type { PositionEntry } from './positions.ts';
import type { Troubles } from './troubles.ts';

/** What one file gives in its turn, and what a batch has at most, bytes and records. */
const TURN_BYTES = 512 << 10;
const BATCH_BYTES = 2 << 20;
const BATCH_RECORDS = 16_384;
/** A rotated file that did not grow for so long will not: its last line is complete, though nothing ends it. */
const HELD_MS = 5000;

/** Records of many files, and how far each was read with them. */
export interface Batch {
  readonly records: readonly RawRecord[];
  readonly entries: readonly PositionEntry[];
}

/**
 * Takes lines from files in turn, so that a large one does not keep the others waiting. A stream has one file in a batch, the oldest that
 * has more: so the last record of a stream tells exactly how far the batch came.
 */
export class Gather {
  readonly #identities: Identities;
  readonly #follower: Follower;
  readonly #troubles: Troubles;
  readonly #maxLine: number;
  readonly #nowUs: () => number;
  #turns: string[] = [];
  readonly #queued = new Set<string>();

  constructor(identities: Identities, follower: Follower, troubles: Troubles, maxLine: number, nowUs: () => number) {
    this.#identities = identities;
    this.#follower = follower;
    this.#troubles = troubles;
    this.#maxLine = maxLine;
    this.#nowUs = nowUs;
  }

  /** Takes note of what has grown. */
  refill(): void {
    for (const file of this.#identities.files.values()) if (this.#isDue(file)) this.#queue(file.stream);
  }

  /** The next lines; null when there are none for now. */
  async next(): Promise<Batch | null> {
    const records: RawRecord[] = [];
    const entries: PositionEntry[] = [];
    const turns = this.#turns;
    this.#turns = [];
    let bytes = 0;
    let taken = 0;
    while (taken < turns.length && bytes < BATCH_BYTES && records.length < BATCH_RECORDS) {
      const stream = turns[taken] as string;
      taken += 1;
      this.#queued.delete(stream);
      const file = this.#pick(stream);
      if (file === undefined) continue;
      const before = file.mark;
      if ((await this.#read(file, records)) && file.mark !== before) {
        bytes += file.mark.offset - before.offset;
        entries.push(file.entry());
        // How the content begins is saved before its lines are given away: should we be killed in between, a copy of it is known by that.
        if (file.mark.head !== before.head)
          this.#identities.births.push({ ...file.entry(), mark: { ...before, head: file.mark.head } });
      }
      if (this.#pick(stream) !== undefined) this.#queue(stream);
    }
    this.#turns = turns.slice(taken).concat(this.#turns);
    return entries.length === 0 ? null : { records, entries };
  }

  /** True while files wait for their turn. */
  get hasMore(): boolean {
    return this.#turns.length > 0;
  }

  #queue(stream: string): void {
    if (this.#queued.has(stream)) return;
    this.#queued.add(stream);
    this.#turns.push(stream);
  }

  #isDue(file: LogFile): boolean {
    return file.hasMore || this.#isLast(file);
  }

  /** What is left of it has no line feed, and will get none. */
  #isLast(file: LogFile): boolean {
    const isLeft = file.isAway && file.copyOf === null && file.size > file.mark.offset;
    return isLeft && this.#nowUs() / 1000 - Math.max(file.grownMs, file.mtimeMs) > HELD_MS;
  }

  #pick(stream: string): LogFile | undefined {
    let best: LogFile | undefined;
    for (const file of this.#identities.filesOf(stream))
      if (this.#isDue(file) && (best === undefined || isBefore(file, best))) best = file;
    return best;
  }

  #readOn(file: LogFile, records: RawRecord[]): Promise<ReadResult> {
    const order = { bytes: TURN_BYTES, maxLine: this.#maxLine, nowUs: this.#nowUs(), last: this.#isLast(file) };
    return file.read(order, records);
  }

  /** False when there was nothing to read after all. */
  async #read(file: LogFile, records: RawRecord[]): Promise<boolean> {
    if (!(await this.#follower.open(file))) {
      file.waitsAt = file.size; // until it grows, or is found elsewhere
      file.grownMs = this.#nowUs() / 1000;
      return false;
    }
    const result = await this.#readOn(file, records).catch((error: NodeJS.ErrnoException) => {
      file.waitsAt = file.size; // one bad disk or share does not keep the others from being read
      file.grownMs = this.#nowUs() / 1000;
      this.#troubles.tell('trouble', 'read', file.path, `it cannot be read (${error.code}); it is tried when it grows`);
      return null;
    });
    if (result === null) return false;
    if (result === 'rewritten') await this.#identities.begunAnew(file);
    else if (result === 'no text') await this.#follower.refuse(file);
    else {
      const { pieces, holes } = result;
      const lines = `a line is longer than ${this.#maxLine} bytes`;
      if (pieces > holes) this.#troubles.tell('trouble', 'line_too_long', file.path, `${lines}: it is kept in pieces`);
      if (holes > 0)
        this.#troubles.tell(
          'trouble',
          'hole',
          file.path,
          `${holes} x ${this.#maxLine} bytes of NUL alone are left out`,
        );
      return true;
    }
    return false;
  }
}

/** Rotated files come first, the oldest of them before others. */
function isBefore(one: LogFile, other: LogFile): boolean {
  return one.isAway === other.isAway ? one.mtimeMs < other.mtimeMs : one.isAway;
}
