import { Anchors } from './anchors.ts';
import type { Effort } from './increasing.ts';
import { type Range, shortestEdit } from './shortest-edit.ts';
import { isSame, type Keys, type Side } from './side.ts';

/** How often a range is cut at lines that stand once on each side; then it is short, or made to take long. */
const MAX_DEPTH = 12;

/** Which lines are which. */
export interface Alignment {
  /** Of each line on the left its place on the right, in one order; -1 for none. */
  readonly partner: Int32Array;
  /** 1 for a line on the left amid lines that repeat so much that their order cannot be told with bounded work. */
  readonly rough: Uint8Array;
}

interface Task extends Range {
  readonly depth: number;
}

/**
 * Aligns two sides: cuts them at lines that stand once on each (patience), again and again, and asks for the shortest edit of what
 * lies between. What takes too long for that is paired by counting. Never more than about n log n steps, whatever the lines are.
 */
export function align(left: Side, right: Side, keys: Keys, effort: Effort): Alignment {
  const work = new Work(left, right, keys, effort);
  const tasks: Task[] = [{ a: 0, b: left.count, c: 0, d: right.count, depth: 0 }];
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) work.cut(task, tasks);
  return work;
}

class Work implements Alignment {
  readonly partner: Int32Array;
  readonly rough: Uint8Array;
  readonly #left: Side;
  readonly #right: Side;
  readonly #anchors: Anchors;
  readonly #effort: Effort;

  constructor(left: Side, right: Side, keys: Keys, effort: Effort) {
    this.#left = left;
    this.#right = right;
    this.#anchors = new Anchors(left, right, keys, effort);
    this.#effort = effort;
    this.partner = new Int32Array(left.count).fill(-1);
    this.rough = new Uint8Array(left.count);
  }

  cut(task: Task, tasks: Task[]): void {
    const rest = this.#trim(task);
    if (rest.a === rest.b || rest.c === rest.d) return;
    const { left, right, common } = this.#anchors.unique(rest);
    if (common === 0) return;
    if (left.length > 0 && task.depth < MAX_DEPTH) this.#divide(rest, left, right, task.depth + 1, tasks);
    else if (!shortestEdit(rest, this.#same, this.#pair, this.#effort)) this.#count(rest);
  }

  readonly #same = (at: number, other: number): boolean => isSame(this.#left, at, this.#right, other);

  readonly #pair = (at: number, other: number): void => {
    this.partner[at] = other;
  };

  #trim({ a, b, c, d }: Range): Range {
    let [from, to, start, end] = [a, b, c, d];
    while (from < to && start < end && this.#same(from, start)) {
      this.partner[from] = start;
      from += 1;
      start += 1;
    }
    while (from < to && start < end && this.#same(to - 1, end - 1)) {
      to -= 1;
      end -= 1;
      this.partner[to] = end;
    }
    this.#effort.steps += from - a + b - to + 1;
    return { a: from, b: to, c: start, d: end };
  }

  #divide({ a, b, c, d }: Range, left: Int32Array, right: Int32Array, depth: number, tasks: Task[]): void {
    let [from, start] = [a, c];
    for (let nth = 0; nth <= left.length; nth += 1) {
      const to = left[nth] ?? b;
      const end = right[nth] ?? d;
      if (nth < left.length) this.partner[to] = end;
      if (from < to && start < end) tasks.push({ a: from, b: to, c: start, d: end, depth });
      from = to + 1;
      start = end + 1;
    }
  }

  #count(range: Range): void {
    const { left, right } = this.#anchors.counted(range, this.rough);
    for (let nth = 0; nth < left.length; nth += 1) this.partner[left[nth] as number] = right[nth] as number;
  }
}
