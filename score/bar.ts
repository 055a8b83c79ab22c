import type { ScoreRow } from './row.ts';

const AT_LEAST = /^>= (?<percent>\d+(?:\.\d+)?) %$/;
const AT_MOST = /^<= (?<percent>\d+(?:\.\d+)?) %$/;

/** Share of cases that came out right, 0 to 100; 100 of nothing. */
export function percentOf({ right, total }: ScoreRow): number {
  return total === 0 ? 100 : (100 * right) / total;
}

/**
 * Is the row's bar reached? null when it has none (`bar` is ''). `>= N %`: at least that share is right; `<= N %`: at
 * most that share is; `exact`: every case is right. A suite without a single case reaches no bar. Throws on any other bar.
 */
export function met(row: ScoreRow): boolean | null {
  if (row.bar === '') return null;
  if (row.total === 0) return false;
  if (row.bar === 'exact') return row.right === row.total;
  const least = AT_LEAST.exec(row.bar)?.groups?.['percent'];
  if (least !== undefined) return percentOf(row) >= Number(least);
  const most = AT_MOST.exec(row.bar)?.groups?.['percent'];
  if (most !== undefined) return percentOf(row) <= Number(most);
  throw new Error(`"${row.bar}" is not a bar`);
}
