import { allOf, type Condition } from '../core/condition.ts';
import { reachOf } from '../search/reach.ts';
import { foundEvents, type Place } from '../store/queries/found.ts';
import { ask } from '../store/query.ts';
import type { StoredEvent } from '../store/stored-event.ts';
import { nowUs, storeOf } from './question.ts';
import type { Server } from './serve.ts';

const MINUTE_US = 60_000_000;
/**
 * What is newest is looked for in the last minutes first, then hours and days: where that is enough, nothing older is read. 20,000 lines a second are
 * 400 million in six hours, and each has a time to compare. Where minutes hold that much, seconds come before them.
 */
const LAST_US = [10 * MINUTE_US, 360 * MINUTE_US, 10_080 * MINUTE_US];
const SECONDS_US = 10_000_000;
const MANY = 500_000;

/** Events for which a condition holds, newest first: so many, or all. `after`: only those behind it. */
export async function newest(
  server: Server,
  params: { readonly condition: Condition; readonly limit: number; readonly after?: Place },
  signal: AbortSignal,
): Promise<StoredEvent[]> {
  const { condition, limit, after } = params;
  const { fromUs, toUs } = reachOf(condition);
  const endUs = Math.min(nowUs(), after?.tsUs ?? Number.POSITIVE_INFINITY, toUs ?? Number.POSITIVE_INFINITY);
  const steps = server.index.late > MANY ? [SECONDS_US, ...LAST_US] : LAST_US;
  let wasNone = false;
  for (const lastUs of steps) {
    if (wasNone) {
      wasNone = false; // where minutes have none at all, hours rarely have enough
      continue;
    }
    const sinceUs = Math.max(0, endUs - lastUs);
    if (sinceUs <= (fromUs ?? 0)) break;
    const late: Condition = { is: 'time', field: '@timestamp', fromUs: sinceUs, toUs: null };
    const rows = await ask(storeOf(server), foundEvents, { ...params, condition: allOf([condition, late]) }, signal);
    if (rows.length >= limit) return rows;
    wasNone = rows.length === 0;
  }
  return ask(storeOf(server), foundEvents, params, signal);
}
