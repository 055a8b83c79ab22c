// Hot path: runs for each field of each entry. No closure or promise for one.
import { isUtf8 } from 'node:buffer';
import { HeldBytes } from '../../core/held-bytes.ts';
import { Refusal } from '../http/problem.ts';

const LINE_FEED = 0x0a;
const EQUALS = 0x3d;
const SIZE_BYTES = 8;
const MOST_FIELDS = 1024; // ENTRY_FIELD_COUNT_MAX in systemd's journal-importer.h
const LONGEST_NAME = 255;
const FIELD_COST = 64;

/**
 * Cuts the Journal Export Format (systemd, docs/JOURNAL_EXPORT_FORMATS.md) into entries, and gives each as `journalctl -o json` would: one
 * object on one line, a value as text, as a list of bytes where it is not UTF-8, as a list of values where the name comes more than once.
 * Nothing is left out. What comes out does not depend on how the stream was cut into chunks.
 */
export class ExportReader {
  readonly #maxEntry: number;
  readonly #held = new HeldBytes();
  /** Held bytes are looked at again when there are so many of them; 0: when a line feed comes. */
  #need = 0;
  #fields = new Map<string, Buffer[]>();
  #count = 0;
  #bytes = 0;

  /** `maxEntry`: the longest entry, bytes. */
  constructor(maxEntry: number) {
    this.#maxEntry = maxEntry;
  }

  /** Adds the entries that `chunk` completes; it must not change any more. Throws a Refusal (400, 413) for what is no entry. */
  push(chunk: Buffer, entries: Buffer[]): void {
    const { length } = this.#held;
    const isEnough = this.#need > 0 ? length + chunk.length >= this.#need : chunk.includes(LINE_FEED);
    if (length > 0 && !isEnough) {
      this.#hold(chunk);
      return;
    }
    const bytes = this.#held.takeWith(chunk);
    let at = 0;
    while (at < bytes.length) {
      const end = this.#line(bytes, at, entries);
      if (end === at) break;
      at = end;
    }
    if (at < bytes.length) this.#hold(bytes.subarray(at));
  }

  /** Nothing more comes: gives how many bytes were left within a field. An entry of whole fields needs no empty line after it. */
  end(entries: Buffer[]): number {
    const { length } = this.#held;
    if (length === 0) this.#endEntry(entries);
    return length;
  }

  #hold(bytes: Buffer): void {
    this.#check(this.#held.length + bytes.length);
    this.#held.append(bytes);
  }

  #check(more: number): void {
    if (this.#bytes + more <= this.#maxEntry + SIZE_BYTES) return;
    throw new Refusal(413, 'entry_too_long', `an entry is longer than ${this.#maxEntry} bytes: raise "maxEntryBytes"`);
  }

  /** The offset after the field, or the empty line, at `at`; `at` when it is not complete. */
  #line(bytes: Buffer, at: number, entries: Buffer[]): number {
    const feed = bytes.indexOf(LINE_FEED, at);
    this.#need = 0;
    if (feed === -1) return at;
    if (feed === at) {
      this.#endEntry(entries);
      return feed + 1;
    }
    const equals = bytes.subarray(at, feed).indexOf(EQUALS);
    if (equals === -1) return this.#sized(bytes, at, feed);
    this.#add(bytes.subarray(at, at + equals), bytes.subarray(at + equals + 1, feed));
    return feed + 1;
  }

  // NAME, a line feed, its size as 64 bits (the lowest byte first), the value, a line feed
  #sized(bytes: Buffer, at: number, feed: number): number {
    const from = feed + 1 + SIZE_BYTES;
    if (from > bytes.length) return this.#wait(at, from - at);
    const size = Number(bytes.readBigUInt64LE(feed + 1));
    this.#check(size);
    const end = from + size;
    if (end >= bytes.length) return this.#wait(at, end + 1 - at);
    if (bytes[end] !== LINE_FEED) throw malformed('a value is longer than it says');
    this.#add(bytes.subarray(at, feed), bytes.subarray(from, end));
    return end + 1;
  }

  #wait(at: number, need: number): number {
    this.#need = need;
    return at;
  }

  #add(nameBytes: Buffer, value: Buffer): void {
    if (nameBytes.length === 0 || nameBytes.length > LONGEST_NAME || !isUtf8(nameBytes))
      throw malformed('a field without a name, or with one that no journal has');
    this.#check(nameBytes.length + value.length);
    this.#count += 1;
    this.#bytes += nameBytes.length + value.length + FIELD_COST;
    if (this.#count > MOST_FIELDS) throw malformed(`an entry has more than ${MOST_FIELDS} fields`);
    const name = nameBytes.toString('utf8');
    const known = this.#fields.get(name);
    if (known === undefined) this.#fields.set(name, [value]);
    else known.push(value);
  }

  #endEntry(entries: Buffer[]): void {
    if (this.#count === 0) return;
    let text = '{';
    for (const [name, values] of this.#fields) {
      const [first] = values;
      const value = values.length === 1 ? jsonOf(first as Buffer) : `[${values.map(jsonOf).join(',')}]`;
      text += `${text.length === 1 ? '' : ','}${JSON.stringify(name)}:${value}`;
    }
    entries.push(Buffer.from(`${text}}`));
    this.#fields = new Map();
    this.#count = 0;
    this.#bytes = 0;
  }
}

const jsonOf = (value: Buffer): string =>
  isUtf8(value) ? JSON.stringify(value.toString('utf8')) : `[${value.join(',')}]`;

const malformed = (what: string): Refusal => new Refusal(400, 'malformed', `this is no journal export: ${what}`);
