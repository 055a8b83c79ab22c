/** A word of a command line with its quotes taken off, or an operator as it stands. */
export interface Token {
  readonly text: string;
  readonly operator: boolean;
  /** Command lines inside it: `$(…)`, backticks, `<(…)`. */
  readonly inner: readonly string[];
}

const OPERATOR = /(?:\d{0,2}(?:>>|>\||>&|<>|<<<|<<|<&|>|<)|&>>|&>|&&|\|\||\|&|;;|[;&|()\n])/y;
const PLAIN = /[^\s;&|()<>'"\\`$]+/y;
const SPACE = /[^\S\n]+/y;

/**
 * Splits a command line as a POSIX shell does (XCU §2.3). Meant for lines that logs lost the quotes of: a quote that is
 * never closed stands for itself, and `#` begins no comment. Linear in the line's length.
 */
export function wordsOf(line: string): Token[] {
  return new Splitter(line).all();
}

class Splitter {
  readonly #line: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #word = '';
  #begun = false;
  #inner: string[] = [];

  constructor(line: string) {
    this.#line = line;
  }

  all(): Token[] {
    while (this.#at < this.#line.length) this.#next();
    this.#endWord();
    return this.#tokens;
  }

  #next(): void {
    const char = this.#line[this.#at] as string;
    const opens = this.#line[this.#at + 1] === '(';
    if (this.#take(SPACE) !== '') this.#endWord();
    else if (char === "'" || char === '"') this.#quoted(char);
    else if (char === '\\') this.#escaped();
    else if (char === '`') this.#ticks();
    else if (opens && (char === '$' || char === '<' || char === '>')) this.#substitution();
    else if (!this.#operator()) this.#append(this.#take(PLAIN) || this.#line.slice(this.#at, ++this.#at));
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#line)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  // "2>" is an operator at the start of a word only: in "a2>" the digit belongs to the word.
  #operator(): boolean {
    if (this.#begun && /\d/.test(this.#line[this.#at] as string)) return false;
    const text = this.#take(OPERATOR);
    if (text === '') return false;
    this.#endWord();
    this.#tokens.push({ text, operator: true, inner: [] });
    return true;
  }

  #append(text: string): void {
    this.#word += text;
    this.#begun = true;
  }

  #endWord(): void {
    if (this.#begun) this.#tokens.push({ text: this.#word, operator: false, inner: this.#inner });
    this.#word = '';
    this.#begun = false;
    this.#inner = [];
  }

  #escaped(): void {
    this.#append(this.#line[this.#at + 1] ?? '\\');
    this.#at += 2;
  }

  #quoted(quote: string): void {
    const end = closing(this.#line, this.#at + 1, quote);
    if (end < 0) {
      this.#append(quote);
      this.#at += 1;
      return;
    }
    const text = this.#line.slice(this.#at + 1, end);
    this.#append(quote === '"' ? text.replace(/\\(["\\$`])/g, '$1') : text);
    if (quote === '"') this.#inner.push(...substituted(text));
    this.#at = end + 1;
  }

  #ticks(): void {
    const end = this.#line.indexOf('`', this.#at + 1);
    const text = this.#line.slice(this.#at, end < 0 ? undefined : end + 1);
    this.#inner.push(text.replace(/^`|`$/g, ''));
    this.#append(text);
    this.#at += text.length;
  }

  // "$(…)", "<(…)" and ">(…)"
  #substitution(): void {
    const end = matching(this.#line, this.#at + 2);
    this.#inner.push(this.#line.slice(this.#at + 2, end));
    this.#append(this.#line.slice(this.#at, end + 1));
    this.#at = end + 1;
  }
}

function closing(line: string, from: number, quote: string): number {
  if (quote === "'") return line.indexOf(quote, from);
  for (let at = from; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1;
    else if (line[at] === quote) return at;
  }
  return -1;
}

/** Where the bracket that is open at `from` closes, or the line's end. */
function matching(line: string, from: number): number {
  let open = 1;
  for (let at = from; at < line.length; at += 1) {
    if (line[at] === '(') open += 1;
    else if (line[at] === ')') open -= 1;
    if (open === 0) return at;
  }
  return line.length;
}

function substituted(text: string): string[] {
  const found: string[] = [];
  for (let at = text.indexOf('$('); at >= 0; at = text.indexOf('$(', at)) {
    const end = matching(text, at + 2);
    found.push(text.slice(at + 2, end));
    at = end;
  }
  const ticks = text.split('`');
  return [...found, ...ticks.filter((_, at) => at % 2 === 1)];
}
