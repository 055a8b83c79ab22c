// STIX 2.1, part 9 (STIX Patterning): the patterns that one value of one event can fulfil.

/** One comparison that is enough for the pattern: `ipv4-addr:value` is `192.0.2.1`. */
export interface Comparison {
  readonly path: string;
  readonly value: string;
}

const TOKEN =
  /\s*(?:(?<text>'(?:[^'\\]|\\.)*')|(?<word>[A-Za-z][\w-]*(?::[\w-]+(?:\.(?:[\w-]+|'[^'\\]*')|\[[*\d]+\])*)?)|(?<mark>[[\](),=]|!=|[<>]=?)|(?<number>[-+]?\d[\d.]*))/suy;
const MAX_PATTERN = 65_536;
/** What makes a pattern ask for more than one value. */
const MORE = new Set(['NOT', 'EXISTS', 'FOLLOWEDBY', 'REPEATS', 'WITHIN', 'START']);

/**
 * The comparisons of a pattern of which each alone fulfils it: joined by OR, with `=`, `IN` or `ISSUBSET`; or, joined by AND, several
 * hashes of one file. Null for a pattern that asks for more than one value can tell (AND, NOT, LIKE, FOLLOWEDBY …), 'broken' for
 * what is no pattern.
 */
export function comparisonsOf(pattern: string): readonly Comparison[] | null | 'broken' {
  const tokens = tokensOf(pattern);
  return tokens === null ? 'broken' : new PatternReader(tokens).read();
}

interface Token {
  readonly kind: 'text' | 'word' | 'mark' | 'number';
  readonly value: string;
}

function tokensOf(pattern: string): Token[] | null {
  if (pattern.length > MAX_PATTERN) return null;
  const tokens: Token[] = [];
  const text = pattern.trimEnd();
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) return null;
    const kind = (['text', 'word', 'mark', 'number'] as const).find((one) => groups[one] !== undefined) ?? 'mark';
    tokens.push({ kind, value: groups[kind] ?? '' });
  }
  return tokens;
}

class PatternReader {
  readonly #tokens: readonly Token[];
  readonly #found: Comparison[] = [];
  #at = 0;
  #depth = 0;
  #and = false;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  read(): readonly Comparison[] | null | 'broken' {
    while (this.#at < this.#tokens.length) {
      const said = this.#step();
      if (said !== 'on') return said;
    }
    if (this.#depth !== 0 || this.#found.length === 0) return 'broken';
    if (this.#and && !this.#found.every(({ path }) => path.startsWith('file:hashes.'))) return null;
    return this.#found;
  }

  #step(): 'on' | 'broken' | null {
    const { kind, value } = this.#tokens[this.#at] as Token;
    this.#at += 1;
    if (kind === 'mark') return this.#bracket(value);
    if (kind !== 'word') return 'broken';
    if (value === 'OR') return 'on';
    if (value === 'AND') {
      this.#and = true;
      return this.#depth > 0 ? 'on' : null; // between two observations: two events
    }
    if (MORE.has(value)) return null;
    return value.includes(':') ? this.#comparison(value) : 'broken';
  }

  #bracket(mark: string): 'on' | 'broken' {
    if (mark === '[' || mark === '(') this.#depth += 1;
    else if (mark === ']' || mark === ')') this.#depth -= 1;
    else return 'broken';
    return this.#depth < 0 ? 'broken' : 'on';
  }

  #comparison(path: string): 'on' | 'broken' | null {
    const operator = this.#tokens[this.#at]?.value;
    this.#at += 1;
    if (operator === 'IN') return this.#set(path);
    if (operator !== '=' && operator !== 'ISSUBSET') return operator === undefined ? 'broken' : null;
    const value = this.#tokens[this.#at];
    this.#at += 1;
    if (value === undefined) return 'broken';
    if (value.kind !== 'text') return null;
    this.#found.push({ path, value: unquoted(value.value) });
    return 'on';
  }

  #set(path: string): 'on' | 'broken' {
    if (this.#tokens[this.#at]?.value !== '(') return 'broken';
    this.#at += 1;
    for (;;) {
      const { kind, value } = this.#tokens[this.#at] ?? { kind: 'mark', value: '' };
      this.#at += 1;
      if (kind === 'text') this.#found.push({ path, value: unquoted(value) });
      else if (value === ')') return 'on';
      else if (value !== ',') return 'broken';
    }
  }
}

function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/gsu, '$1');
}
