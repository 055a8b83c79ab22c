/** Counts the work that is done, so that tests can hold it against the input's length. */
export interface Effort {
  steps: number;
}

/**
 * Places of the longest increasing subsequence (strictly) of `values`, by patience sorting: n log n steps.
 * Of several of one length it gives one, the same each time.
 */
export function longestIncreasing(values: Int32Array, effort: Effort): Int32Array {
  const tails = new Int32Array(values.length); // place of the smallest end of a run of each length
  const before = new Int32Array(values.length);
  let length = 0;
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] as number;
    let low = 0;
    let high = length;
    if (length > 0 && (values[tails[length - 1] as number] as number) < value) low = length;
    while (low < high) {
      effort.steps += 1;
      const middle = (low + high) >>> 1;
      if ((values[tails[middle] as number] as number) < value) low = middle + 1;
      else high = middle;
    }
    effort.steps += 1;
    before[at] = low === 0 ? -1 : (tails[low - 1] as number);
    tails[low] = at;
    if (low === length) length += 1;
  }
  const places = new Int32Array(length);
  for (let nth = length - 1, at = tails[length - 1] ?? -1; nth >= 0; nth -= 1, at = before[at] as number)
    places[nth] = at;
  return places;
}
