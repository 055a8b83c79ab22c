import { type RawBuilder, sql } from 'kysely';

/** Milliseconds since 1970 as a timestamptz, to compare with columns, which Kysely knows as numbers (pool.ts reads them so). */
export function instant(ms: number): RawBuilder<number> {
  return sql<number>`${new Date(ms)}::timestamptz`;
}
