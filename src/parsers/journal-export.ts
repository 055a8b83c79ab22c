import type { EmitRecord, LineContext, Parsed, RecordReader, RecordsParser } from '../core/stages.ts';
import { journalParsed } from './journal/entry.ts';

const NAME = /^[A-Z_][A-Z0-9_]{0,63}$/;
const MAX_NAME = 64;
const FIRST = '__CURSOR=';
// sd_journal_get_cursor(3): too long to be forged in the 127 bytes that a size can be off by
const CURSOR =
  /^__CURSOR=s=[0-9a-f]{32};i=[0-9a-f]{1,16};b=[0-9a-f]{32};m=[0-9a-f]{1,16};t=[0-9a-f]{10,16};x=[0-9a-f]{1,16}$/;
const MAX_LINES = 5000; // of one event, and so many characters; the rest of an entry becomes more events
const MAX_CHARS = 4_194_304;
const TOO_LONG = { fields: { 'error.code': 'entry_too_long' } };

/**
 * One entry of the Journal Export Format (systemd's docs/JOURNAL_EXPORT_FORMATS.md): NAME=value lines from __CURSOR= to the
 * next. A value with a line feed in it stands as NAME, its size and the value, whose lines are the sender's own words:
 * none of them may pass for a field, or for the next entry.
 */
class Reader implements RecordReader {
  readonly #emit: EmitRecord;
  #isOpen = false;
  #first = 0;
  #last = 0;
  #lines: string[] = [];
  #chars = 0;
  #fields = new Map<string, string>();
  #sized: SizedValue | null = null;

  constructor(emit: EmitRecord) {
    this.#emit = emit;
  }

  push(line: string, number: number): boolean {
    const blank = number - this.#last - 1; // empty lines are not handed over
    this.#last = number;
    if (this.#sized?.take(line, blank)) {
      this.#keep(line, number);
      return true;
    }
    this.#endValue();
    if (line.startsWith(FIRST)) {
      this.end();
      this.#isOpen = true;
    } else if (!this.#isOpen) return false;
    this.#keep(line, number);
    this.#takeField(line);
    return true;
  }

  end(): void {
    this.#endValue();
    if (!this.#isOpen) return;
    const fields = this.#fields;
    this.#fields = new Map();
    this.#isOpen = false;
    this.#tell(journalParsed((name) => fields.get(name)) ?? { fields: { 'error.code': 'empty_entry' } });
  }

  // Whatever its length, no line of an entry is left for others to read: they are the sender's words.
  #keep(line: string, number: number): void {
    if (this.#lines.length >= MAX_LINES || this.#chars + line.length > MAX_CHARS) this.#tell(TOO_LONG);
    if (this.#lines.length === 0) this.#first = number;
    this.#lines.push(line);
    this.#chars += line.length;
  }

  #tell(parsed: Parsed): void {
    const lines = this.#lines;
    this.#lines = [];
    this.#chars = 0;
    if (lines.length > 0) this.#emit(parsed, this.#first, lines.length, lines.join('\n'));
  }

  #takeField(line: string): void {
    const at = line.indexOf('=');
    if (at === -1 && NAME.test(line)) this.#sized = new SizedValue(line);
    if (at === -1 || at > MAX_NAME) return;
    const name = line.slice(0, at);
    if (NAME.test(name)) this.#set(name, line.slice(at + 1));
  }

  #endValue(): void {
    const sized = this.#sized;
    this.#sized = null;
    if (sized) this.#set(sized.name, sized.value);
  }

  // Journald writes a field that was given twice twice: the first stands, so that a later one takes nothing away.
  #set(name: string, value: string): void {
    if (!this.#fields.has(name)) this.#fields.set(name, value);
  }
}

const SIZE_BYTES = 8;
const UNKNOWN = '\ufffd';

/**
 * A value after its size: 8 bytes, little-endian. Both were read as text, where a byte that is not UTF-8 became U+FFFD and
 * a size of 128 or more lost its exact value. So lines are taken for as long as they can belong to the value.
 */
class SizedValue {
  readonly name: string;
  readonly #parts: string[] = [];
  #bytes = -SIZE_BYTES; // of the value so far, at least
  #chars = 0;

  constructor(name: string) {
    this.name = name;
  }

  get value(): string {
    return this.#parts.join('').slice(SIZE_BYTES);
  }

  /** Takes a line of the value, before which `blank` empty ones stood; false when the value is complete without it. */
  take(line: string, blank: number): boolean {
    // Empty lines before the first: the size itself begins with a byte that is a line feed.
    const feeds = Math.min(blank, MAX_LINES) + (this.#parts.length === 0 ? 0 : 1);
    const bytes = this.#bytes + feeds + leastBytes(line);
    if (this.#chars >= SIZE_BYTES) {
      const head = this.#parts.slice(0, SIZE_BYTES).join('');
      if (bytes > sizeOf(head, 0xff)) return false;
      if (blank > 0 && this.#bytes >= sizeOf(head, 0x80) && CURSOR.test(line)) return false;
    }
    const text = '\n'.repeat(feeds) + line;
    if (this.#chars < MAX_CHARS) this.#parts.push(text);
    this.#chars += text.length;
    this.#bytes = bytes;
    return true;
  }
}

function leastBytes(text: string): number {
  let unknown = 0;
  for (let at = text.indexOf(UNKNOWN); at !== -1; at = text.indexOf(UNKNOWN, at + 1)) unknown += 1;
  return Buffer.byteLength(text) - 2 * unknown;
}

/** The size's first four bytes as a number, with `lost` for each that was no UTF-8. */
function sizeOf(head: string, lost: number): number {
  const bytes = [...head.slice(0, SIZE_BYTES)].flatMap((char) => (char === UNKNOWN ? [lost] : [...Buffer.from(char)]));
  return bytes.slice(0, 4).reduce((sum, byte, at) => sum + byte * 256 ** at, 0);
}

/** `journalctl -o export`. */
export default {
  kind: 'records',
  name: 'journal-export',
  claims: (line: string) => line.charCodeAt(0) === 0x5f && line.startsWith(FIRST),
  open: (_: LineContext, emit: EmitRecord) => new Reader(emit),
} satisfies RecordsParser;
