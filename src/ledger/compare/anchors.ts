import { type Effort, longestIncreasing } from './increasing.ts';
import type { Range } from './shortest-edit.ts';
import type { Keys, Side } from './side.ts';

/** Pairs of lines in the order of both sides. */
export interface Pairs {
  readonly left: Int32Array;
  readonly right: Int32Array;
}

/** Pairs, with all that could be paired, in whatever order. */
export interface FoundPairs extends Pairs {
  /** Lines on the left of which there is one on the right, too. */
  readonly common: number;
}

/** How often each key stands on a side of the range that is looked at, and where it stood last. All zero between two looks. */
class Counts {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly place: Int32Array;

  constructor(keys: number) {
    this.left = new Int32Array(keys);
    this.right = new Int32Array(keys);
    this.place = new Int32Array(keys);
  }

  /** Where on the right the key stands that stands once on each side; -1 for any other. */
  partner(key: number): number {
    return key >= 0 && this.left[key] === 1 && this.right[key] === 1 ? (this.place[key] as number) : -1;
  }
}

/**
 * Pairs lines that stand once on each side of a range (patience), or, where there is none that does, each line with the one of the
 * same key and the same count. Of the pairs it keeps the most that stand in one order on both sides, so that a few lines that were put
 * elsewhere to lead a reader astray lose against the many that were not.
 */
export class Anchors {
  readonly #left: Side;
  readonly #right: Side;
  readonly #effort: Effort;
  readonly #exact: Counts;
  readonly #loose: Counts;

  constructor(left: Side, right: Side, keys: Keys, effort: Effort) {
    this.#left = left;
    this.#right = right;
    this.#effort = effort;
    this.#exact = new Counts(keys.exact.size);
    this.#loose = new Counts(keys.loose.size);
  }

  /** Pairs of lines that stand once on each side. */
  unique({ a, b, c, d }: Range): FoundPairs {
    const left = this.#left;
    this.#count({ a, b, c, d }, 1);
    const partners = new Int32Array(b - a);
    let common = 0;
    for (let at = a; at < b; at += 1) {
      const key = left.loose[at] as number;
      const loose = this.#loose.partner(key);
      if (key !== -1 && (this.#loose.right[key] as number) > 0) common += 1;
      partners[at - a] = loose !== -1 ? loose : this.#exact.partner(left.exact[at] as number);
    }
    this.#count({ a, b, c, d }, -1);
    this.#effort.steps += 3 * (b - a + d - c);
    return { ...inOneOrder(a, partners, this.#effort), common };
  }

  #count({ a, b, c, d }: Range, by: 1 | -1): void {
    const [left, right, exact, loose] = [this.#left, this.#right, this.#exact, this.#loose];
    for (let at = a; at < b; at += 1) {
      const key = left.exact[at] as number;
      if (key === -1) continue;
      (exact.left[key] as number) += by;
      (loose.left[left.loose[at] as number] as number) += by;
    }
    for (let at = c; at < d; at += 1) {
      const key = right.exact[at] as number;
      const wide = right.loose[at] as number;
      (exact.right[key] as number) += by;
      (loose.right[wide] as number) += by;
      exact.place[key] = at;
      loose.place[wide] = at;
    }
  }

  /**
   * The first of a key with the first, the second with the second, and so on: by all of the line, then by what all forms say. Marks in
   * `rough` those that were paired so, whether the order kept the pair or not.
   */
  counted({ a, b, c, d }: Range, rough: Uint8Array): Pairs {
    const partners = new Int32Array(b - a).fill(-1);
    const taken = new Uint8Array(d - c);
    const sides = [this.#left, this.#right] as const;
    pairByKey(sides, { a, b, c, d }, this.#exact, (side) => side.exact, partners, taken);
    pairByKey(sides, { a, b, c, d }, this.#loose, (side) => side.loose, partners, taken);
    for (let at = a; at < b; at += 1) if (partners[at - a] !== -1) rough[at] = 1;
    this.#effort.steps += 6 * (b - a + d - c);
    return inOneOrder(a, partners, this.#effort);
  }
}

function pairByKey(
  [left, right]: readonly [Side, Side],
  { a, b, c, d }: Range,
  { left: first }: Counts,
  keysOf: (side: Side) => Int32Array,
  partners: Int32Array,
  taken: Uint8Array,
): void {
  const [leftKeys, rightKeys] = [keysOf(left), keysOf(right)];
  const isLoose = leftKeys === left.loose;
  const next = new Int32Array(d - c);
  for (let at = d - 1; at >= c; at -= 1) {
    const key = rightKeys[at] as number;
    if (taken[at - c] === 1) continue;
    next[at - c] = first[key] as number; // place + 1 of the next with that key; 0: none
    first[key] = at + 1;
  }
  for (let at = a; at < b; at += 1) {
    const key = leftKeys[at] as number;
    const found = key === -1 || partners[at - a] !== -1 ? 0 : (first[key] as number);
    if (found === 0 || (isLoose && left.form[at] === right.form[found - 1])) continue;
    partners[at - a] = found - 1;
    taken[found - 1 - c] = 1;
    first[key] = next[found - 1 - c] as number;
  }
  for (let at = c; at < d; at += 1) first[rightKeys[at] as number] = 0;
}

function inOneOrder(a: number, partners: Int32Array, effort: Effort): Pairs {
  const left = new Int32Array(partners.length);
  const right = new Int32Array(partners.length);
  let count = 0;
  for (let at = 0; at < partners.length; at += 1) {
    if (partners[at] === -1) continue;
    left[count] = a + at;
    right[count] = partners[at] as number;
    count += 1;
  }
  const kept = longestIncreasing(right.subarray(0, count), effort);
  return { left: kept.map((nth) => left[nth] as number), right: kept.map((nth) => right[nth] as number) };
}
