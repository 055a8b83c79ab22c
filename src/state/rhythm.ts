// A source's own rhythm, from which silence is told: how many records there are in an hour, and how long it is quiet at times. Recent
// hours count for more: both are sums that fade by half in 17 hours (e-fold in 24). Pure.

/** After this long a past counts e times less. */
const FADE_MS = 24 * 3_600_000;
/** The longest gap fades slower: a week, so that quiet nights and Sundays are remembered. */
const GAP_FADE_MS = 7 * 24 * 3_600_000;
/** Nothing is called silent before. */
const MIN_SILENCE_MS = 5 * 60_000;
const MANY_GAPS = 10;
const LONGER = 2;
/** Fewer records than this are no rhythm, and neither is what came within less time. */
const MIN_RECORDS = 8;
const MIN_SPAN_MS = 5 * 60_000;
/** And less is no rate. */
const MIN_RATE_MS = 60_000;

/** What is kept of a rhythm. */
export interface Rhythm {
  /** Faded number of records. */
  readonly records: number;
  /** Faded time, milliseconds. */
  readonly spanMs: number;
  /** Longest time without a record; fades. */
  readonly longestGapMs: number;
  /** Of the last record, our clock, milliseconds since 1970; null before the first. */
  readonly lastMs: number | null;
}

/** Records of one source that were counted together. */
export interface RhythmWindow {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly records: number;
  /** The longest gap between two of them, where that was looked at. */
  readonly longestGapMs?: number;
  /** Spoor itself did not listen before it: the gap in front is not the source's. */
  readonly afterPause?: boolean;
}

/** A source that never spoke. */
export const NO_RHYTHM: Rhythm = { records: 0, spanMs: 0, longestGapMs: 0, lastMs: null };

/** The rhythm with one more window. A clock that went back counts as no time. */
export function advance(before: Rhythm, window: RhythmWindow): Rhythm {
  const from = before.lastMs === null || window.afterPause === true ? window.firstMs : before.lastMs;
  const passed = Math.max(0, window.lastMs - from);
  const fade = Math.exp(-passed / FADE_MS);
  const gap = Math.max(0, window.firstMs - from, window.longestGapMs ?? 0);
  return {
    records: before.records * fade + window.records,
    spanMs: before.spanMs * fade + FADE_MS * (1 - fade),
    longestGapMs: Math.max(gap, before.longestGapMs * Math.exp(-passed / GAP_FADE_MS)),
    lastMs: Math.max(before.lastMs ?? window.lastMs, window.lastMs),
  };
}

/** Records an hour; null while it is known for less than a minute. */
export function ratePerHour({ records, spanMs }: Rhythm): number | null {
  return spanMs >= MIN_RATE_MS ? (records / spanMs) * 3_600_000 : null;
}

/** Milliseconds between two records, in the mean; null while no time has passed. */
export function meanGapMs({ records, spanMs }: Rhythm): number | null {
  return spanMs > 0 && records > 0 ? spanMs / records : null;
}

/**
 * After how long without a record a source is silent, milliseconds: twice its longest gap or ten mean gaps, whichever is more, and five
 * minutes at least. Null while too little is known: fewer than eight records, or all of them within five minutes.
 */
export function silentAfterMs(rhythm: Rhythm): number | null {
  const mean = meanGapMs(rhythm);
  if (mean === null || rhythm.records < MIN_RECORDS || rhythm.spanMs < MIN_SPAN_MS) return null;
  return Math.max(MIN_SILENCE_MS, LONGER * rhythm.longestGapMs, MANY_GAPS * mean);
}
