import { LIKE, likeness, type Words, wordsOf } from './likeness.ts';
import type { Plain } from './line-key.ts';
import { CHANGED, type Fates, type Gap, join } from './settle.ts';

/** Pairs of texts that are likened in one gap, and in all: more would take long, and a gap like that was written anew. */
export const MOST_IN_GAP = 4096;
export const MOST_IN_ALL = 40_000;
/** With another time stamp it must be nearly the same text. */
const LIKE_AT_ANOTHER_TIME = 0.85;

/** The text of a record (true) or a line at a place; undefined when it is not held. */
export type TextAt = (isRecord: boolean, place: number) => Plain | undefined;

/** Finds lines that were changed: within a gap, the pairs in one order that are most alike. */
export function findChanges(fates: Fates, gaps: Iterable<Gap>, textAt: TextAt): void {
  let left = MOST_IN_ALL;
  for (const { records, lines } of gaps) {
    const pairs = records.length * lines.length;
    if (pairs === 0 || pairs > MOST_IN_GAP || pairs > left) continue;
    left -= pairs;
    const alike = table(records, lines, textAt);
    for (const [row, column] of bestPairs(alike, records.length, lines.length))
      join(fates, records[row] as number, lines[column] as number, CHANGED);
  }
}

interface Looked extends Words {
  readonly plain: string;
  readonly stamp: string;
}

function lookAt(text: Plain | undefined): Looked | null {
  return text === undefined ? null : { ...wordsOf(text.plain), plain: text.plain, stamp: text.stamp };
}

/** How alike each record is to each line; 0 where it is not enough. */
function table(records: readonly number[], lines: readonly number[], textAt: TextAt): Float64Array {
  const alike = new Float64Array(records.length * lines.length);
  const held = records.map((record) => lookAt(textAt(true, record)));
  const found = lines.map((line) => lookAt(textAt(false, line)));
  for (const [row, one] of held.entries())
    for (const [column, other] of found.entries())
      if (one && other) alike[row * lines.length + column] = likenessOf(one, other);
  return alike;
}

function likenessOf(held: Looked, found: Looked): number {
  const is = held.plain === found.plain ? 1 : likeness(held, found);
  return is >= (held.stamp === found.stamp ? LIKE : LIKE_AT_ANOTHER_TIME) ? is : 0;
}

/** The pairs in one order whose likeness is the most in all. */
function bestPairs(alike: Float64Array, rows: number, columns: number): [number, number][] {
  const best = new Float64Array((rows + 1) * (columns + 1));
  const place = (row: number, column: number) => row * (columns + 1) + column;
  for (let row = rows - 1; row >= 0; row -= 1)
    for (let column = columns - 1; column >= 0; column -= 1) {
      const is = alike[row * columns + column] as number;
      const without = Math.max(best[place(row + 1, column)] as number, best[place(row, column + 1)] as number);
      best[place(row, column)] =
        is > 0 ? Math.max(without, is + (best[place(row + 1, column + 1)] as number)) : without;
    }
  const pairs: [number, number][] = [];
  for (let row = 0, column = 0; row < rows && column < columns; ) {
    const is = alike[row * columns + column] as number;
    const here = best[place(row, column)] as number;
    if (is > 0 && here === is + (best[place(row + 1, column + 1)] as number)) {
      pairs.push([row, column]);
      row += 1;
      column += 1;
    } else if (here === best[place(row + 1, column)]) row += 1;
    else column += 1;
  }
  return pairs;
}
