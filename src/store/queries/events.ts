import * as z from 'zod';
import { defineQuery, whole } from '../query.ts';
import { EVENT_COLUMNS, storedEvent } from '../stored-event.ts';
import { NO_ACT } from './acts.ts';

const limit = z.int().min(1).max(10_000).default(100);

/** Events made from records `from` to `to` of an origin's ledger, both included, in the ledger's order. */
export const eventsByLedgerRange = defineQuery({
  params: z.strictObject({ origin: z.string().max(255), from: whole, to: whole, limit }),
  sql: (table) => `
    SELECT ${EVENT_COLUMNS}
    FROM ${table('events')}
    WHERE origin = {origin:String} AND first <= {to:UInt64} AND first + span >= {from:UInt64}
    ORDER BY first, sub
    LIMIT {limit:UInt32}`,
  row: storedEvent,
});

/** How many events there are, of all ledgers: the engine knows it without a look at them. */
export const eventCount = defineQuery({
  params: z.strictObject({}),
  sql: (table) => `SELECT count() AS events FROM ${table('events')}`,
  row: z.object({ events: whole }),
});

// The minutes of the summary say how far back the newest so many events reach, so that no more than these minutes are read.
// First the last day of them is looked at alone, for there may be years.
const sinceMinute = (minutes: string) => `
      SELECT min(minute) FROM (
        SELECT minute, sum(sum(rows)) OVER (ORDER BY minute DESC) - sum(rows) AS newer
        FROM ${minutes}
        WHERE minute > (
          SELECT if(sum(rows) >= {among:UInt32}, max(minute) - 86400, toDateTime(0, 'UTC'))
          FROM ${minutes}
          WHERE minute > (SELECT max(minute) - 86400 FROM ${minutes}))
        GROUP BY minute
      ) WHERE newer < {among:UInt32}`;

/** So many of what people did here are looked past. */
const MOST_ACTS = 5000;

/** The events that were received last, newest first: by our clock, which no sender can set; but for what people did here. */
export const latestEvents = defineQuery({
  params: z.strictObject({ limit }),
  sql: (table) => `
    SELECT ${EVENT_COLUMNS}
    FROM ${table('events')}
    WHERE ingest_ts >= (${sinceMinute(table('sources_minute'))})
      AND ${NO_ACT}
    ORDER BY ingest_ts DESC, first DESC, sub DESC
    LIMIT {limit:UInt32}`,
  bind: ({ limit: most }) => ({ limit: most, among: most + MOST_ACTS }),
  row: storedEvent,
});
