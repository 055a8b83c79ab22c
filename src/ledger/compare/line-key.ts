import { decodeText } from '../../core/lines.ts';
import type { Zone } from '../../core/zone.ts';
import { HeaderReader } from './header.ts';
import { KeyedHash } from './keyed-hash.ts';

// Hot path: once per line.

/** Bytes of a line that are compared; what follows is left out, in the ledger and in the file. */
export const MAX_COMPARED = 1_048_576;

/** What is looked through, in words: it is told with each comparison. */
export const RULES: readonly string[] = [
  'Left out at a line’s end: line feeds, carriage returns and null bytes (framing of the transport).',
  'Left out at a line’s beginning: an octet count before a priority (RFC 6587), and a priority such as <38>.',
  'Where the file and the ledger write the header in different forms (RFC 3164, RFC 3339 stamp, RFC 5424), these are compared: month, day and clock to the second, host without its domain, program, process id, message. Not compared then: year, fraction and zone of the stamp, message id, structured data.',
  'Control characters are the same as rsyslog’s escapes for them (#011 for a tab).',
  'Of a line over 1 MiB the first 1 MiB is compared.',
];

/**
 * A line's two keys: `exact`, of all of it but the framing, and `loose`, of what every form of header says. Lines with one exact
 * key have one loose key and one form.
 */
export class LineKeys {
  exactHigh = 0;
  exactLow = 0;
  looseHigh = 0;
  looseLow = 0;
  /** Index into `FORMS`. */
  form = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #begin = 0;
  #end = 0;
  readonly #hash: KeyedHash;
  readonly #header: HeaderReader;

  constructor(key: Uint8Array, zone: Zone | null) {
    this.#hash = new KeyedHash(key);
    this.#header = new HeaderReader(zone);
  }

  /** Reads the exact key of the line that stands in `bytes` from one place up to, not with, another. */
  read(bytes: Buffer, from: number, to: number): void {
    const end = textEnd(bytes, from, Math.min(to, from + MAX_COMPARED));
    const begin = textBegin(bytes, from, end);
    const escaped = escapedText(bytes, begin, end);
    this.#bytes = escaped ?? bytes;
    this.#begin = escaped ? 0 : begin;
    this.#end = escaped ? escaped.length : end;
    this.#hash.of(this.#bytes, this.#begin, this.#end);
    this.exactHigh = this.#hash.high;
    this.exactLow = this.#hash.low;
  }

  /** Reads the loose key and the form of the line that was read last: asked for only where its exact key is new. */
  readLoose(): void {
    const [header, hash] = [this.#header, this.#hash];
    header.read(this.#bytes, this.#begin, this.#end);
    this.form = header.form;
    this.looseHigh = this.exactHigh;
    this.looseLow = this.exactLow;
    if (header.form === 0) return;
    hash.of(this.#bytes, header.messageAt, this.#end);
    putKey(header.scratch, header.length, hash.high, hash.low);
    hash.of(header.scratch, 0, header.length + 8);
    this.looseHigh = hash.high;
    this.looseLow = hash.low;
  }
}

function putKey(into: Uint8Array, at: number, high: number, low: number): void {
  for (let byte = 0; byte < 4; byte += 1) {
    into[at + byte] = high >>> (byte * 8);
    into[at + 4 + byte] = low >>> (byte * 8);
  }
}

/** A line's text without its framing. */
export function textOf(bytes: Buffer): Buffer {
  const end = textEnd(bytes, 0, Math.min(bytes.length, MAX_COMPARED));
  return bytes.subarray(textBegin(bytes, 0, end), end);
}

function textEnd(bytes: Buffer, from: number, to: number): number {
  let end = to;
  while (end > from) {
    const last = bytes[end - 1];
    if (last !== 0x0a && last !== 0x0d && last !== 0) break;
    end -= 1;
  }
  return end;
}

// Past "123 <38>" or "<38>"; where neither stands, the beginning.
function textBegin(bytes: Buffer, from: number, end: number): number {
  let at = from;
  const counted = digitsEnd(bytes, at, Math.min(end, at + 8));
  if (counted > at && bytes[counted] === 0x20 && bytes[counted + 1] === 0x3c) at = counted + 1;
  if (bytes[at] !== 0x3c) return from;
  const close = digitsEnd(bytes, at + 1, Math.min(end, at + 4));
  if (close === at + 1 || close >= end || bytes[close] !== 0x3e) return from;
  let priority = 0;
  for (let digit = at + 1; digit < close; digit += 1) priority = priority * 10 + ((bytes[digit] as number) - 0x30);
  return priority <= 191 ? close + 1 : from;
}

function digitsEnd(bytes: Buffer, from: number, limit: number): number {
  let at = from;
  while (at < limit && (bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39) at += 1;
  return at;
}

/** The text with control characters as rsyslog writes them (#ooo, octal); null when it has none. */
function escapedText(bytes: Buffer, from: number, end: number): Buffer | null {
  let at = from;
  while (at < end && (bytes[at] as number) >= 0x20 && bytes[at] !== 0x7f) at += 1;
  if (at === end) return null;
  const escaped = bytes
    .toString('latin1', from, end)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
    .replace(/[\x00-\x1f\x7f]/g, (control) => `#${control.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return Buffer.from(escaped, 'latin1');
}

/** A line as people read it, and as every form of header would have it. */
export interface Plain {
  readonly text: string;
  /** The header in one form, and the message: what is likened. */
  readonly plain: string;
  /** `MM-DD hh:mm:ss`; empty for a line without a header of ours. */
  readonly stamp: string;
}

/** Bytes of a line that are shown. */
const MAX_SHOWN = 8192;

/** A line's text, at most 8 KiB of it. */
export function plainOf(line: Buffer, zone: Zone | null): Plain {
  const bytes = textOf(line).subarray(0, MAX_SHOWN);
  const header = new HeaderReader(zone);
  header.read(bytes, 0, bytes.length);
  const text = decodeText(bytes);
  const before = header.scratch.toString('latin1', 0, header.length);
  const plain = header.form === 0 ? text : `${before} ${decodeText(bytes.subarray(header.messageAt))}`;
  return { text, plain, stamp: before.slice(0, 14) };
}
