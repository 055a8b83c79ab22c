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

/** What would go further back is at all the rest. */
const LONG_US = 366 * 86_400_000_000;

/**
 * The next look goes somewhat further than the last ones make one expect, and at least, at most as many times as far; each at least that much more
 * than the last. `quiet`: where the last moments have none.
 */
const SPARE = 1.5;
const FURTHER = { least: 4, most: 64, quiet: 1000 } as const;

/** Looks begin at full steps, for a while at the same: the engine knows for some time which rows a condition it was asked does not hold for. */
const STEPS = 8;
const stepOf = (lengthUs: number) => 2 ** Math.floor(Math.log2(lengthUs / STEPS));

/**
 * The newest rows, looked for in the last moments first, then further and further back until there are enough: where those are enough, nothing older
 * is read. No look is at what another was at, so that what comes or leaves in between is there once or not at all, and in its place. `look` gives the
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
    const stepUs = stepOf(lengthUs);
    const sinceUs = Math.max(0, Math.floor((endUs - lengthUs) / stepUs) * stepUs);
    const isLast = nth > guesses || lengthUs > LONG_US || sinceUs <= fromUs;
    const found = await look({ fromUs: isLast ? null : sinceUs, toUs }, limit - rows.length);
    rows.push(...found);
    if (isLast || rows.length >= limit) return rows;
    toUs = sinceUs;
    // Where a while has none at all, a somewhat longer one rarely has enough.
    const most = nth === 0 && found.length === 0 ? FURTHER.quiet : FURTHER.most;
    const expected = found.length === 0 ? most : (SPARE * limit) / rows.length;
    lengthUs *= Math.max(FURTHER.least ** (nth + 1), Math.min(most, expected));
  }
}
