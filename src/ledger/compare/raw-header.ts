import { AppError } from '../../core/errors.ts';
import { escapeValue, MAX_HEADER, parseTime } from '../record.ts';

// Hot path: once per record.

const LF = 0x0a;
const P = 0x70;
const E = 0x65;
const A = 0x61;
const N = 0x6e;
const ZERO = 0x30;
const TIME = 27; // 2026-11-22T10:23:05.123456Z
const SECOND = 20;

/**
 * Reads the headers of one stream's `raw` records from their bytes: `seq`, `rt` and where the payload begins. `parseRecord` says the
 * same of them, four times slower.
 */
export class RawHeader {
  seq = 0;
  rtUs = 0;
  payloadAt = 0;
  /** As `part` has it; null for a record that is whole. */
  part: string | null = null;
  /** False for an encrypted payload. */
  isPlain = true;
  readonly #begin: Buffer;
  #second = Buffer.alloc(SECOND);
  #secondUs = 0;

  constructor(stream: string) {
    this.#begin = Buffer.from(`lrec/1 raw\nstream=${escapeValue(stream)}\nseq=`, 'latin1');
  }

  /** False for a record of another stream or kind. Throws E_MALFORMED. */
  read(entry: Buffer): boolean {
    const begin = this.#begin;
    for (let at = begin.length - 1; at >= 0; at -= 1) if (entry[at] !== begin[at]) return false;
    let at = begin.length;
    let seq = 0;
    for (; entry[at] !== LF; at += 1) {
      const digit = (entry[at] ?? 0) - ZERO;
      if (!(digit >= 0 && digit <= 9)) throw malformed();
      seq = seq * 10 + digit;
    }
    this.seq = seq;
    if (entry.length < at + 4 + TIME || entry[at + 4 + TIME] !== LF) throw malformed();
    this.#readTime(entry, at + 4);
    this.#readRest(entry, at + 5 + TIME);
    return true;
  }

  #readTime(entry: Buffer, at: number): void {
    const known = this.#second;
    let same = 0;
    while (same < SECOND && entry[at + same] === known[same]) same += 1;
    if (same < SECOND) {
      this.#secondUs = parseTime(`${entry.toString('latin1', at, at + SECOND)}000000Z`);
      this.#second = Buffer.from(entry.subarray(at, at + SECOND));
    }
    let us = 0;
    for (let digit = at + SECOND; digit < at + TIME - 1; digit += 1) us = us * 10 + (entry[digit] as number) - ZERO;
    this.rtUs = this.#secondUs + us;
  }

  // via=, peer= and so on, up to the empty line.
  #readRest(entry: Buffer, from: number): void {
    this.part = null;
    this.isPlain = true;
    const limit = Math.min(entry.length, MAX_HEADER);
    let at = from;
    while (at < limit && entry[at] !== LF) {
      let end = at;
      while (end < limit && entry[end] !== LF) end += 1;
      if (entry[at] === P && entry[at + 1] === A) this.part = entry.toString('latin1', at + 5, end);
      else if (entry[at] === E && entry[at + 1] === N) this.isPlain = false;
      at = end + 1;
    }
    if (at >= limit) throw malformed();
    this.payloadAt = at + 1;
  }
}

function malformed(): AppError {
  return new AppError('E_MALFORMED', 'a raw record’s header is not in its one right spelling');
}
