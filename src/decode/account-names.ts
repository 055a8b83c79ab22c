const SLOTS = 1 << 16;
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

/** Remembers the account names of lines, so that their texts are made, and what is kept of them is looked up, once. */
export class AccountNames {
  /** The name that `read` saw last. */
  known = NOBODY;
  readonly #names: KnownName[] = new Array(SLOTS).fill(NOBODY);

  /** The offset after the plain word at `at` that a space follows; `at` when none stands there, or one of the line's own. */
  read(bytes: Uint8Array, at: number): number {
    let hash = 17;
    let end = at;
    for (const limit = at + MAX_NAME; end < limit; end += 1) {
      const code = bytes[end] as number;
      if (IS_WORD[code] !== 1) break;
      hash = (Math.imul(hash, 31) + code) | 0;
    }
    if (end === at || bytes[end] !== SPACE) return at;
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const known = this.#names[slot] as KnownName;
    if (isAt(known.text, bytes, at, end)) {
      this.known = known;
      return end;
    }
    const text = textOf(bytes, at, end);
    if (GRAMMAR.has(text)) return at; // never remembered, so never found above
    this.known = knownName(text);
    this.#names[slot] = this.known;
    return end;
  }
}

function isAt(text: string, bytes: Uint8Array, from: number, to: number): boolean {
  const { length } = text;
  if (length !== to - from) return false;
  for (let at = 0; at < length; at += 1) if (text.charCodeAt(at) !== bytes[from + at]) return false;
  return true;
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}
