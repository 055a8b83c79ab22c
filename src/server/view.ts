import * as z from 'zod';
import { seenEvents } from '../api/masked.ts';
import type {
  EventQuery,
  Part,
  ServerView,
  ShownEvent,
  ShownSource,
  ShownSourceEvent,
  SourceEventQuery,
  SourcePage,
  SourceQuery,
  Status,
} from '../api/view.ts';
import { AppError } from '../core/errors.ts';
import type { Source as SourceKind } from '../core/stages.ts';
import type { Source } from '../state/sources.ts';
import type { SourceEventKind } from '../state/tables.ts';
import { latestEvents } from '../store/queries/events.ts';
import { search } from '../store/queries/search.ts';
import { ask } from '../store/query.ts';
import type { StoredEvent } from '../store/stored-event.ts';
import { actOf } from './act.ts';
import { askingOf } from './asking.ts';
import { backUp } from './backup.ts';
import { cursorOf, placeIn } from './cursor.ts';
import { examine } from './doctor.ts';
import { hostsOf } from './enrolment-part.ts';
import { exportingOf } from './exporting/exporting.ts';
import { heldClockTroubles } from './held-clock.ts';
import { investigatingOf } from './investigating.ts';
import { keepingOf } from './keeping.ts';
import { foundEvent } from './question.ts';
import type { Server } from './serve.ts';
import { summariesOf } from './summaries.ts';
import { closedWords, tamperedTodo, tamperedWords } from './tampering.ts';
import { cosignedOf, isWitnessed, witnessesMissing } from './witnessing.ts';

const MOST_DAMAGE = 100;
const sourcePlace = z.strictObject({ stream: z.string().max(500) });

/** What the API is shown of a server. */
export function viewOf(server: Server): ServerView {
  return {
    status: () => statusOf(server),
    sources: (query) => sourcesOf(server, query),
    sourceEvents: (query) => sourceEventsOf(server, query),
    doctor: () => examine(server),
    events: (query, signal) => eventsOf(server, query, signal),
    act: actOf(server),
    access: server.accounts.view,
    hosts: hostsOf(server),
    asking: askingOf(server),
    sql: server.sql,
    investigating: investigatingOf(server),
    summaries: summariesOf(server),
    watched: server.disclosure,
    exporting: exportingOf(server),
    keeping: keepingOf(server),
    backUp: (who) => backUp(server, who),
    reindex: async (wish) => {
      const closed = closedWords(server); // what cannot be read would leave the index, too
      if (closed !== null) throw new AppError('E_UNAVAILABLE', closed);
      return server.upkeep.reindex.start(wish);
    },
    metrics: () => server.measures.metrics.text(),
    serveLedger: (request, response) => server.serveLedger(request, response),
    take: (records, erasable) => server.take(records, erasable),
  };
}

async function sourcesOf(server: Server, { q, limit, cursor }: SourceQuery): Promise<SourcePage> {
  const after = placeIn(cursor, sourcePlace)?.stream;
  const { config, sources: kinds } = server.options;
  const { origin } = config.ledger;
  const { sources, total } = await server.state.state.sources.page(origin, { holding: q, after, limit: limit + 1 });
  const shown = sources.slice(0, limit).map((source) => shownSource(source, kinds));
  const last = sources.length > limit ? shown.at(-1) : undefined;
  return { sources: shown, total, next: last === undefined ? null : cursorOf({ stream: last.stream }) };
}

async function eventsOf(
  { engine, disclosure }: Server,
  { words, limit, sight }: EventQuery,
  signal?: AbortSignal,
): Promise<ShownEvent[]> {
  const store = { client: engine.client, form: engine.form };
  const asked = words.split(/\s+/).filter((word) => word !== '');
  const rows = await (asked.length === 0
    ? ask(store, latestEvents, { limit }, signal)
    : ask(store, search, { words: asked, limit }, signal));
  const seen = await Promise.all(rows.map((row) => seenEvents(disclosure.masker, sight, [foundEvent(row)])));
  return rows.flatMap((row, nth) => (seen[nth] ?? []).map(({ document }) => shownEvent(row, document)));
}

function statusOf(server: Server): Status {
  const { config, version, paths } = server.options;
  const { keeper, damage } = server;
  const { indexed, durable, rows } = server.index.position;
  return {
    version,
    startedAt: server.startedAt.toISOString(),
    address: server.address,
    data: paths.data,
    ledger: {
      origin: config.ledger.origin,
      key: server.ledgerKey,
      size: keeper.size,
      sealed: keeper.sealed,
      tampered: tamperedWords(server),
      todo: tamperedTodo(server),
      closed: keeper.isClosed,
      unreadable: damage.records,
      damage: damage.ranges.slice(0, MOST_DAMAGE).map((one) => ({ ...one, to: one.to - 1 })),
      scrub: scrubOf(server),
      witnessed: isWitnessed(server),
      cosigned: cosignedOf(server),
      anchors: anchorsOf(server),
    },
    index: {
      indexed,
      lag: Math.max(0, durable - indexed),
      rows,
      generation: server.index.generation,
      horizon: server.upkeep.horizon,
      outdated: server.upkeep.reindex.outdated,
      reindex: server.upkeep.reindex.shown,
    },
    lists: server.lists.statuses,
    parts: server.parts(),
    unprotected: unprotected(server),
    troubles: [...heldClockTroubles(keeper.heldClock, Date.now()), ...server.options.log.troubles],
  };
}

function anchorsOf({ upkeep }: Server): Status['ledger']['anchors'] {
  return upkeep.anchoring.standing.map(({ place, kept, failure }) => ({
    place,
    kept: kept === null ? null : { size: kept.size, at: new Date(kept.atMs).toISOString() },
    failure,
  }));
}

function unprotected(server: Server): string[] {
  if (!isWitnessed(server))
    return [
      'The copy is on this machine, and no witness is set: whoever is root here can change both. See docs/guides/witness.md.',
    ];
  const missing = witnessesMissing(server, Date.now());
  return missing === null ? [] : [missing];
}

function scrubOf({ upkeep }: Server): Status['ledger']['scrub'] {
  const { at, of, beganMs, last } = upkeep.scrub.progress;
  const instant = (ms: number | undefined | null) => (ms == null ? null : new Date(ms).toISOString());
  return {
    at,
    of,
    beganAt: instant(beganMs),
    lastFinishedAt: instant(last?.finishedMs),
    lastRecords: last?.records ?? 0,
  };
}

/** The parts of a server. */
export function partsOf(server: Server): Part[] {
  const { state } = server;
  const sources = server.options.config.sources.map(({ type, name }): Part => {
    const known = server.sourceStates.get(name ?? type);
    return {
      name: `source ${name ?? type}`,
      state: known === undefined ? 'starting' : known.failure === null ? 'running' : 'failed',
      detail: known?.failure ?? known?.address ?? '',
      pid: null,
    };
  });
  return [
    ledgerPart(server),
    indexPart(server),
    { name: 'state', state: state.health, detail: state.detail, pid: state.pid },
    ...sources,
  ];
}

function ledgerPart({ keeper }: Server): Part {
  const trouble = keeper.tampered ?? keeper.trouble;
  const isWell = trouble === null;
  return {
    name: 'ledger writer',
    state: isWell ? 'running' : 'failed',
    detail: isWell ? 'takes records' : trouble,
    pid: null,
  };
}

/** An engine that runs and takes nothing is no index that runs. */
function indexPart({ engine, index }: Server): Part {
  const { state, detail, pid } = engine;
  const stuck = state === 'running' ? index.trouble : null;
  if (stuck === null) return { name: 'index', state, detail, pid };
  return {
    name: 'index',
    state: 'failed',
    detail: `${stuck.words}; it is tried again, and what came after waits`,
    pid,
  };
}

async function sourceEventsOf(server: Server, { kind, ...query }: SourceEventQuery): Promise<ShownSourceEvent[]> {
  const { origin } = server.options.config.ledger;
  const asked = { origin, ...query, ...(kind !== undefined && { kind: kind as SourceEventKind }) };
  return (await server.state.state.sourceEvents.list(asked)).map(
    ({ stream, kind: what, atMs, endedMs, ledgerIndex, detail }) => {
      const { words, ...rest } = detail;
      return {
        stream,
        kind: what,
        at: new Date(atMs).toISOString(),
        endedAt: endedMs === null ? null : new Date(endedMs).toISOString(),
        ledgerIndex,
        words: typeof words === 'string' ? words : '',
        detail: rest,
      };
    },
  );
}

/** A source as the API tells of it; `kinds`: those that there are. */
export function shownSource(source: Source, kinds: readonly SourceKind[]): ShownSource {
  const { stream, type, trust, state, hosts, firstSeenMs, lastSeenMs, records, parsed, unparsed } = source;
  const { dropped, refused, retransmitted, clockSkewMs, ratePerHour } = source;
  const instant = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  const isAcknowledged = kinds.find(({ name }) => name === type)?.isUnacknowledged !== true;
  const seen = { firstSeen: instant(firstSeenMs), lastSeen: instant(lastSeenMs) };
  const counts = { records, parsed, unparsed, dropped, refused, retransmitted, clockSkewMs, ratePerHour };
  return { stream, type, trust, isAcknowledged, state, hosts, ...seen, ...counts };
}

function shownEvent(event: StoredEvent, document: Readonly<Record<string, unknown>>): ShownEvent {
  const { first, last, ts_us, host, program, action, outcome } = event;
  const text = (field: string) => String(document[field] ?? '');
  return {
    position: first === last ? String(first) : `${first}..${last}`,
    at: new Date(Math.floor(ts_us / 1000)).toISOString(),
    host,
    program,
    action,
    outcome,
    user: text('user.name'),
    source: text('source.ip'),
    message: text('message'),
  };
}
