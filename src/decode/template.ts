import type { Shape } from '../core/event.ts';
import { AddressNames } from './address-names.ts';

// Hot path: once per byte of a syslog line.

/** Longest line, in bytes after the host, whose template is learnt. */
const MAX_BYTES = 512;
const MAX_SLOTS = 6;
const TABLE = 1 << 16;

const NEWLINE = 0x0a;
const OPEN = 0x5b;
const SPACE = 0x20;

export const PID = 0;
export const ADDRESS = 1;
export const PORT = 2;
/** A plain word after "invalid user ": guessers have endless lists of them. */
export const NAME = 3;

const MAX_NAME = 32;
/** Words that a line's own grammar uses: as a name they are left to the parser. */
const GRAMMAR = new Set(['from', 'port', 'user', 'by', 'on', 'invalid', 'illegal', 'for', 'ssh2', 'authenticating']);

/** Where a slot's value goes: a field, from the slot at this index. */
export interface Filling {
  readonly field: string;
  readonly slot: number;
}

/** What is known of all lines that differ only in process id, IPv4 addresses and port numbers. */
export interface Template extends Shape {
  /** The bytes, with slots taken out; `cuts` are where each stood. */
  readonly bytes: Uint8Array;
  readonly cuts: readonly number[];
  readonly kinds: readonly number[];
  readonly parser: string;
  readonly process: string;
  readonly fillings: readonly Filling[];
  /** Slots of `source.ip`, `source.port` and `user.name`; -1 when the fields have none that varies. */
  readonly addressSlot: number;
  readonly portSlot: number;
  readonly userSlot: number;
  /** `user.name` where it does not vary. */
  readonly user: string | undefined;
  /** `source.ip`, else `source.address`, where these do not vary (an IPv6 address, a host name); '' for none. */
  readonly address: string;
  /** Is the address one to remember for the process? */
  readonly notes: boolean;
  /** Does its line end a connection? And may its peer be told from another line of the process? */
  readonly ends: boolean;
  readonly completes: boolean;
  /** Offset of the message after the tag, slots included at zero length, and how many slots stand before it. */
  readonly messageAt: number;
  readonly messageSlots: number;
}

/**
 * Cuts a line (from its tag on) into what stays and what varies: the process id in the tag, IPv4 addresses that stand free,
 * and numbers after "port ". Most lines of a log are one of few thousand such templates. After `scan` the fields below hold
 * the line's cuts; `find` says which template it is, comparing every byte, so that no forged line is taken for another.
 */
export class TemplateScanner {
  /** Offset of the line's end (its newline, or the end of the bytes). */
  end = 0;
  slots = 0;
  readonly starts = new Int32Array(MAX_SLOTS);
  readonly ends = new Int32Array(MAX_SLOTS);
  readonly values = new Float64Array(MAX_SLOTS);
  readonly kinds = new Int32Array(MAX_SLOTS);
  readonly names = new AddressNames();
  #hash = 0;
  #begin = 0;
  #usable = false;
  readonly #table: (Template | undefined)[];
  readonly #seen: Int32Array;
  readonly #mask: number;

  /** `size`: how many templates it can hold, a power of two. */
  constructor(size = TABLE) {
    this.#table = new Array(size);
    this.#seen = new Int32Array(size);
    this.#mask = size - 1;
  }

  /** Scans from `begin` (the tag's first byte) to the line's end. */
  scan(bytes: Uint8Array, begin: number): void {
    let hash = 17;
    let at = begin;
    let previous = SPACE;
    this.slots = 0;
    this.#begin = begin;
    this.#usable = true;
    const length = bytes.length;
    let tag = true; // until its first space
    while (at < length) {
      const code = bytes[at] as number;
      if (code === NEWLINE) break;
      if (previous === SPACE && bytes[at - 2] === 0x72 && bytes[at - 6] === SPACE && bytes[at - 7] === 0x64) {
        const after = this.#name(bytes, at);
        if (after !== at) {
          hash = (Math.imul(hash, 31) + 256 + NAME) | 0;
          previous = 48;
          at = after;
          continue;
        }
      }
      if (code >= 48 && code <= 57 && isFree(previous)) {
        const after = this.#slot(bytes, at, tag, previous);
        if (after !== at) {
          hash = (Math.imul(hash, 31) + 256 + (this.kinds[this.slots - 1] as number)) | 0;
          previous = 48;
          at = after;
          continue;
        }
      }
      if (code === SPACE) tag = false;
      hash = (Math.imul(hash, 31) + code) | 0;
      previous = code;
      at += 1;
    }
    this.end = at;
    this.#hash = hash;
    if (at - begin > MAX_BYTES || bytes[at - 1] === 13) this.#usable = false;
  }

  // The offset after a slot that begins at a digit, or `at` when none does.
  #slot(bytes: Uint8Array, at: number, tag: boolean, previous: number): number {
    if (tag) return previous === OPEN ? this.#number(bytes, at, 10, PID) : at;
    if (
      previous === SPACE &&
      bytes[at - 2] === 0x74 &&
      bytes[at - 3] === 0x72 &&
      bytes[at - 4] === 0x6f &&
      bytes[at - 5] === 0x70
    )
      return this.#number(bytes, at, 5, PORT);
    return this.#address(bytes, at);
  }

  // After "invalid user " (its "d", the spaces and the "r" were seen): the offset after a plain word, or `at`.
  #name(bytes: Uint8Array, at: number): number {
    if (bytes[at - 3] !== 0x65 || bytes[at - 4] !== 0x73 || bytes[at - 5] !== 0x75 || bytes[at - 8] !== 0x69) return at;
    let end = at;
    while (end < at + MAX_NAME && isWord(bytes[end] as number)) end += 1;
    if (end === at || bytes[end] !== SPACE || GRAMMAR.has(textOf(bytes, at, end))) return at;
    return this.#take(at, end, 0, NAME);
  }

  #number(bytes: Uint8Array, at: number, digits: number, kind: number): number {
    let value = 0;
    let end = at;
    for (; end < at + digits; end += 1) {
      const digit = (bytes[end] as number) - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    const next = bytes[end] as number;
    if (kind === PID ? next !== 0x5d || end === at : value > 65_535 || !isFreeAfter(next)) return at;
    if (bytes[at] === 48) return at; // zero, or written in a way of its own: left to the parser
    return this.#take(at, end, value, kind);
  }

  #address(bytes: Uint8Array, at: number): number {
    let value = 0;
    let end = at;
    for (let octets = 0; octets < 4; octets += 1) {
      if (octets > 0) {
        if (bytes[end] !== 0x2e) return at;
        end += 1;
      }
      const first = (bytes[end] as number) - 48;
      if (!(first >= 0 && first <= 9)) return at;
      let octet = first;
      end += 1;
      for (let digit = (bytes[end] as number) - 48; digit >= 0 && digit <= 9; digit = (bytes[end] as number) - 48) {
        if (first === 0) return at;
        octet = octet * 10 + digit;
        if (octet > 255) return at;
        end += 1;
      }
      value = value * 256 + octet;
    }
    if (!isFreeAfter(bytes[end] as number) || value < 0x01000000 || value >>> 24 === 127) return at;
    return this.#take(at, end, value, ADDRESS);
  }

  #take(at: number, end: number, value: number, kind: number): number {
    const slot = this.slots;
    if (slot === MAX_SLOTS) {
      this.#usable = false;
      return at;
    }
    this.starts[slot] = at;
    this.ends[slot] = end;
    this.values[slot] = value;
    this.kinds[slot] = kind;
    this.slots = slot + 1;
    return end;
  }

  /** The template of the line scanned last; null when it is not known. */
  find(bytes: Uint8Array): Template | null {
    if (!this.#usable) return null;
    const found = this.#table[this.#hash & this.#mask];
    return found !== undefined && this.#is(found, bytes) ? found : null;
  }

  #is({ bytes: known, cuts, kinds }: Template, bytes: Uint8Array): boolean {
    if (cuts.length !== this.slots) return false;
    let at = this.#begin;
    let from = 0;
    for (let slot = 0; slot < this.slots; slot += 1) {
      const cut = cuts[slot] as number;
      if (kinds[slot] !== this.kinds[slot] || (this.starts[slot] as number) - at !== cut - from) return false;
      for (; from < cut; from += 1, at += 1) if (known[from] !== bytes[at]) return false;
      at = this.ends[slot] as number;
    }
    if (this.end - at !== known.length - from) return false;
    for (; from < known.length; from += 1, at += 1) if (known[from] !== bytes[at]) return false;
    return true;
  }

  /** Is it worth learning: can be, and came before? A line that comes once costs no learning. */
  isDue(): boolean {
    if (!this.#usable) return false;
    const at = this.#hash & this.#mask;
    if (this.#seen[at] === this.#hash) return true;
    this.#seen[at] = this.#hash;
    return false;
  }

  /** Keeps what was learnt of the line scanned last. */
  learn(bytes: Uint8Array, learnt: Omit<Template, 'bytes' | 'cuts' | 'kinds'>): void {
    const parts: number[] = [];
    const cuts: number[] = [];
    let at = this.#begin;
    for (let slot = 0; slot < this.slots; slot += 1) {
      for (; at < (this.starts[slot] as number); at += 1) parts.push(bytes[at] as number);
      cuts.push(parts.length);
      at = this.ends[slot] as number;
    }
    for (; at < this.end; at += 1) parts.push(bytes[at] as number);
    const kinds = [...this.kinds.subarray(0, this.slots)];
    this.#table[this.#hash & this.#mask] = { ...learnt, bytes: Uint8Array.from(parts), cuts, kinds };
  }

  /** What a slot of the line scanned last holds: a number, an address as text, or a name. */
  valueOf(bytes: Uint8Array, slot: number): string | number {
    const value = this.values[slot] as number;
    if (this.kinds[slot] === NAME) return textOf(bytes, this.starts[slot] as number, this.ends[slot] as number);
    return this.kinds[slot] === ADDRESS ? this.names.of(value) : value;
  }
}

// Letters, digits, "_", "-" and ".": what account names are made of.
function isWord(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 0x5f ||
    code === 0x2d ||
    code === 0x2e
  );
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += 1) text += String.fromCharCode(bytes[at] as number);
  return text;
}

// A digit here does not continue a word, a number, a name or an address.
function isFree(code: number): boolean {
  return (
    code === SPACE || code === 0x3d || code === OPEN || code === 0x28 || code === 0x3c || code === 0x22 || code === 0x27
  );
}

function isFreeAfter(code: number | undefined): boolean {
  return (
    code === SPACE ||
    code === NEWLINE ||
    code === undefined ||
    code === 0x3a ||
    code === 0x2c ||
    code === 0x5d ||
    code === 0x29
  );
}
