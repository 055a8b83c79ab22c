import type { Part } from './tally-part.ts';
import * as row from './tally-row.ts';

const ROWS_A_CHUNK = 1 << 10;
const LEAST: ReadonlySet<number> = new Set([row.FIRST, row.FIRST_FAILURE, row.FIRST_SUCCESS]);
const MOST: ReadonlySet<number> = new Set([row.LAST, row.LAST_SUCCESS]);
const [IS_SUM, IS_LEAST, IS_MOST] = [0, 1, 2];
const KINDS = Uint8Array.from({ length: row.ROW }, (_, cell) =>
  LEAST.has(cell) ? IS_LEAST : MOST.has(cell) ? IS_MOST : IS_SUM,
);

/**
 * Adds up what several threads counted of an address: rows as theirs are, of which the counts and the first and last times
 * hold for all of them. What is a number of something in one thread's tables means nothing here.
 */
export class SummedRows {
  /** The rows that `add` made last; those made before may stand in another array. */
  cells: Float64Array;
  #end: number;

  /** `rows`: how many there will be, about. */
  constructor(rows: number) {
    this.cells = new Float64Array(Math.min(rows, ROWS_A_CHUNK) * row.ROW);
    this.#end = 0;
  }

  /** Where the row begins in `cells`. */
  add(parts: readonly Part[]): number {
    if (this.#end === this.cells.length) {
      this.cells = new Float64Array(ROWS_A_CHUNK * row.ROW);
      this.#end = 0;
    }
    const { cells } = this;
    const to = this.#end;
    this.#end += row.ROW;
    for (let cell = 0; cell < row.ROW; cell += 1) cells[to + cell] = summed(parts, cell);
    return to;
  }
}

function summed(parts: readonly Part[], cell: number): number {
  const kind = KINDS[cell] as number;
  let all = kind === IS_SUM ? 0 : kind === IS_LEAST ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  for (let nth = 0; nth < parts.length; nth += 1) {
    const part = parts[nth] as Part;
    const value = part.packed.cells[part.row * row.ROW + cell] as number;
    if (kind === IS_SUM) all += value;
    else if (kind === IS_LEAST ? value < all : value > all) all = value;
  }
  return all;
}
