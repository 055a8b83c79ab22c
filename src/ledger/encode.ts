import { AppError } from '../core/errors.ts';
import type { RawRecord } from '../core/stages.ts';
import type { PackNotes } from './pack.ts';
import { escapeValue, formatTime, MAX_HEADER, MAX_PAYLOAD } from './record.ts';
import { MAX_ENTRY } from './tile.ts';
import { frameLength, leafInput, sealFrame } from './wal.ts';

/** A record to be kept. */
export interface LedgerInput extends RawRecord {
  /** Its bytes are the digest of a payload of this length, which is kept beside the log and can be erased. */
  readonly detachedSize?: number;
}

/** A record as it will be framed: its header in latin1, and its payload. */
export interface Draft {
  readonly header: string;
  readonly payload: Uint8Array;
}

/** A clock that went back by more is told in a record of its own; less is only the order in which records came to us. */
const CLOCK_US = 1_000_000;
const CLOCK_STREAM = 'ledger/clock';
/** The most that a header holds beside its texts: keys, numbers, time. */
const HEADER_REST = 200;
/** A payload of that length fits into an entry with any header. */
const BESIDE_ANY_HEADER = MAX_ENTRY - MAX_HEADER;
// Half of a surrogate pair has no bytes of its own: two names would become one.
const WELL_FORMED = /^\P{Surrogate}*$/u;

const isCount = (n: number) => Number.isSafeInteger(n) && n >= 0;

/** Bytes that a record's texts take in its header. */
function textLength({ stream, via, peer, position = '' }: LedgerInput): number {
  return [stream, via, peer, position].reduce((sum, text) => sum + escapeValue(text).length, 0);
}

/** The texts of the record that was found good last: those of one connection have the same ones. */
const checked = { stream: '', via: '', peer: '', position: '' };

function checkTexts(record: LedgerInput): void {
  const { stream, via, peer, position = '' } = record;
  const isSame = stream === checked.stream && via === checked.via && peer === checked.peer;
  if (isSame && position === checked.position && stream !== '') return;
  if (stream === '') throw new AppError('E_MALFORMED', 'a record without a stream');
  for (const text of [stream, via, peer, position])
    if (!WELL_FORMED.test(text)) throw new AppError('E_MALFORMED', 'a record whose header has half a character');
  const length = textLength(record);
  if (length > MAX_HEADER - HEADER_REST) throw new AppError('E_TOO_LARGE', `a record's header of over ${length} bytes`);
  Object.assign(checked, { stream, via, peer, position });
}

/**
 * Numbers records and writes their headers: `seq` counts each stream from 0 without a gap, and `rt` never goes back.
 * What it has numbered must be written, in that order.
 */
export class Numbering {
  readonly #streams: Map<string, number>;
  /** Microseconds; the latest `rt`. */
  latest: number;
  /** When the clock was seen behind it, by the clock; null while it is not. */
  heldSince: number | null = null;
  /** The part of `rt` that changes once a second. */
  #second = '';
  #secondUs = -1;
  readonly #prefixes = new Map<string, string>();
  #sender = { via: '', peer: '', text: 'via=\npeer=\n' };

  constructor({ streams, latest }: PackNotes) {
    this.#streams = new Map(Object.entries(streams));
    this.latest = latest;
  }

  /** The drafts of a record that was checked: several when it is long. */
  draft(record: LedgerInput, into: Draft[]): void {
    this.#tell(record.receivedAtUs, into);
    const { bytes } = record;
    if (bytes.length <= BESIDE_ANY_HEADER) {
      into.push({ header: this.#header(record, ''), payload: bytes });
      return;
    }
    const most = textLength(record) <= MAX_ENTRY - MAX_PAYLOAD - HEADER_REST ? MAX_PAYLOAD : BESIDE_ANY_HEADER;
    const parts = Math.ceil(bytes.length / most);
    if (parts === 1) into.push({ header: this.#header(record, ''), payload: bytes });
    for (let part = 0; parts > 1 && part < parts; part += 1) {
      const payload = bytes.subarray(part * most, (part + 1) * most);
      into.push({ header: this.#header(record, `part=${part + 1}/${parts}\n`), payload });
    }
  }

  /** Throws E_TOO_LARGE or E_MALFORMED for a record that cannot be kept: to be asked before anything is numbered. */
  static check(record: LedgerInput): void {
    const { receivedAtUs, sourceSeq = 0 } = record;
    if (!isCount(receivedAtUs)) throw new AppError('E_MALFORMED', `a record received at ${receivedAtUs} microseconds`);
    if (!isCount(sourceSeq)) throw new AppError('E_MALFORMED', `a record that its sender numbered ${sourceSeq}`);
    checkTexts(record);
  }

  // A clock that went back is told once, and `rt` stands still until it has caught up.
  #tell(us: number, into: Draft[]): void {
    if (us >= this.latest) {
      this.latest = us;
      this.heldSince = null;
    } else if (this.latest - us > CLOCK_US && this.heldSince === null) {
      this.heldSince = us;
      const seq = this.#next(CLOCK_STREAM);
      const times = `from=${formatTime(this.latest)}\nto=${formatTime(us)}\n`;
      into.push({
        header: `lrec/1 clock\nstream=${CLOCK_STREAM}\nseq=${seq}\nrt=${this.time()}\n${times}\n`,
        payload: NOTHING,
      });
    }
  }

  #next(stream: string): number {
    const seq = this.#streams.get(stream) ?? 0;
    this.#streams.set(stream, seq + 1);
    return seq;
  }

  #header({ stream, via, peer, sourceSeq, position, detachedSize }: LedgerInput, part: string): string {
    const aseq = sourceSeq === undefined ? '' : `aseq=${sourceSeq}\n`;
    const fpos = position === undefined ? '' : `fpos=${escapeValue(position)}\n`;
    const seq = this.#next(stream);
    if (detachedSize !== undefined) {
      const begin = `lrec/1 ref${this.#prefix(stream).slice(10)}${seq}`;
      return `${begin}\nrt=${this.time()}\n${this.#senderText(via, peer)}size=${detachedSize}\n${aseq}${fpos}\n`;
    }
    return `${this.#prefix(stream)}${seq}\nrt=${this.time()}\n${this.#senderText(via, peer)}${aseq}${fpos}${part}\n`;
  }

  #prefix(stream: string): string {
    let prefix = this.#prefixes.get(stream);
    if (prefix === undefined) {
      prefix = `lrec/1 raw\nstream=${escapeValue(stream)}\nseq=`;
      this.#prefixes.set(stream, prefix);
    }
    return prefix;
  }

  // Records of one connection come one after the other.
  #senderText(via: string, peer: string): string {
    if (this.#sender.via !== via || this.#sender.peer !== peer)
      this.#sender = { via, peer, text: `via=${escapeValue(via)}\npeer=${escapeValue(peer)}\n` };
    return this.#sender.text;
  }

  /** The latest `rt` as records have it. */
  time(): string {
    const second = Math.floor(this.latest / 1_000_000);
    if (second !== this.#secondUs) {
      this.#secondUs = second;
      this.#second = formatTime(second * 1_000_000).slice(0, 20);
    }
    return `${this.#second}${String(this.latest - second * 1_000_000).padStart(6, '0')}Z`;
  }
}

const NOTHING = new Uint8Array(0);

/** Frames of a batch in one buffer, with where each begins. */
export interface Framed {
  readonly bytes: Buffer;
  readonly starts: readonly number[];
  readonly lengths: readonly number[];
}

/** Frames drafts for a log file, the first of them as entry `first`. */
export function frame(drafts: readonly Draft[], first: number, saltSum: number): Framed {
  const lengths = drafts.map(({ header, payload }) => header.length + payload.length);
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + frameLength(length), 0));
  const starts: number[] = [];
  let at = 0;
  for (const [nth, { header, payload }] of drafts.entries()) {
    const length = lengths[nth] as number;
    const entry = at + frameLength(0);
    bytes.write(header, entry, 'latin1');
    bytes.set(payload, entry + header.length);
    sealFrame(bytes, at, length, first + nth, saltSum);
    starts.push(at);
    at += frameLength(length);
  }
  return { bytes, starts, lengths };
}

/** The input of each leaf's hash, without a copy. */
export function leafInputs({ bytes, starts, lengths }: Framed): Buffer[] {
  return starts.map((at, nth) => leafInput(bytes, at, lengths[nth] as number));
}
