/** Finds the first place in a sorted list whose item, by its number, is not below a bound. */
export function lowerBound<T>(sorted: readonly T[], bound: number, numberOf: (item: T) => number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numberOf(sorted[middle] as T) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
