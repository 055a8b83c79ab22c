import type { Zone } from '../../core/zone.ts';

// Hot path: once per line.

/** How a line says when, where and who: RFC 3164, the same with an RFC 3339 stamp (rsyslog's own form), RFC 5424, or none of them. */
export const FORMS = ['other', 'rfc3164', 'rfc3339', 'rfc5424'] as const;
export type Form = (typeof FORMS)[number];

const SPACE = 0x20;
const COLON = 0x3a;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const DOT = 0x2e;
const DASH = 0x2d;
const MAX_WORD = 255;
const MAX_SCRATCH = 1088; // a stamp, four words, a key
const STAMP_3164 = 15;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH_CODES = new Map(MONTHS.map((name, at) => [codeOf(...(bytesOf(name) as [number, number, number])), at + 1]));

function bytesOf(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}

function codeOf(a: number, b: number, c: number): number {
  return (a << 16) | (b << 8) | c;
}

/**
 * Reads what stands before a line's message, and writes the part of it that every form has: `MM-DD hh:mm:ss host program pid`. Year,
 * fraction, zone, message id and structured data are left out, and a host's domain.
 */
export class HeaderReader {
  form = 0;
  /** Where the message begins in the line. */
  messageAt = 0;
  /** What `scratch` holds: bytes. */
  length = 0;
  readonly scratch: Buffer = Buffer.alloc(MAX_SCRATCH);
  readonly #zone: Zone | null;
  #bytes: Uint8Array = this.scratch;
  #end = 0;

  /** `zone`: in which the host writes stamps that state no zone; a stamp that states one is put into it. Null: stamps are taken as they are written. */
  constructor(zone: Zone | null) {
    this.#zone = zone;
  }

  /** Reads a line's beginning; `form` is 0 when it has none of ours, and then the message is all of it. */
  read(bytes: Uint8Array, from: number, end: number): void {
    this.#bytes = bytes;
    this.#end = end;
    this.length = 0;
    this.form = 0;
    this.messageAt = from;
    const first = bytes[from] ?? 0;
    if (first >= 0x41 && first <= 0x53) this.#readOld(from);
    else if (first === 0x31 && bytes[from + 1] === SPACE) this.#readNew(from + 2);
    else if (isDigit(first)) this.#readIso(from);
    if (this.form !== 0) return;
    this.messageAt = from;
    this.length = 0;
  }

  // Mmm dd hh:mm:ss host tag[pid]: message
  #readOld(at: number): void {
    const bytes = this.#bytes;
    if (this.#end - at <= STAMP_3164 || bytes[at + STAMP_3164] !== SPACE || !this.#isClock(at + 7)) return;
    const month = MONTH_CODES.get(codeOf(bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0));
    if (month === undefined || bytes[at + 3] !== SPACE || !isDigit(bytes[at + 5] ?? 0)) return;
    this.#putTwo(month);
    this.#put(DASH);
    this.#put(bytes[at + 4] === SPACE ? 0x30 : (bytes[at + 4] as number));
    this.#put(bytes[at + 5] as number);
    this.#put(SPACE);
    this.#putRange(at + 7, at + STAMP_3164);
    if (this.#readHostAndTag(at + STAMP_3164 + 1)) this.form = 1;
  }

  // 2026-11-22T10:23:05.123456+09:00 host tag[pid]: message
  #readIso(at: number): void {
    const end = this.#readStamp(at);
    if (end !== -1 && this.#readHostAndTag(end + 1)) this.form = 2;
  }

  // (1 )stamp host program pid message-id [structured data] message
  #readNew(at: number): void {
    const stampEnd = this.#readStamp(at);
    if (stampEnd === -1) return;
    let next = stampEnd + 1;
    for (let word = 0; word < 4; word += 1) {
      const end = this.#wordEnd(next);
      if (end === -1) return;
      if (word < 3) this.#put(SPACE);
      if (word === 0) this.#putHost(next, end);
      else if (word < 3 && !(end - next === 1 && this.#bytes[next] === DASH)) this.#putRange(next, end);
      next = end + 1;
    }
    const after = this.#structuredDataEnd(next);
    if (after === -1) return;
    this.form = 3;
    this.messageAt = this.#pastSpaces(after);
    const { messageAt } = this;
    const bytes = this.#bytes;
    if (bytes[messageAt] === 0xef && bytes[messageAt + 1] === 0xbb && bytes[messageAt + 2] === 0xbf)
      this.messageAt = this.#pastSpaces(messageAt + 3); // RFC 5424 §6.4: the mark of UTF-8
  }

  /** Writes an RFC 3339 stamp's date and clock; returns its end, at which a space stands, or -1. */
  #readStamp(at: number): number {
    const bytes = this.#bytes;
    if (this.#end - at < 20 || bytes[at + 4] !== DASH || bytes[at + 7] !== DASH || bytes[at + 10] !== 0x54) return -1;
    if (!this.#isClock(at + 11)) return -1;
    const end = this.#wordEnd(at);
    if (end === -1 || end - at > 35) return -1;
    if (this.#zone !== null) return this.#putInZone(at, end, this.#zone) ? end : -1;
    this.#putRange(at + 5, at + 10);
    this.#put(SPACE);
    this.#putRange(at + 11, at + 19);
    return end;
  }

  #putInZone(at: number, end: number, zone: Zone): boolean {
    const ms = Date.parse(Buffer.from(this.#bytes.subarray(at, end)).toString('latin1'));
    if (Number.isNaN(ms)) return false;
    const civil = new Date(zone.toCivil(Math.floor(ms / 1000) * 1000)).toISOString();
    this.length += this.scratch.write(`${civil.slice(5, 10)} ${civil.slice(11, 19)}`, this.length, 'latin1');
    return true;
  }

  #isClock(at: number): boolean {
    const bytes = this.#bytes;
    return isDigit(bytes[at] ?? 0) && bytes[at + 2] === COLON && bytes[at + 5] === COLON && isDigit(bytes[at + 7] ?? 0);
  }

  #readHostAndTag(at: number): boolean {
    const hostEnd = this.#wordEnd(at);
    if (hostEnd === -1) return false;
    this.#put(SPACE);
    this.#putHost(at, hostEnd);
    this.#put(SPACE);
    const bytes = this.#bytes;
    const limit = Math.min(this.#end, hostEnd + 1 + MAX_WORD);
    let end = hostEnd + 1;
    while (end < limit && bytes[end] !== COLON && bytes[end] !== SPACE && bytes[end] !== OPEN) end += 1;
    if (end === limit || bytes[end] === SPACE || end === hostEnd + 1) return false;
    this.#putRange(hostEnd + 1, end);
    this.#put(SPACE);
    if (bytes[end] === OPEN) {
      let close = end + 1;
      while (close < limit && bytes[close] !== CLOSE && bytes[close] !== SPACE) close += 1;
      if (bytes[close] !== CLOSE || bytes[close + 1] !== COLON) return false;
      this.#putRange(end + 1, close);
      end = close + 1;
    }
    this.messageAt = this.#pastSpaces(end + 1);
    return true;
  }

  // A name's first part; of an address, which begins with a number alone, all of it.
  #putHost(at: number, end: number): void {
    let dot = at;
    let digits = true;
    while (dot < end && this.#bytes[dot] !== DOT) {
      digits &&= isDigit(this.#bytes[dot] as number);
      dot += 1;
    }
    this.#putRange(at, digits ? end : dot);
  }

  #structuredDataEnd(at: number): number {
    const bytes = this.#bytes;
    if (bytes[at] === DASH) return at + 1;
    if (bytes[at] !== OPEN) return -1;
    let quoted = false;
    for (let next = at; next < this.#end; next += 1) {
      const byte = bytes[next];
      if (quoted && byte === 0x5c) next += 1;
      else if (byte === 0x22) quoted = !quoted;
      else if (byte === CLOSE && !quoted && bytes[next + 1] !== OPEN) return next + 1;
    }
    return -1;
  }

  /** Where the word at a place ends, at a space; -1 for none, or one that is too long. */
  #wordEnd(at: number): number {
    const limit = Math.min(this.#end, at + MAX_WORD);
    let end = at;
    while (end < limit && this.#bytes[end] !== SPACE) end += 1;
    return end === limit || end === at ? -1 : end;
  }

  #pastSpaces(at: number): number {
    let next = at;
    while (next < this.#end && this.#bytes[next] === SPACE) next += 1;
    return Math.min(next, this.#end);
  }

  #put(byte: number): void {
    this.scratch[this.length] = byte;
    this.length += 1;
  }

  #putTwo(value: number): void {
    this.#put(0x30 + Math.floor(value / 10));
    this.#put(0x30 + (value % 10));
  }

  #putRange(from: number, to: number): void {
    for (let at = from; at < to; at += 1) this.#put(this.#bytes[at] as number);
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
