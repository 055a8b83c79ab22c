import { type RawBuilder, sql } from 'kysely';

/** Milliseconds since 1970 as a timestamptz, to compare with columns, which Kysely knows as numbers (pool.ts reads them so). */
export function instant(ms: number): RawBuilder<number> {
  return sql<number>`${new Date(ms)}::timestamptz`;
}

const HOUR_MS = 3_600_000;

/**
 * What has an end and was made later than that was made while the clock was ahead: it would last until the clock is there again, a year may be.
 * An hour is for clocks that are set by little.
 */
export const notMadeAfter = (nowMs: number): RawBuilder<number> => instant(nowMs + HOUR_MS);
