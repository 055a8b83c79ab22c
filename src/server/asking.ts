import type { Asked, AskingView, SearchAnswer } from '../api/asking.ts';
import { allOf, type Condition } from '../core/condition.ts';
import { reachOf } from '../search/reach.ts';
import { eventsByLedgerRange } from '../store/queries/events.ts';
import { foundEvents, type Place, place } from '../store/queries/found.ts';
import { ask } from '../store/query.ts';
import type { StoredEvent } from '../store/stored-event.ts';
import { cursorOf, placeIn } from './cursor.ts';
import { Gate } from './gate.ts';
import { Missing } from './missing.ts';
import { foundEvent, nowUs, questionOf, storeOf } from './question.ts';
import type { Server } from './serve.ts';
import { tailOf } from './tailing.ts';
import { whoIsIn } from './who-is-in.ts';

/** Questions that are in the engine at once, and that wait. */
const AT_ONCE = 4;
const WAITING = 200;

/** What the API may ask of a server's index. */
export function askingOf(server: Server): AskingView {
  const gate = new Gate(AT_ONCE, WAITING);
  const missing = new Missing(server);
  return {
    search: (asked, signal) => searchOf(server, { gate, missing }, asked, signal),
    tail: tailOf(server, gate),
    ofRecord: (index, signal) =>
      gate.through(signal, async () => {
        const asked = { origin: server.options.config.ledger.origin, from: index, to: index, limit: 1000 };
        return (await ask(storeOf(server), eventsByLedgerRange, asked, signal)).map(foundEvent);
      }),
    who: (asked, signal) => gate.through(signal, () => whoIsIn(server, asked, signal)),
  };
}

async function searchOf(
  server: Server,
  { gate, missing }: { readonly gate: Gate; readonly missing: Missing },
  asked: Asked & { readonly limit: number; readonly cursor?: string | undefined },
  signal: AbortSignal,
): Promise<SearchAnswer> {
  const { asked: whole, condition, remarks } = questionOf(asked);
  const after = placeIn(asked.cursor, place);
  const { limit } = asked;
  return gate.through(signal, async () => {
    const rows = await newest(server, { condition, limit: limit + 1, ...(after !== undefined && { after }) }, signal);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      events: rows.slice(0, limit).map(foundEvent),
      next: last === undefined ? null : cursorOf(placeOf(last)),
      remarks,
      missing: await missing.from(whole, signal),
    };
  });
}

const HOUR_US = 3_600_000_000;
/** What is newest is looked for in the last hours first, then in the last days: where that is enough, nothing older is read. */
const LAST_US = [6 * HOUR_US, 168 * HOUR_US];

async function newest(
  server: Server,
  params: { readonly condition: Condition; readonly limit: number; readonly after?: Place },
  signal: AbortSignal,
): Promise<StoredEvent[]> {
  const { condition, limit, after } = params;
  const { fromUs, toUs } = reachOf(condition);
  const endUs = Math.min(nowUs(), after?.tsUs ?? Number.POSITIVE_INFINITY, toUs ?? Number.POSITIVE_INFINITY);
  for (const lastUs of LAST_US) {
    const sinceUs = Math.max(0, endUs - lastUs);
    if (sinceUs <= (fromUs ?? 0)) break;
    const late: Condition = { is: 'time', field: '@timestamp', fromUs: sinceUs, toUs: null };
    const rows = await ask(storeOf(server), foundEvents, { ...params, condition: allOf([condition, late]) }, signal);
    if (rows.length >= limit) return rows;
  }
  return ask(storeOf(server), foundEvents, params, signal);
}

const placeOf = ({ ts_us: tsUs, first, sub, origin }: StoredEvent): Place => ({ tsUs, first, sub, origin });
