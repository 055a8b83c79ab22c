import type { Event } from '../core/event.ts';
import { decodeText } from '../core/lines.ts';
import type { BinaryParser } from '../core/stages.ts';
import type { YearOf } from '../core/years.ts';
import type { Zone } from '../core/zone.ts';
import { Decoder } from '../decode/decoder.ts';
import type { Dispatch } from '../decode/dispatch.ts';
import { binaryEvents } from '../decode/read-events.ts';
import { unparsed } from '../decode/unparsed.ts';
import type { LedgerRecord } from '../ledger/record.ts';
import type { PlacedRecord } from './chunk-decoder.ts';
import { fileIn } from './file-transport.ts';
import { isLocal } from './local-transport.ts';

// Hot path: once per record.

const LF = 0x0a;
const CR = 0x0d;
const DAY_MS = 86_400_000;
const BLANK = /^\s*$/;
/** A stream of many senders of datagrams (`UdpSenders`): no address is that of all of them. */
const SHARED = /^[^/]+\/other$/;
/** A program's address and port, or address alone, after the transport's name. */
const PEER = /^[^:]{1,40}:(?:\[(?<v6>[0-9a-f:.%]+)\]|(?<v4>[\d.]+))(?::\d+)?$/i;

export interface StreamOptions {
  readonly dispatch: Dispatch;
  readonly zone: Zone;
  readonly localHost: string;
  readonly emit: (event: Event, first: number, last: number, sub: number, receivedAtUs: number) => void;
}

/** Decodes one stream's records. Lines are numbered within the stream; this keeps which record each was in. */
export class StreamDecoder {
  readonly peer: string;
  readonly #options: StreamOptions;
  readonly #decoder: Decoder;
  /** Host of lines that name none. */
  readonly #host: string;
  /** By which a format can be told that no single line betrays. */
  readonly #path: string;
  /** Reads its records where they are no lines; null where they are. */
  readonly #binary: BinaryParser | null;
  /** Of each line: its record's index and receive time. */
  readonly #indexes: number[] = [];
  readonly #times: number[] = [];
  #part: { readonly pieces: Buffer[]; readonly of: number } | null = null;
  /** Lines that were split, by their first part: where their last stands in `#indexes`. */
  readonly #split = new Map<number, number>();
  #emitted = 0;
  #lastFirst = -1;
  #sub = 0;
  readonly #subs = new Map<number, number>();
  /** Receive time of its last record, microseconds. */
  heardUs = 0;
  /** Lines that were pushed and have not come out as events. */
  #pushed = 0;

  constructor(name: string, { fields }: LedgerRecord, options: StreamOptions) {
    this.#options = options;
    this.peer = fields['peer'] ?? 'none';
    const via = fields['via'] ?? '';
    this.#host = SHARED.test(name) ? '' : hostOf(via, this.peer, options.localHost);
    this.#decoder = new Decoder(options.dispatch, {
      zone: options.zone,
      year: this.#year,
      host: this.#host,
      emit: (event) => this.#place(event),
    });
    const file = fileIn(via);
    this.#path = file?.path ?? pathIn(name);
    this.#binary = options.dispatch.binaries.find((parser) => parser.name === file?.format) ?? null;
  }

  // A stamp without a year is of the year in which it lies at most a day after it was received.
  readonly #year: YearOf = (month, day) => {
    const latest = new Date(this.#options.zone.toCivil(this.heardUs / 1000) + DAY_MS);
    const year = latest.getUTCFullYear();
    return Date.UTC(year, month, day) > latest.getTime() ? year - 1 : year;
  };

  /** May lines be waiting for others of the same record? */
  get isOpen(): boolean {
    return this.#emitted < this.#pushed || this.#part !== null;
  }

  push({ index, receivedAtUs, record }: PlacedRecord): void {
    this.heardUs = receivedAtUs;
    const part = record.fields['part'];
    if (part !== undefined) {
      this.#pushPart(record, part, index, receivedAtUs);
      return;
    }
    if (this.#part !== null) this.#flushPart();
    this.#pushPayload(record.payload, index, receivedAtUs);
  }

  #pushPart({ payload }: LedgerRecord, part: string, index: number, receivedAtUs: number): void {
    const [nth = 1, of = 1] = part.split('/').map(Number);
    if (this.#part !== null && (nth !== this.#part.pieces.length + 1 || of !== this.#part.of))
      this.#endPart(payload, nth, of);
    this.#part ??= { pieces: [], of };
    this.#part.pieces.push(payload);
    this.#at(index, receivedAtUs);
    if (nth >= of) this.#flushPart();
  }

  // A disk that was full cut the line short, before it was acknowledged: here it is again, as a whole. Anything else is shown as it stands.
  #endPart(payload: Buffer, nth: number, of: number): void {
    const { pieces, of: before } = this.#part as { pieces: Buffer[]; of: number };
    if (nth === 1 && of === before && pieces[0]?.equals(payload)) this.#part = null;
    else this.#flushPart();
  }

  // The line that was split: its number is that of its first part.
  #flushPart(): void {
    const { pieces } = this.#part as { pieces: Buffer[] };
    this.#part = null;
    const first = this.#indexes.length - pieces.length + 1;
    this.#split.set(first - 1, this.#indexes.length - 1);
    this.#pushText(decodeText(withoutEnd(Buffer.concat(pieces))), first);
  }

  #pushPayload(payload: Buffer, index: number, receivedAtUs: number): void {
    this.#at(index, receivedAtUs);
    if (this.#binary === null) this.#pushText(decodeText(withoutEnd(payload)), this.#indexes.length);
    else this.#pushBinary(this.#binary, payload);
  }

  // A record of a binary log: it says all of itself.
  #pushBinary(parser: BinaryParser, payload: Buffer): void {
    const { zone } = this.#options;
    const line = this.#indexes.length + 1;
    this.#pushed += 1;
    try {
      for (const event of binaryEvents(parser, payload, { zone, year: this.#year, host: this.#host }))
        this.#place({ ...event, line });
    } catch (error) {
      this.#failed(payload.toString('latin1'), line, error);
    }
    this.#emitted = this.#pushed;
  }

  #at(index: number, receivedAtUs: number): void {
    this.#indexes.push(index);
    this.#times.push(receivedAtUs);
  }

  #pushText(text: string, number: number): void {
    if (this.#pushed === 0) this.#decoder.begin(this.#path, [text]);
    this.#pushed += 1;
    try {
      this.#decoder.push(text, number + 1); // the first line of an input may have a byte order mark: here none is first
    } catch (error) {
      this.#failed(text, number + 1, error);
    }
    // one line may tell of several events, or of none
    if (this.#emitted > this.#pushed || BLANK.test(text)) this.#emitted = this.#pushed;
  }

  // A parser that fails at a line is a fault of ours. The line is an event all the same, and those after it are read.
  #failed(text: string, number: number, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const fields = { 'error.code': 'parser_failed', 'error.message': message.slice(0, 200) };
    this.#place(unparsed(text, number, fields, this.#host));
  }

  /** Ends what is open. */
  end(): void {
    if (this.#part !== null) this.#flushPart();
    try {
      this.#decoder.end();
    } catch (error) {
      this.#failed('', this.#indexes.length + 1, error);
    }
    this.#emitted = this.#pushed;
  }

  #place(event: Event): void {
    const at = event.line - 2;
    const first = this.#indexes[at] as number;
    const end = this.#split.get(at) ?? Math.min(at + event.lines - 1, this.#indexes.length - 1);
    const last = this.#indexes[end] as number;
    this.#emitted += event.lines;
    this.#options.emit(event, first, last, this.#subOf(first), this.#times[at] as number);
  }

  // Nearly all records give one event: a table of them all would only be filled.
  #subOf(first: number): number {
    if (first > this.#lastFirst) {
      this.#lastFirst = first;
      this.#sub = 0;
      return 0;
    }
    if (first === this.#lastFirst) {
      this.#sub += 1;
      this.#subs.set(first, this.#sub);
      return this.#sub;
    }
    const sub = (this.#subs.get(first) ?? 0) + 1; // out of turn: a record of several lines was ended later
    this.#subs.set(first, sub);
    return sub;
  }
}

/** The line without its end, which some senders leave in a frame (rsyslog's templates end with a line feed). */
function withoutEnd(payload: Buffer): Buffer {
  let { length } = payload;
  if (payload[length - 1] !== LF) return payload;
  length -= 1;
  return payload.subarray(0, payload[length - 1] === CR ? length - 1 : length);
}

/** A file that is followed has its path in its stream's name, behind that of its source: `file/var/log/auth.log`. */
function pathIn(stream: string): string {
  return stream.slice(Math.max(0, stream.indexOf('/')));
}

function hostOf(via: string, peer: string, localHost: string): string {
  if (isLocal(via)) return localHost;
  if (peer !== 'none') return peer;
  const groups = PEER.exec(via)?.groups;
  return groups?.['v6'] ?? groups?.['v4'] ?? '';
}
