/** An English sentence of a story and the same in Korean. Slots stand in braces: see `compile`. */
export type Phrase = readonly [english: string, korean: string];

/** Matches one English sentence whole; gives the texts of its slots, or null. */
export interface Pattern {
  readonly korean: string;
  /** The words before the first slot, by which patterns are found. */
  readonly head: string;
  readonly match: (text: string) => ReadonlyMap<string, string> | null;
}

/** What a slot may hold, by the first letter of its name. */
const HOLDS: Readonly<Record<string, RegExp>> = {
  n: /^[\d,.]+$/, // a number
  t: /^(?:[\d,.]+ (?:s|min|minutes?|h|hours?|d|days?)(?: (?=\d)|$))+$/, // a length of time
  l: /^[^\s;]+(?:, [^\s;]+)*(?: and (?:[\d,]+ more|[^\s;]+))?$/, // words in a row: `gate, shop and vault`
  w: /^\S+$/, // one word: a host, a user, an address, a file
  x: /^[\s\S]*$/, // anything, as it stands
  s: /^[\s\S]+$/, // a sentence of its own, translated in its turn
};

/**
 * A phrase as a pattern. `{n}` holds a number, `{t}` a length of time, `{w}` one word, `{l}` words in a row, `{x}` anything, `{s}` a sentence;
 * more of a kind are told apart by what follows (`{n2}`, `{w_host}`). A pattern is anchored at both ends and matches in
 * linear time. Where the words behind `{x}` come more than once, a stranger's text may have forged one: no match.
 * Throws for a slot of no kind, for slots that touch, and for one that the Korean side leaves out or adds.
 */
export function compile([english, korean]: Phrase): Pattern {
  const parts = english.split(/\{(\w+)\}/);
  const words = parts.filter((_, at) => at % 2 === 0);
  const slots = parts.filter((_, at) => at % 2 === 1);
  const used = [...korean.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  if (words.slice(1, -1).includes('') || slots.some((slot) => !HOLDS[slot[0] ?? '']) || !sameNames(slots, used))
    throw new Error(`a phrase with slots that do not fit: ${english}`);
  return { korean, head: words[0] ?? '', match: (text) => matchWhole(text, words, slots) };
}

function sameNames(slots: readonly string[], used: readonly string[]): boolean {
  return new Set(slots).size === slots.length && [...slots].sort().join() === [...new Set(used)].sort().join();
}

function matchWhole(text: string, words: readonly string[], slots: readonly string[]): Map<string, string> | null {
  const [first = ''] = words;
  if (slots.length === 0) return text === first ? new Map() : null;
  if (!text.startsWith(first)) return null;
  const found = new Map<string, string>();
  let from = first.length;
  for (const [at, slot] of slots.entries()) {
    const next = words[at + 1] ?? '';
    const to = endOf(text, from, next, slot, at === slots.length - 1);
    if (to < from) return null;
    const held = text.slice(from, to);
    if (!HOLDS[slot[0] ?? '']?.test(held)) return null;
    found.set(slot, held);
    from = to + next.length;
  }
  return found;
}

/** Where a slot ends: before the words that follow it (once, behind one that holds anything); the last one before the end. */
function endOf(text: string, from: number, next: string, slot: string, last: boolean): number {
  if (last) return text.endsWith(next) ? text.length - next.length : -1;
  const found = text.indexOf(next, from);
  return slot.startsWith('x') && text.indexOf(next, found + 1) !== -1 ? -1 : found;
}
