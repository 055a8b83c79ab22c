import type { AskingView, SearchAnswer } from '../api/asking.ts';
import { eventsByLedgerRange } from '../store/queries/events.ts';
import { type Place, place } from '../store/queries/found.ts';
import { ask } from '../store/query.ts';
import type { StoredEvent } from '../store/stored-event.ts';
import { cursorOf, placeIn } from './cursor.ts';
import { Gate } from './gate.ts';
import { indexState } from './index-state.ts';
import { Missing } from './missing.ts';
import { newest } from './newest.ts';
import { foundEvent, questionOf, storeOf } from './question.ts';
import type { Server } from './serve.ts';
import { sharing } from './shared.ts';
import { tailOf } from './tailing.ts';
import { whoIsIn } from './who-is-in.ts';

/** Questions that are in the engine at once, and that wait. */
const AT_ONCE = 4;
const WAITING = 200;

type Search = Parameters<AskingView['search']>[0];
type Who = Parameters<AskingView['who']>[0];

/** What the API may ask of a server's index. */
export function askingOf(server: Server): AskingView {
  const gate = new Gate(AT_ONCE, WAITING);
  const missing = new Missing(server);
  const state = () => indexState(server);
  return {
    search: sharing(gate, state, (asked: Search, signal) => searchOf(server, missing, asked, signal)),
    tail: tailOf(server),
    ofRecord: (index, signal) =>
      gate.through(signal, async () => {
        const asked = { origin: server.options.config.ledger.origin, from: index, to: index, limit: 1000 };
        return (await ask(storeOf(server), eventsByLedgerRange, asked, signal)).map(foundEvent);
      }),
    who: sharing(gate, state, (asked: Who, signal) => whoIsIn(server, asked, signal)),
  };
}

async function searchOf(server: Server, missing: Missing, asked: Search, signal: AbortSignal): Promise<SearchAnswer> {
  const { asked: whole, condition, remarks } = await questionOf(asked);
  const after = placeIn(asked.cursor, place);
  const { limit } = asked;
  const rows = await newest(server, { condition, limit: limit + 1, ...(after !== undefined && { after }) }, signal);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    events: rows.slice(0, limit).map(foundEvent),
    next: last === undefined ? null : cursorOf(placeOf(last)),
    remarks,
    missing: await missing.from(whole, signal),
  };
}

const placeOf = ({ ts_us: tsUs, first, sub, origin }: StoredEvent): Place => ({ tsUs, first, sub, origin });
