import { allOf, type Condition } from '../core/condition.ts';
import { reachOf } from '../search/reach.ts';
import { foundEvents, type Place } from '../store/queries/found.ts';
import { ask } from '../store/query.ts';
import type { StoredEvent } from '../store/stored-event.ts';
import { lookBack } from './looking-back.ts';
import { nowUs, storeOf } from './question.ts';
import type { Server } from './serve.ts';

/**
 * 20,000 lines a second are 400 million in six hours, and each has a time to compare. Each look costs something too: seconds come first only
 * where minutes hold much, and what is before is read at once where all there is is little.
 */
const SECONDS_US = 10_000_000;
const MINUTES_US = 600_000_000;
const MUCH = 500_000;
const LITTLE = 10_000_000;
const MOST_GUESSES = 3;
/** The same, where the engine finds what is asked for by an index of words or addresses: reading so much costs about what one more look does. */
const LITTLE_BY_INDEX = 5_000_000;

/** Events for which a condition holds, newest first: so many, or all. `after`: only those behind it. */
export async function newest(
  server: Server,
  params: { readonly condition: Condition; readonly limit: number; readonly after?: Place },
  signal: AbortSignal,
): Promise<StoredEvent[]> {
  const { condition, limit, after } = params;
  const { fromUs, toUs } = reachOf(condition);
  const store = storeOf(server);
  const isBusy = server.index.late > MUCH;
  const events = server.engine.events + server.index.position.rows; // or more than there are
  if (isByIndex(condition) && events <= LITTLE_BY_INDEX) return ask(store, foundEvents, params, signal);
  return lookBack(
    (times, most) => {
      const within: Condition = { is: 'time', field: '@timestamp', ...times };
      return ask(store, foundEvents, { ...params, condition: allOf([condition, within]), limit: most }, signal);
    },
    {
      limit,
      fromUs: fromUs ?? 0,
      endUs: Math.min(nowUs(), after?.tsUs ?? Number.POSITIVE_INFINITY, toUs ?? Number.POSITIVE_INFINITY),
      firstUs: isBusy ? SECONDS_US : MINUTES_US,
      guesses: events <= LITTLE ? Number(isBusy) : MOST_GUESSES,
    },
  );
}

/** Whole words of the message, or one address. */
function isByIndex(condition: Condition): boolean {
  if (condition.is === 'all') return condition.of.some(isByIndex);
  if (condition.is === 'address') return condition.first === condition.last;
  return condition.is === 'holds' && condition.fields.every((field) => field === 'message');
}
