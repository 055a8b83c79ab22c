import type { Asked, AskingView, SearchAnswer } from '../api/asking.ts';
import { AppError } from '../core/errors.ts';
import { eventsByLedgerRange } from '../store/queries/events.ts';
import { foundEvents, type Place, place } from '../store/queries/found.ts';
import { ask } from '../store/query.ts';
import type { StoredEvent } from '../store/stored-event.ts';
import { Gate } from './gate.ts';
import { Missing } from './missing.ts';
import { foundEvent, questionOf, storeOf } from './question.ts';
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
  const { condition, remarks } = questionOf(asked);
  const after = asked.cursor === undefined ? undefined : placeOf(asked.cursor);
  const { limit } = asked;
  return gate.through(signal, async () => {
    const params = { condition, limit: limit + 1, ...(after !== undefined && { after }) };
    const rows = await ask(storeOf(server), foundEvents, params, signal);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      events: rows.slice(0, limit).map(foundEvent),
      next: last === undefined ? null : cursorOf(last),
      remarks,
      missing: await missing.from(condition, signal),
    };
  });
}

function cursorOf({ ts_us: tsUs, first, sub, origin }: StoredEvent): string {
  return Buffer.from(JSON.stringify({ tsUs, first, sub, origin } satisfies Place)).toString('base64url');
}

function placeOf(cursor: string): Place {
  try {
    return place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new AppError('E_USAGE', 'cursor: give the "next" of the page before, as it stands', { cause });
  }
}
