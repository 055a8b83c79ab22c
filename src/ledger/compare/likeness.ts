/** UTF-16 units and words of a line that are looked at. */
const LOOKED_AT = 2048;
const MAX_WORDS = 64;

/** From this on a line is taken for the other one, changed. */
export const LIKE = 0.6;

const WORD = /[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]/gu;

/** A text's words and signs, as far as they are looked at. */
export interface Words {
  readonly words: readonly string[];
  /** UTF-16 units in them. */
  readonly weight: number;
}

export function wordsOf(text: string): Words {
  const words = (text.slice(0, LOOKED_AT).match(WORD) ?? []).slice(0, MAX_WORDS);
  return { words, weight: words.reduce((sum, { length }) => sum + length, 0) };
}

/** How alike two texts are, 0 to 1: what is in words that both have in one order, of all that is in words. At most 4,096 steps. */
export function likeness(one: Words, other: Words): number {
  const all = one.weight + other.weight;
  const most = 2 * Math.min(one.weight, other.weight);
  if (most === 0 || most / all < LIKE) return 0; // it cannot become alike
  return (2 * commonWeight(one.words, other.words)) / all;
}

function commonWeight(left: readonly string[], right: readonly string[]): number {
  let row = new Int32Array(right.length + 1);
  let next = new Int32Array(right.length + 1);
  for (const word of left) {
    for (let at = 0; at < right.length; at += 1)
      next[at + 1] =
        word === right[at] ? (row[at] as number) + word.length : Math.max(row[at + 1] as number, next[at] as number);
    [row, next] = [next, row];
  }
  return row[right.length] as number;
}

/** What differs in two texts: what stands before and after it in both is left out, in whole words. */
export interface Difference {
  /** UTF-16 units before it. */
  readonly at: number;
  readonly held: string;
  readonly found: string;
}

/** What the ledger's text says and the file's does not, and the other way about, from the first difference to the last. */
export function differenceOf(held: string, found: string): Difference {
  const least = Math.min(held.length, found.length);
  let before = 0;
  while (before < least && held[before] === found[before]) before += 1;
  while (isInWord(held, before) || isInWord(found, before)) before -= 1;
  let after = 0;
  while (after < least - before && held[held.length - 1 - after] === found[found.length - 1 - after]) after += 1;
  while (after > 0 && (isInWord(held, held.length - after) || isInWord(found, found.length - after))) after -= 1;
  return {
    at: before,
    held: held.slice(before, held.length - after),
    found: found.slice(before, found.length - after),
  };
}

const PART = /[\p{L}\p{N}_]/u;

/** Would a cut at that place go through a word? */
function isInWord(text: string, at: number): boolean {
  return at > 0 && at < text.length && PART.test(text[at - 1] as string) && PART.test(text[at] as string);
}
