import * as z from 'zod';
import type { Condition } from '../../core/condition.ts';
import { defineQuery, whole } from '../query.ts';
import { EVENT_COLUMNS, storedEvent } from '../stored-event.ts';
import { conditionSql, conditionsSql } from './condition.ts';

/** Of one search. A question that passes them ends in the engine, and E_TOO_LARGE says so. */
const LIMITS = {
  max_execution_time: 15,
  max_memory_usage: '500000000',
  max_rows_to_read: '2000000000',
  max_result_bytes: '48000000',
} as const;

const condition = z.custom<Condition>((given) => typeof given === 'object' && given !== null && 'is' in given);

/** Where a page ends: the event after which the next one begins. */
export const place = z.strictObject({ tsUs: whole, first: whole, sub: whole, origin: z.string().max(255) });
export type Place = z.output<typeof place>;

const foundParams = z.strictObject({
  condition,
  /** Events behind this one, newest first. */
  after: place.optional(),
  limit: z.int().min(1).max(1001).default(100),
});

const AFTER = `ts <= fromUnixTimestamp64Micro({tsUs:Int64}, 'UTC') AND (ts < fromUnixTimestamp64Micro({tsUs:Int64}, 'UTC')
      OR (first, sub, origin) < ({first:UInt64}, {sub:UInt32}, {origin:String}))`;

/** Events for which a condition holds, newest first by their own time. */
export const foundEvents = defineQuery({
  params: foundParams,
  sql: (table, given) => `
    SELECT ${EVENT_COLUMNS}
    FROM ${table('events')}
    WHERE ${conditionSql(given.condition).sql}${given.after === undefined ? '' : `\n      AND ${AFTER}`}
    ORDER BY ts DESC, first DESC, sub DESC, origin DESC
    LIMIT {limit:UInt32}`,
  bind: ({ condition: asked, after, limit }) => ({ ...conditionSql(asked).binds, ...after, limit }),
  row: storedEvent,
  limits: LIMITS,
});

const range = { origin: z.string().max(255), from: whole, to: whole };
const IN_RANGE = 'origin = {origin:String} AND first >= {from:UInt64} AND first < {to:UInt64}';

/** Conditions that are asked at once, most. */
export const MOST_CONDITIONS = 20;

/**
 * Events of records [from, to) of a ledger for which one of the conditions holds, once for each that does (`asked`: which of them): the last of
 * each, in the ledger's order turned round. The records are read once, however many conditions there are: first only what tells which of them
 * are the last, then all of these.
 */
export const arrivedEvents = defineQuery({
  params: z.strictObject({
    ...range,
    conditions: z.array(condition).min(1).max(MOST_CONDITIONS),
    limit: z.int().min(1).max(1000),
  }),
  sql: (table, given) => {
    const { sql } = conditionsSql(given.conditions);
    const holding = `arrayFilter((nth, holds) -> holds, range(${sql.length}), [${sql.map((one) => `toBool(${one})`).join(', ')}])`;
    const last = (columns: string, where: string) => `
      SELECT ${columns}, arrayJoin(${holding}) AS asked
      FROM ${table('events')}
      WHERE ${IN_RANGE} AND ${where}
      ORDER BY first DESC, sub DESC
      LIMIT {limit:UInt32} BY asked`;
    return last(
      EVENT_COLUMNS,
      `(first, sub) GLOBAL IN (SELECT first, sub FROM (${last('first, sub', `(${sql.join(' OR ')})`)}))`,
    );
  },
  bind: ({ conditions, ...rest }) => ({ ...conditionsSql(conditions).binds, ...rest }),
  row: storedEvent.extend({ asked: whole }),
  limits: LIMITS,
});

/** How many events of records [from, to) there are for which a condition holds. */
export const arrivedCount = defineQuery({
  params: z.strictObject({ ...range, condition }),
  sql: (table, given) => `
    SELECT count() AS events
    FROM ${table('events')}
    WHERE ${IN_RANGE} AND ${conditionSql(given.condition).sql}`,
  bind: ({ condition: asked, ...rest }) => ({ ...conditionSql(asked).binds, ...rest }),
  row: z.object({ events: whole }),
  limits: LIMITS,
});

/** Events that no parser understood, which are few: so that column first. Received in [fromUs, toUs): by our clock, in whole minutes. */
export const unparsedCount = defineQuery({
  params: z.strictObject({ origin: z.string().max(255), fromUs: whole, toUs: whole }),
  sql: (table) => `
    SELECT sum(sources.unparsed) AS events
    FROM ${table('sources_minute')} AS sources
    PREWHERE sources.unparsed != 0
    WHERE origin = {origin:String} AND minute >= toStartOfMinute(toDateTime(intDiv({fromUs:UInt64}, 1000000), 'UTC'))
      AND minute <= toDateTime(intDiv({toUs:UInt64}, 1000000), 'UTC')`,
  row: z.object({ events: whole }),
});
