import { ADDRESS, isFree, LONG_ADDRESS, MAX_SLOTS, NAME, PID, PORT, SlotReader, TIMES } from './slots.ts';
import type { Cut } from './template.ts';

/** Longest line, in bytes after the host, whose template is learnt. */
const MAX_BYTES = 512;
const SEEN = 1 << 16;
const DUE = 4;

const NEWLINE = 0x0a;
const OPEN = 0x5b;
const SPACE = 0x20;
const INVALID_USER = Buffer.from('id user ');
const PORT_WORD = Buffer.from('port ');
const REPEATED = Buffer.from('message repeated ');

/**
 * Cuts a line (from its tag on) into what stays and what varies: the process id in the tag, addresses that stand free,
 * numbers after "port " and of repetitions, and names that no account has. Most lines of a log are one of few thousand such templates.
 * After `scan` the fields below hold the line's cuts.
 */
export class TemplateScanner {
  /** Offset of the line's end (its newline, or the end of the bytes). */
  end = 0;
  slots = 0;
  readonly starts = new Int32Array(MAX_SLOTS);
  readonly ends = new Int32Array(MAX_SLOTS);
  readonly values = new Int32Array(MAX_SLOTS);
  readonly kinds = new Int32Array(MAX_SLOTS);
  readonly #reader = new SlotReader();
  readonly #seenHash = new Int32Array(SEEN);
  readonly #seenTimes = new Uint8Array(SEEN);
  #hash = 0;
  #begin = 0;
  #usable = false;

  /** Scans from `begin` (the tag's first byte) to the line's end. */
  scan(bytes: Buffer, begin: number): void {
    let hash = 17;
    let at = begin;
    let previous = SPACE;
    this.slots = 0;
    this.#begin = begin;
    this.#usable = true;
    let tag = true; // until its first space
    for (const limit = Math.min(bytes.length, begin + MAX_BYTES + 1); at < limit; ) {
      const code = bytes[at] as number;
      if (code === NEWLINE) break;
      const after = this.#slot(bytes, at, tag, previous);
      if (after !== at) {
        hash = (Math.imul(hash, 31) + 256 + (this.kinds[this.slots - 1] as number)) | 0;
        previous = 48;
        at = after;
        continue;
      }
      if (code === SPACE) tag = false;
      if (code === 0) this.#usable = false; // `TemplateTree` could not tell it from another
      hash = (Math.imul(hash, 31) + code) | 0;
      previous = code;
      at += 1;
    }
    this.end = at;
    this.#hash = hash;
    if (at - begin > MAX_BYTES || bytes[at - 1] === 13) this.#usable = false;
  }

  // The offset after a slot that begins at `at`, or `at` when none does.
  #slot(bytes: Buffer, at: number, tag: boolean, previous: number): number {
    if (this.#follows(bytes, at, INVALID_USER)) return this.#take(bytes, at, NAME);
    if (!isFree(previous)) return at;
    const code = bytes[at] as number;
    const after = code >= 48 && code <= 57 ? this.#digits(bytes, at, tag, previous) : at;
    return after === at && !tag ? this.#take(bytes, at, LONG_ADDRESS) : after;
  }

  #digits(bytes: Buffer, at: number, tag: boolean, previous: number): number {
    if (tag) return previous === OPEN ? this.#take(bytes, at, PID) : at;
    if (this.#follows(bytes, at, PORT_WORD)) return this.#take(bytes, at, PORT);
    return this.#take(bytes, at, this.#follows(bytes, at, REPEATED) ? TIMES : ADDRESS);
  }

  #follows(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
    const from = at - word.length;
    if (from < this.#begin) return false;
    for (let index = word.length - 1; index >= 0; index -= 1) if (bytes[from + index] !== word[index]) return false;
    return true;
  }

  #take(bytes: Buffer, at: number, kind: number): number {
    const end = this.#reader.read(bytes, at, kind);
    if (end === at) return at;
    const slot = this.slots;
    if (slot === MAX_SLOTS) {
      this.#usable = false;
      return at;
    }
    this.starts[slot] = at;
    this.ends[slot] = end;
    this.values[slot] = this.#reader.value;
    this.kinds[slot] = kind;
    this.slots = slot + 1;
    return end;
  }

  /** Is it worth learning: can be, and comes for the fourth time? What comes seldom costs less than to learn it. */
  isDue(): boolean {
    if (!this.#usable) return false;
    const at = this.#hash & (SEEN - 1);
    const times = this.#seenHash[at] === this.#hash ? (this.#seenTimes[at] as number) + 1 : 1;
    this.#seenHash[at] = this.#hash;
    this.#seenTimes[at] = Math.min(times, DUE + 1);
    return times === DUE;
  }

  /** Every line is new again. */
  forget(): void {
    this.#seenTimes.fill(0);
  }

  /** The line scanned last without its slots. */
  cut(bytes: Uint8Array): Cut {
    const parts: number[] = [];
    const cuts: number[] = [];
    let at = this.#begin;
    for (let slot = 0; slot < this.slots; slot += 1) {
      parts.push(...bytes.subarray(at, this.starts[slot]));
      cuts.push(parts.length);
      at = this.ends[slot] as number;
    }
    parts.push(...bytes.subarray(at, this.end));
    return { bytes: Uint8Array.from(parts), cuts, kinds: [...this.kinds.subarray(0, this.slots)] };
  }
}
