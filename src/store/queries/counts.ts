import * as z from 'zod';
import { defineQuery, whole } from '../query.ts';

/** Events by stream and ingest day (as 20260921), from the summary of minutes. */
export const countsByStreamAndDay = defineQuery({
  params: z.strictObject({}),
  sql: (table) => `
    SELECT toYYYYMMDD(minute) AS day, stream, sum(rows) AS events, sum(unparsed) AS without_parser
    FROM ${table('sources_minute')}
    GROUP BY day, stream
    ORDER BY day, stream`,
  row: z.object({ day: whole, stream: z.string(), events: whole, without_parser: whole }),
});

/** Events by the parser that understood them; '' for unparsed ones. */
export const countsByParser = defineQuery({
  params: z.strictObject({}),
  sql: (table) => `
    SELECT parser, count() AS events, max(generation) AS newest_generation
    FROM ${table('events')}
    GROUP BY parser
    ORDER BY events DESC, parser`,
  row: z.object({ parser: z.string(), events: whole, newest_generation: whole }),
});

/** The highest ledger index that an origin has in the index, and how many rows; both 0 when it has none. */
export const lastIndexed = defineQuery({
  params: z.strictObject({ origin: z.string().max(255) }),
  sql: (table) => `
    SELECT max(sources.last) AS last, sum(sources.rows) AS events
    FROM ${table('sources_minute')} AS sources
    WHERE origin = {origin:String}`,
  row: z.object({ last: whole, events: whole }),
});

/** Rates of each stream and host, minute by minute of our clock, in [from, to): microseconds since 1970. */
export const sourceMinutes = defineQuery({
  params: z.strictObject({ fromUs: whole, toUs: whole, limit: z.int().min(1).max(100_000).default(10_000) }),
  sql: (table) => `
    SELECT toUnixTimestamp(minute) AS at, stream, host, sum(sources.rows) AS events, sum(sources.unparsed) AS without_parser,
      toUnixTimestamp64Micro(max(sources.newest)) AS newest_us
    FROM ${table('sources_minute')} AS sources
    WHERE minute >= toDateTime(intDiv({fromUs:UInt64}, 1000000), 'UTC')
      AND minute < toDateTime(intDiv({toUs:UInt64}, 1000000), 'UTC')
    GROUP BY minute, stream, host
    ORDER BY minute, stream, host
    LIMIT {limit:UInt32}`,
  row: z.object({
    at: whole, // seconds since 1970
    stream: z.string(),
    host: z.string(),
    events: whole,
    without_parser: whole,
    newest_us: whole,
  }),
});
