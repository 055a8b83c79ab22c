import type { Effort } from './increasing.ts';

/** A part of both sides: of the ledger's from `a` up to, not with, `b`; of the host's from `c` to `d`. */
export interface Range {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

const STEPS_A_LINE = 32;
const MOST_STEPS = 1 << 22;

/**
 * The shortest edit of a range (Myers, "An O(ND) Difference Algorithm and Its Variations", 1986, the greedy form). Calls `pair` for each
 * pair of equal lines, last first. Gives up, with false and before any call, where it takes more than 32 steps a line.
 */
export function shortestEdit(
  { a, b, c, d }: Range,
  same: (left: number, right: number) => boolean,
  pair: (left: number, right: number) => void,
  effort: Effort,
): boolean {
  const [n, m] = [b - a, d - c];
  const budget = effort.steps + Math.min(STEPS_A_LINE * (n + m), MOST_STEPS);
  const trace: Int32Array[] = [];
  for (let edits = 0; edits <= n + m; edits += 1) {
    const reach = new Int32Array(2 * edits + 1);
    for (let k = -edits; k <= edits; k += 2) {
      let x = startOf(trace, edits, k);
      while (x < n && x - k < m && same(a + x, c + x - k)) {
        x += 1;
        effort.steps += 1;
      }
      effort.steps += 1;
      reach[k + edits] = x;
      if (x >= n && x - k >= m) {
        trace.push(reach);
        walkBack(trace, n, m, (x1, y1) => pair(a + x1, c + y1));
        return true;
      }
      if (effort.steps > budget) return false;
    }
    trace.push(reach);
  }
  return false;
}

// Where diagonal k begins after so many edits: from its better neighbour of one edit less.
function startOf(trace: readonly Int32Array[], edits: number, k: number): number {
  if (edits === 0) return 0;
  const before = trace[edits - 1] as Int32Array;
  const right = k - 1 < -(edits - 1) ? -1 : (before[k - 1 + edits - 1] as number);
  const down = k + 1 > edits - 1 ? -1 : (before[k + 1 + edits - 1] as number);
  return right < down ? down : right + 1;
}

function walkBack(trace: readonly Int32Array[], n: number, m: number, pair: (x: number, y: number) => void): void {
  let [x, y] = [n, m];
  for (let edits = trace.length - 1; edits >= 0; edits -= 1) {
    const k = x - y;
    const start = startOf(trace, edits, k);
    while (x > start) {
      x -= 1;
      y -= 1;
      pair(x, y);
    }
    if (edits === 0) return;
    const before = trace[edits - 1] as Int32Array;
    const down = k + 1 > edits - 1 ? -1 : (before[k + 1 + edits - 1] as number);
    if (down === start) y -= 1;
    else x -= 1;
  }
}
