/** One token of a statement that matters here: a bare word, a bracket, a semicolon, or anything else. Offsets are in bytes. */
interface Token {
  readonly kind: 'word' | 'open' | 'close' | 'semicolon' | 'other';
  readonly start: number;
  readonly end: number;
}

/** How an INSERT reads its data: the statement around the place where `FROM INFILE` goes, and what of the data stood in the text. */
export interface InsertText {
  /** Up to the place for `FROM INFILE '…'`. */
  readonly head: string;
  /** From there to the format's name, at its end. */
  readonly tail: string;
  /** Where the data begins in the given bytes; their length when there is none. */
  readonly dataAt: number;
}

/** Why a statement may not be sent. */
export class StatementError extends Error {
  /** ClickHouse's code for it (src/Common/ErrorCodes.cpp) and its name. */
  readonly code: number;
  readonly type: string;

  constructor(code: number, type: string, message: string) {
    super(message);
    this.code = code;
    this.type = type;
  }
}

/** ClickHouse's string literal for any text: backslash and quote are what ends or escapes, and at a NUL chDB would cut the statement. */
export const quote = (text: string): string => `'${text.replace(/[\\']/g, '\\$&').replaceAll('\0', '\\0')}'`;

/** ClickHouse's quoted identifier for any text. */
export const quoteName = (name: string): string => `\`${name.replace(/[\\`]/g, '\\$&').replaceAll('\0', '\\0')}\``;

/**
 * Reads the statement as ClickHouse's lexer does (src/Parsers/Lexer.cpp), as far as needed to tell bare words from what stands in strings,
 * comments and quoted names. Works on bytes (latin1), for data that is no text may follow.
 */
class Tokens {
  readonly #text: string;
  #at = 0;
  #dot = false;

  constructor(text: string) {
    this.#text = text;
  }

  next(): Token | null {
    this.#skip();
    if (this.#at >= this.#text.length) return null;
    const start = this.#at;
    // The word after a dot is a name: "db.format".
    const kind = this.#take();
    const token: Token = { kind: this.#dot && kind === 'word' ? 'other' : kind, start, end: this.#at };
    this.#dot = this.#at === start + 1 && this.#text.charAt(start) === '.';
    return token;
  }

  #take(): Token['kind'] {
    const text = this.#text;
    const char = text.charAt(this.#at);
    if (/^[A-Za-z_]$/.test(char)) {
      this.#match(/[A-Za-z0-9_$]+/y);
      return 'word';
    }
    // A number may hold letters ("0xFF", "1e5"), and end in a dot: they are no words, and it is none of a name.
    if (this.#match(/[0-9][A-Za-z0-9_]*(?:\.[0-9]*)?/y)) return 'other';
    if (char === "'" || char === '"' || char === '`') return this.#quoted(char);
    if (char === '$' && this.#heredoc()) return 'other';
    if (char === '\xe2' && this.#unicodeQuoted()) return 'other';
    this.#at += 1;
    if (char === ';') return 'semicolon';
    if (char === '(' || char === '[' || char === '{') return 'open';
    return char === ')' || char === ']' || char === '}' ? 'close' : 'other';
  }

  /** Whitespace and comments: `-- …`, `# …`, `#!…`, and the C ones, which do not nest. */
  #skip(): void {
    for (;;) {
      this.#match(/[\s\0]+/y);
      if (this.#match(/(?:--|# |#!)[^\n]*/y)) continue;
      if (!this.#text.startsWith('/*', this.#at)) return;
      const end = this.#text.indexOf('*/', this.#at + 2);
      this.#at = end === -1 ? this.#text.length : end + 2;
    }
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #quoted(mark: string): 'other' {
    this.#at += 1;
    for (; this.#at < this.#text.length; this.#at += 1) {
      const char = this.#text.charAt(this.#at);
      if (char === '\\') this.#at += 1;
      else if (char === mark) {
        // A doubled mark is one within: the second begins what looks like a string of its own, and the end is the same.
        this.#at += 1;
        return 'other';
      }
    }
    this.#at = this.#text.length;
    return 'other';
  }

  #heredoc(): boolean {
    const tag = /\$[A-Za-z0-9_]*\$/y;
    tag.lastIndex = this.#at;
    const found = tag.exec(this.#text)?.[0];
    if (found === undefined) return false;
    const end = this.#text.indexOf(found, tag.lastIndex);
    if (end === -1) return false;
    this.#at = end + found.length;
    return true;
  }

  /** ‘…’ and “…” are quotes too, without escapes. */
  #unicodeQuoted(): boolean {
    const open = this.#text.slice(this.#at, this.#at + 3);
    const close = open === '\xe2\x80\x98' ? '\xe2\x80\x99' : open === '\xe2\x80\x9c' ? '\xe2\x80\x9d' : null;
    if (close === null) return false;
    const end = this.#text.indexOf(close, this.#at + 3);
    this.#at = end === -1 ? this.#text.length : end + 3;
    return true;
  }
}

const upper = (text: string, { start, end }: Token): string => text.slice(start, end).toUpperCase();

/** Whether the statement begins with INSERT. */
export function isInsert(bytes: Buffer): boolean {
  // A comment before it may be long, but is text: what is looked at here is the query, never the data.
  const text = bytes.toString('latin1');
  const first = new Tokens(text).next();
  return first !== null && first.kind === 'word' && upper(text, first) === 'INSERT';
}

/**
 * Finds where the data of an INSERT begins. `null` for an INSERT that selects its rows. What is after FORMAT or VALUES is never read as
 * SQL. Throws StatementError for FROM INFILE of the caller's own, which reads the server's files.
 */
export function splitInsert(bytes: Buffer): InsertText | null {
  const text = bytes.toString('latin1');
  const tokens = new Tokens(text);
  skipTarget(tokens, text);
  let settingsAt: number | null = null;
  for (let token = topWord(tokens); token !== null; token = topWord(tokens)) {
    const word = upper(text, token);
    if (word === 'SELECT' || word === 'WITH' || word === 'WATCH') return null;
    if (word === 'FROM') throw new StatementError(48, 'NOT_IMPLEMENTED', 'FROM INFILE is not for clients of a server');
    if (word === 'SETTINGS') settingsAt ??= token.start;
    if (word === 'VALUES') return insertText(bytes, settingsAt ?? token.start, token, null);
    if (word === 'FORMAT') return formatted(bytes, settingsAt ?? token.start, token, tokens.next());
  }
  return null;
}

/** The next bare word that stands in no brackets; null at the end of the statement. */
function topWord(tokens: Tokens): Token | null {
  let depth = 0;
  for (let token = tokens.next(); token !== null; token = tokens.next()) {
    if (token.kind === 'open') depth += 1;
    if (token.kind === 'close') depth -= 1;
    if (token.kind === 'semicolon') return null;
    if (token.kind === 'word' && depth === 0) return token;
  }
  return null;
}

function formatted(bytes: Buffer, headEnd: number, keyword: Token, format: Token | null): InsertText | null {
  if (format === null || format.kind !== 'word') return null; // a syntax error, which the engine words best
  return insertText(bytes, headEnd, keyword, format);
}

function insertText(bytes: Buffer, headEnd: number, keyword: Token, format: Token | null): InsertText {
  const head = bytes.toString('utf8', 0, headEnd);
  const settings = bytes.toString('utf8', headEnd, keyword.start);
  const name = format === null ? 'Values' : bytes.toString('latin1', format.start, format.end);
  return { head, tail: ` ${settings} FORMAT ${name}`, dataAt: dataStart(bytes, (format ?? keyword).end) };
}

/** Blanks, then one line end, are between the format's name and its data. */
function dataStart(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1;
  if (bytes[at] === 0x0d) at += 1;
  if (bytes[at] === 0x0a) at += 1;
  return at;
}

/** INSERT INTO [TABLE] [FUNCTION] name[.name]: a table may be called `settings`, so that its name is not looked at. */
function skipTarget(tokens: Tokens, text: string): void {
  tokens.next(); // INSERT
  for (let token = tokens.next(); token !== null; token = tokens.next()) {
    if (token.kind !== 'word' || !['INTO', 'TABLE', 'FUNCTION'].includes(upper(text, token))) break;
  }
}

/**
 * The statement with its result sent to `clause` ("INTO OUTFILE …"), which goes before FORMAT. `format` is the format that it names, if it
 * does. Throws StatementError where it names an OUTFILE of its own: that writes the server's files.
 */
export function placeOutput(sql: string, clause: string): { readonly sql: string; readonly format: string | null } {
  const bytes = Buffer.from(sql);
  const text = bytes.toString('latin1');
  const words = topLevel(text);
  if (words.some((token) => token.kind === 'word' && upper(text, token) === 'OUTFILE'))
    throw new StatementError(48, 'NOT_IMPLEMENTED', 'INTO OUTFILE is not for clients of a server');
  while (words.at(-1)?.kind === 'semicolon') words.pop();
  const at = formatIndex(text, words);
  const format = at === -1 ? null : words[at + 1];
  const place = at === -1 ? (words.at(-1)?.end ?? 0) : (words[at]?.start ?? 0);
  const end = words.at(-1)?.end ?? 0;
  return {
    sql: `${bytes.toString('utf8', 0, place)}${clause}${bytes.toString('utf8', place, end)}`,
    format: format === undefined || format === null ? null : text.slice(format.start, format.end),
  };
}

function topLevel(text: string): Token[] {
  const tokens = new Tokens(text);
  const out: Token[] = [];
  let depth = 0;
  for (let token = tokens.next(); token !== null; token = tokens.next()) {
    if (token.kind === 'close') depth -= 1;
    if (depth === 0) out.push(token);
    if (token.kind === 'open') depth += 1;
  }
  return out;
}

/** The last FORMAT that is followed by a name, and then by nothing or by SETTINGS. */
function formatIndex(text: string, tokens: readonly Token[]): number {
  for (let at = tokens.length - 2; at > 0; at -= 1) {
    const [token, name, after] = [tokens[at], tokens[at + 1], tokens[at + 2]];
    if (token?.kind !== 'word' || upper(text, token) !== 'FORMAT' || name?.kind !== 'word') continue;
    if (after === undefined || (after.kind === 'word' && upper(text, after) === 'SETTINGS')) return at;
  }
  return -1;
}
