const PLACES = 1 << 18;
const MAX_NAME = 32;
const SPACE = 0x20;
/** Words that a line's own grammar uses: as a name they are left to the parser. */
const GRAMMAR = new Set(['from', 'port', 'user', 'by', 'on', 'invalid', 'illegal', 'for', 'ssh2', 'authenticating']);
// What account names are made of: letters, digits, "_", "-" and ".".
const IS_WORD = Uint8Array.from({ length: 256 }, (_, code) => (/[\w.-]/.test(String.fromCharCode(code)) ? 1 : 0));

/** An account name that came in a line. The same name gives the same object while it is remembered. */
export interface KnownName {
  readonly text: string;
  /** Room for what a reader of many events keeps of this name, and who that is; null until then. */
  memo: unknown;
  keeper: object | null;
}

export function knownName(text: string): KnownName {
  return { text, memo: null, keeper: null };
}

const NOBODY = knownName('');

/**
 * Remembers the account names of lines, so that their texts are made, and what is kept of them is looked up, once. A table of
 * fixed size, in which two names share two places: the one that came last stands first.
 */
export class AccountNames {
  /** The name that `read` saw last. */
  known = NOBODY;
  readonly #names: KnownName[] = new Array(PLACES).fill(NOBODY);

  /** The offset after the plain word at `at` that a space follows; `at` when none stands there, or one of the line's own. */
  read(bytes: Buffer, at: number): number {
    let hash = 17;
    let end = at;
    for (const limit = at + MAX_NAME; end < limit; end += 1) {
      const code = bytes[end] as number;
      if (IS_WORD[code] !== 1) break;
      hash = (Math.imul(hash, 31) + code) | 0;
    }
    if (end === at || bytes[end] !== SPACE) return at;
    const place = ((hash ^ (hash >>> 15)) << 1) & (PLACES - 1);
    const first = this.#names[place] as KnownName;
    if (isAt(first.text, bytes, at, end)) this.known = first;
    else if (!this.#second(bytes, at, end, place)) return at;
    return end;
  }

  // Whether the word is a name at all.
  #second(bytes: Buffer, at: number, end: number, place: number): boolean {
    let known = this.#names[place + 1] as KnownName;
    if (!isAt(known.text, bytes, at, end)) {
      const text = bytes.toString('latin1', at, end);
      if (GRAMMAR.has(text)) return false; // never remembered, so never found
      known = knownName(text);
    }
    this.#names[place + 1] = this.#names[place] as KnownName;
    this.#names[place] = known;
    this.known = known;
    return true;
  }
}

function isAt(text: string, bytes: Uint8Array, from: number, to: number): boolean {
  const { length } = text;
  if (length !== to - from) return false;
  for (let at = 0; at < length; at += 1) if (text.charCodeAt(at) !== bytes[from + at]) return false;
  return true;
}
