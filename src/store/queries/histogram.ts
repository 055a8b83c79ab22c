import * as z from 'zod';
import type { Condition } from '../../core/condition.ts';
import { defineQuery, whole } from '../query.ts';
import { conditionSql } from './condition.ts';

/** Events for which a condition holds, counted by steps of event time since 1970; steps without events are not there. */
export const eventHistogram = defineQuery({
  params: z.strictObject({
    condition: z.custom<Condition>((given) => typeof given === 'object' && given !== null && 'is' in given),
    /** In [fromUs, toUs), microseconds since 1970. */
    fromUs: whole,
    toUs: whole,
    stepSeconds: z.int().min(1),
  }),
  sql: (table, { condition }) => `
    SELECT intDiv(toUnixTimestamp64Micro(ts), {stepSeconds:UInt64} * 1000000) AS step, count() AS events,
      countIf(outcome = 'failure') AS failures, countIf(outcome = 'success') AS successes
    FROM ${table('events')}
    WHERE ts >= fromUnixTimestamp64Micro({fromUs:Int64}, 'UTC') AND ts < fromUnixTimestamp64Micro({toUs:Int64}, 'UTC')
      AND ${conditionSql(condition).sql}
    GROUP BY step
    ORDER BY step`,
  bind: ({ condition, ...rest }) => ({ ...conditionSql(condition).binds, ...rest }),
  row: z.object({ step: whole, events: whole, failures: whole, successes: whole }),
  limits: { max_execution_time: 15, max_memory_usage: '500000000', max_rows_to_read: '2000000000' },
});
