import * as z from 'zod';
import { defineQuery, whole } from '../query.ts';

const origin = z.string().max(255);

/** Ingest days (as 20260921) of an origin, oldest first, with their events and the ledger indexes that these are of. */
export const ingestDays = defineQuery({
  params: z.strictObject({ origin }),
  sql: (table) => `
    SELECT toYYYYMMDD(minute) AS day, sum(sources.rows) AS events, min(sources.first) AS first, max(sources.last) AS last
    FROM ${table('sources_minute')} AS sources
    WHERE origin = {origin:String}
    GROUP BY day
    ORDER BY day`,
  row: z.object({ day: whole, events: whole, first: whole, last: whole }),
});

/** Ingest days in which an origin has events of a stream. */
export const daysOfStream = defineQuery({
  params: z.strictObject({ origin, stream: z.string() }),
  sql: (table) => `
    SELECT DISTINCT toYYYYMMDD(minute) AS day
    FROM ${table('sources_minute')}
    WHERE origin = {origin:String} AND stream = {stream:String}`,
  row: z.object({ day: whole }),
});

/** Ingest days in which an origin has events that one of the parsers read ('' for unparsed ones). */
export const daysOfParsers = defineQuery({
  params: z.strictObject({ origin, parsers: z.array(z.string().max(100)).min(1).max(100) }),
  sql: (table) => `
    SELECT DISTINCT toYYYYMMDD(ingest_ts) AS day
    FROM ${table('events')}
    WHERE origin = {origin:String} AND has({parsers:Array(String)}, parser)`,
  row: z.object({ day: whole }),
});
