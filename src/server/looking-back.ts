/** A range of event times, microseconds since 1970: [fromUs, toUs); null: open. */
export interface Times {
  readonly fromUs: number | null;
  readonly toUs: number | null;
}

/** What is looked for, and how far back at once. */
export interface LookingBack {
  /** Rows that are wanted. */
  readonly limit: number;
  /** Nothing is before. */
  readonly fromUs: number;
  /** From where lengths are counted; what is later is in the first look. */
  readonly endUs: number;
  /** Length of the first look. */
  readonly firstUs: number;
  /** Looks between the first one and that at all the rest, most. */
  readonly guesses: number;
}

/** The next look goes somewhat further than the last ones make one expect, and at least, at most as many times as far; each at least that much more than the last. */
const SPARE = 1.5;
const FURTHER = { least: 4, most: 64, none: 1000 } as const;

/**
 * The newest rows, looked for in the last moments first, then further and further back until there are enough: where those are enough, nothing older
 * is read. No look is at what another has found, so that what comes or leaves in between is there once or not at all, and in its place. `look` gives the
 * newest rows of a range, so many at most, newest first.
 */
export async function lookBack<T>(
  look: (times: Times, limit: number) => Promise<readonly T[]>,
  { limit, fromUs, endUs, firstUs, guesses }: LookingBack,
): Promise<T[]> {
  const rows: T[] = [];
  let toUs: number | null = null;
  let lengthUs = firstUs;
  for (let nth = 0; ; nth += 1) {
    const sinceUs = Math.max(0, Math.floor(endUs - lengthUs));
    const isLast = nth > guesses || sinceUs <= fromUs;
    const found = await look({ fromUs: isLast ? null : sinceUs, toUs }, limit - rows.length);
    rows.push(...found);
    if (isLast || rows.length >= limit) return rows;
    // While there is none, the next look has no end either: with one, the engine reads more than what it shows.
    if (rows.length > 0) toUs = sinceUs;
    // Where a while has none at all, a somewhat longer one rarely has enough.
    const expected = found.length === 0 ? FURTHER.none : (SPARE * limit) / rows.length;
    const least = FURTHER.least ** (nth + 1);
    lengthUs *= found.length === 0 ? expected : Math.max(least, Math.min(FURTHER.most, expected));
  }
}
