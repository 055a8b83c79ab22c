import type { Gap } from '../../api/asking.ts';
import type { ExportAsked } from '../../api/exporting.ts';
import { csvOf } from '../../api/routes/sql.ts';
import type { Sight } from '../../api/watched.ts';
import { AppError } from '../../core/errors.ts';
import { eventsByLedgerRange } from '../../store/queries/events.ts';
import { foundEvents, type Place } from '../../store/queries/found.ts';
import { ask } from '../../store/query.ts';
import { documentOf, type StoredEvent } from '../../store/stored-event.ts';
import { Missing } from '../missing.ts';
import { questionOf, storeOf } from '../question.ts';
import type { Server } from '../serve.ts';

/** Events of one export. A record is checked in some 20 ms by the script. */
const MOST_EVENTS = 20_000;
const MOST_BYTES = 64 << 20;
const PAGE = 1000;

/** What is taken out, and what is known to be missing from it. */
export interface Chosen {
  readonly events: readonly StoredEvent[];
  readonly missing: readonly Gap[];
}

/** Events that an export is of. Throws E_USAGE, E_TOO_LARGE. */
export async function chosenEvents(
  server: Server,
  asked: ExportAsked,
  sight: Sight,
  signal: AbortSignal,
): Promise<Chosen> {
  const { range } = asked;
  if (range !== undefined) return { events: await inRange(server, range, signal), missing: [] };
  const { asked: whole, condition } = await questionOf({ ...asked, q: asked.q ?? '', sight });
  const taken = new Taken();
  for (let after: Place | undefined; ; ) {
    const params = { condition, limit: PAGE, ...(after !== undefined && { after }) };
    const rows = await ask(storeOf(server), foundEvents, params, signal);
    taken.add(rows);
    const last = rows.at(-1);
    if (rows.length < PAGE || last === undefined) break;
    after = { tsUs: last.ts_us, first: last.first, sub: last.sub, origin: last.origin };
  }
  return { events: taken.events.reverse(), missing: await new Missing(server).from(whole, signal) };
}

async function inRange(server: Server, { first, last }: { first: number; last: number }, signal: AbortSignal) {
  if (last - first >= MOST_EVENTS) throw tooMany();
  const { origin } = server.options.config.ledger;
  const taken = new Taken();
  for (let from = first; from <= last; from += PAGE) {
    const to = Math.min(last, from + PAGE - 1);
    const rows = await ask(storeOf(server), eventsByLedgerRange, { origin, from, to, limit: 10_000 }, signal);
    taken.add(rows.filter((row) => row.first >= from || from === first)); // one of several records is on two pages
  }
  return taken.events;
}

class Taken {
  readonly events: StoredEvent[] = [];
  #bytes = 0;

  add(rows: readonly StoredEvent[]): void {
    for (const row of rows) this.#bytes += row.message.length + row.command.length + 500;
    this.events.push(...rows);
    if (this.events.length > MOST_EVENTS || this.#bytes > MOST_BYTES) throw tooMany();
  }
}

const tooMany = () =>
  new AppError(
    'E_TOO_LARGE',
    `over ${MOST_EVENTS} events, or 64 MiB of them: narrow it, or use spoor export on the ledger itself`,
  );

const COLUMNS: readonly (readonly [string, string])[] = [
  ['time', '@timestamp'],
  ['received', 'event.ingested'],
  ['host', 'host.name'],
  ['program', 'process.name'],
  ['pid', 'process.pid'],
  ['action', 'event.action'],
  ['outcome', 'event.outcome'],
  ['user', 'user.name'],
  ['as', 'user.effective.name'],
  ['target', 'user.target.name'],
  ['source', 'source.address'],
  ['source_port', 'source.port'],
  ['country', 'source.geo.country_iso_code'],
  ['method', 'spoor.auth.method'],
  ['key', 'spoor.key.fingerprint'],
  ['command', 'process.command_line'],
  ['message', 'message'],
];

/** A table of events, no cell of which is a formula: `first` and `last` are their records, whose files lie in evidence/records. */
export function eventsCsv(events: readonly StoredEvent[]): string {
  const columns = ['first', 'last', 'stream', 'parser', ...COLUMNS.map(([name]) => name)];
  const rows = events.map((event) => {
    const document = documentOf(event);
    return [event.first, event.last, event.stream, event.parser, ...COLUMNS.map(([, field]) => document[field] ?? '')];
  });
  return csvOf({ columns: columns.map((name) => ({ name, type: '' })), rows });
}
