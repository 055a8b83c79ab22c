import { broken } from './lines.ts';

const QUOTE = 34;
const NEWLINE = 10;
const RETURN = 13;
const MAX_FIELD = 65_536;
const MAX_FIELDS = 256;

/** Rows of CSV (RFC 4180, with any separator), each with the line it begins on. Throws E_MALFORMED with the line. */
export function* csvRows(text: string, separator: string): Generator<readonly [row: readonly string[], line: number]> {
  const reader = new CsvReader(text, separator.charCodeAt(0));
  for (let row = reader.next(); row !== null; row = reader.next()) yield row;
}

class CsvReader {
  readonly #text: string;
  readonly #separator: number;
  #at = 0;
  #line = 1;

  constructor(text: string, separator: number) {
    this.#text = text;
    this.#separator = separator;
  }

  next(): readonly [row: readonly string[], line: number] | null {
    if (this.#at >= this.#text.length) return null;
    const line = this.#line;
    const row: string[] = [];
    for (;;) {
      row.push(this.#skipBlanks() === QUOTE ? this.#quoted() : this.#bare());
      if (row.length > MAX_FIELDS) throw broken(line, `has more than ${MAX_FIELDS} columns`);
      if (!this.#isCode(this.#separator)) break;
      this.#at += 1;
    }
    this.#endLine();
    return [row, line];
  }

  #isCode(code: number): boolean {
    return this.#at < this.#text.length && this.#text.charCodeAt(this.#at) === code;
  }

  // `"a", "b"`: many lists have a blank behind the comma.
  #skipBlanks(): number {
    let at = this.#at;
    while (this.#text.charCodeAt(at) === 32) at += 1;
    const code = this.#text.charCodeAt(at);
    if (code === QUOTE) this.#at = at;
    return code;
  }

  #bare(): string {
    const from = this.#at;
    for (; this.#at < this.#text.length; this.#at += 1) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === this.#separator || code === NEWLINE) break;
    }
    if (this.#at - from > MAX_FIELD) throw broken(this.#line, `has a column of over ${MAX_FIELD} characters`);
    return this.#text.slice(from, this.#at).trim();
  }

  #quoted(): string {
    const begun = this.#line;
    let value = '';
    for (let from = this.#at + 1; ; ) {
      const end = this.#text.indexOf('"', from);
      if (end < 0 || end - this.#at > MAX_FIELD) throw broken(begun, 'has a quote that does not end');
      value += this.#text.slice(from, end);
      from = end + 2;
      if (this.#text.charCodeAt(end + 1) !== QUOTE) {
        this.#count(this.#at, end);
        this.#at = end + 1;
        break;
      }
      value += '"';
    }
    while (this.#isCode(32) || this.#isCode(RETURN)) this.#at += 1;
    if (this.#at < this.#text.length && !this.#isCode(this.#separator) && !this.#isCode(NEWLINE))
      throw broken(begun, 'has something behind a quoted column');
    return value;
  }

  #count(from: number, to: number): void {
    for (let at = this.#text.indexOf('\n', from); at >= 0 && at < to; at = this.#text.indexOf('\n', at + 1))
      this.#line += 1;
  }

  #endLine(): void {
    this.#at += 1;
    this.#line += 1;
  }
}
