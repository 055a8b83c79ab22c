import * as z from 'zod';
import { defineQuery, whole } from '../query.ts';

/** How many events made from records `first` to `last` of an origin's ledger, both included, are there more than once. */
export const repeatedEvents = defineQuery({
  params: z.strictObject({ origin: z.string().max(255), first: whole, last: whole }),
  sql: (table) => `
    SELECT count() - uniqExact(first, sub) AS repeated
    FROM ${table('events')}
    WHERE origin = {origin:String} AND first >= {first:UInt64} AND first <= {last:UInt64}`,
  row: z.object({ repeated: whole }),
});

/** Of some days (as 20260921): those of which `sources_minute` counts other than the events that are there, and by how many. */
export const miscountedDays = defineQuery({
  params: z.strictObject({ origin: z.string().max(255), days: z.array(whole).min(1).max(100_000) }),
  sql: (table) => `
    SELECT day, abs(sum(counted)) AS differ
    FROM (
      SELECT toYYYYMMDD(minute) AS day, toInt64(sources.rows) AS counted
      FROM ${table('sources_minute')} AS sources
      WHERE origin = {origin:String} AND day IN {days:Array(UInt32)}
      UNION ALL
      SELECT toYYYYMMDD(ingest_ts) AS day, -1 AS counted
      FROM ${table('events')}
      WHERE origin = {origin:String} AND day IN {days:Array(UInt32)}
    )
    GROUP BY day
    HAVING differ > 0`,
  row: z.object({ day: whole, differ: whole }),
});
