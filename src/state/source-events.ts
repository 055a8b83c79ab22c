import type { Kysely, Selectable } from 'kysely';
import { instant } from './instant.ts';
import { storable, storableJson } from './storable.ts';
import type { SourceEventKind, Tables } from './tables.ts';

const MAX_ROWS = 10_000;
const INSERT_ROWS = 1000;

/** Something that is told of a source. */
export interface SourceEvent {
  readonly id: number;
  readonly origin: string;
  readonly stream: string;
  readonly kind: SourceEventKind;
  readonly atMs: number;
  /** Null while it lasts; of what has no length, the same as `atMs`. */
  readonly endedMs: number | null;
  /** The record at which it was found, where one was. */
  readonly ledgerIndex: number | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** One to be kept. */
export interface NewSourceEvent {
  readonly origin: string;
  readonly stream: string;
  readonly kind: SourceEventKind;
  readonly atMs: number;
  readonly ledgerIndex?: number;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** What a list is of. */
export interface SourceEventFilter {
  readonly origin?: string;
  readonly stream?: string | undefined;
  readonly kind?: SourceEventKind;
  /** Those that had not ended before this. */
  readonly sinceMs?: number;
  /** Those that last. */
  readonly open?: boolean;
  /** 100 when absent, 10,000 at most. */
  readonly limit?: number;
}

/** What happened to sources: silence, drift, gaps, cuts, steps of clocks. */
export class SourceEvents {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /**
   * Keeps events that have no length. Gives how many are new: one that names a ledger index is kept once for each stream and kind, so
   * that a replay adds nothing.
   */
  async add(events: readonly NewSourceEvent[]): Promise<number> {
    let added = 0;
    for (let at = 0; at < events.length; at += INSERT_ROWS) {
      const rows = events
        .slice(at, at + INSERT_ROWS)
        .map((event) => ({ ...stored(event), ended_at: new Date(event.atMs) }));
      const { numInsertedOrUpdatedRows } = await this.#db
        .insertInto('source_event')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      added += Number(numInsertedOrUpdatedRows ?? 0n);
    }
    return added;
  }

  /** Begins what lasts. False when it is begun already: there is one at a time for each stream and kind. */
  async begin(event: NewSourceEvent): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto('source_event')
      .values({ ...stored(event), ended_at: null })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }

  /** Ends what lasts, not before it began. False when nothing lasted. */
  async end(origin: string, stream: string, kind: SourceEventKind, atMs: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('source_event')
      .set(({ fn, val, ref }) => ({ ended_at: fn<Date>('greatest', [val(new Date(atMs)), ref('at')]) }))
      .where('origin', '=', origin)
      .where('stream', '=', storable(stream, 500))
      .where('kind', '=', kind)
      .where('ended_at', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Newest first. */
  async list(filter: SourceEventFilter = {}): Promise<SourceEvent[]> {
    let query = this.#db.selectFrom('source_event').selectAll().orderBy('at', 'desc').orderBy('id', 'desc');
    const { origin, stream, kind, sinceMs, open } = filter;
    if (origin !== undefined) query = query.where('origin', '=', origin);
    if (stream !== undefined) query = query.where('stream', '=', storable(stream, 500));
    if (kind !== undefined) query = query.where('kind', '=', kind);
    if (open === true) query = query.where('ended_at', 'is', null);
    if (sinceMs !== undefined)
      query = query.where((eb) => eb.or([eb('ended_at', 'is', null), eb('ended_at', '>=', instant(sinceMs))]));
    return (await query.limit(Math.min(filter.limit ?? 100, MAX_ROWS)).execute()).map(shown);
  }

  /** Forgets what ended before an instant; gives how many. */
  async forget(beforeMs: number): Promise<number> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('source_event')
      .where('ended_at', '<', instant(beforeMs))
      .where('kind', '!=', 'first_seen')
      .executeTakeFirst();
    return Number(numDeletedRows);
  }
}

function stored({ origin, stream, kind, atMs, ledgerIndex, detail }: NewSourceEvent) {
  return {
    origin,
    stream: storable(stream, 500),
    kind,
    at: new Date(atMs),
    ledger_index: ledgerIndex ?? null,
    detail: storableJson(detail ?? {}),
  };
}

function shown(row: Selectable<Tables['source_event']>): SourceEvent {
  const { id, origin, stream, kind, at, ended_at: endedMs, ledger_index: ledgerIndex, detail } = row;
  return { id, origin, stream, kind, atMs: at, endedMs, ledgerIndex, detail };
}
