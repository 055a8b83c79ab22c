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
 * 400 million in six hours, and each has a time to compare. Each look costs something too: seconds come first only where minutes hold much, and hours
 * and days are left out where all there is is little.
 */
const SECONDS_US = 10_000_000;
const MINUTES_US = 10 * MINUTE_US;
const LONG_US = [360 * MINUTE_US, 10_080 * MINUTE_US];
const MUCH = 500_000;
const LITTLE = 10_000_000;

function stepsOf({ index }: Server): number[] {
  return [...(index.late > MUCH ? [SECONDS_US] : []), MINUTES_US, ...(index.position.indexed > LITTLE ? LONG_US : [])];
}

/** Events for which a condition holds, newest first: so many, or all. `after`: only those behind it. */
export async function newest(
  server: Server,
  params: { readonly condition: Condition; readonly limit: number; readonly after?: Place },
  signal: AbortSignal,
): Promise<StoredEvent[]> {
  const { condition, limit, after } = params;
  const { fromUs, toUs } = reachOf(condition);
  const endUs = Math.min(nowUs(), after?.tsUs ?? Number.POSITIVE_INFINITY, toUs ?? Number.POSITIVE_INFINITY);
  let wasNone = false;
  for (const lastUs of stepsOf(server)) {
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
