import { type Kysely, type RawBuilder, type Selectable, sql, type Transaction } from 'kysely';
import { meanGapMs, type Rhythm, ratePerHour, silentAfterMs } from './rhythm.ts';
import {
  fresh,
  rhythmOf,
  type SourceCounts,
  type SourceLosses,
  type SourceRow,
  withCounts,
  withLosses,
} from './source-row.ts';
import { storable } from './storable.ts';
import type { SourceState, Tables, Trust } from './tables.ts';

/** One upsert's rows; a row has 22 values, and a statement takes 65,535. */
const ROWS = 1000;

/** A stream as it is known. Times in milliseconds since 1970, our clock. */
export interface Source {
  /** Of the ledger that its records are in. */
  readonly origin: string;
  readonly stream: string;
  readonly type: string;
  readonly name: string;
  readonly peer: string;
  /** Host names that its lines gave, newest last, 32 at most. */
  readonly hosts: readonly string[];
  readonly trust: Trust;
  readonly state: SourceState;
  readonly firstSeenMs: number | null;
  readonly lastSeenMs: number | null;
  readonly records: number;
  readonly bytes: number;
  readonly parsed: number;
  readonly unparsed: number;
  readonly retransmitted: number;
  readonly dropped: number;
  /** What was not taken, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Its clock less ours. */
  readonly clockSkewMs: number | null;
  readonly ratePerHour: number | null;
  readonly meanGapMs: number | null;
  readonly longestGapMs: number;
  readonly rhythm: Rhythm;
  /** Without a record for this long it is silent; null while too little is known. */
  readonly silentAfterMs: number | null;
  /** Ledger index up to which its records are in these numbers. */
  readonly countedTo: number;
}

/** What came of counting. */
export interface Counted {
  /** False: the range, or a part of it, was counted before, and nothing was added. */
  readonly taken: boolean;
  /** Up to where the ledger is counted now. */
  readonly countedTo: number;
  /** Records before the range that nobody ever counted. */
  readonly skipped: number;
}

/** Which sources are asked for. */
export interface SourcesAsked {
  /** Only those whose stream holds it, in upper or lower case; '': all. */
  readonly holding: string;
  /** Only those behind this stream. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Every stream that ever sent, with what was counted of it. */
export class Sources {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** Up to which ledger index records are counted; 0 at first. After a restart, counting goes on here. */
  async countedTo(origin: string): Promise<number> {
    return (await positionOf(this.#db, origin)) ?? 0;
  }

  /**
   * Adds what was counted in the ledger's range [from, to), all or nothing, and once: a range of which a part was counted before changes
   * nothing. One transaction, however many rows.
   */
  count(origin: string, from: number, to: number, rows: readonly SourceCounts[]): Promise<Counted> {
    return this.#alone(origin, async (db) => {
      const before = await positionOf(db, origin);
      if (before !== null && from < before) return { taken: false, countedTo: before, skipped: 0 };
      await this.#merge(db, origin, rows, (row, counts) => withCounts(row, counts, to));
      const position = { origin, counted_to: to };
      await db
        .insertInto('source_position')
        .values(position)
        .onConflict((conflict) => conflict.column('origin').doUpdateSet(position))
        .execute();
      return { taken: true, countedTo: to, skipped: before === null ? 0 : from - before };
    });
  }

  /** Adds what never reached the ledger, by stream: dropped, and refused with its reason. Not repeatable: call once for each. */
  addLosses(origin: string, rows: readonly SourceLosses[]): Promise<void> {
    return this.#alone(origin, (db) => this.#merge(db, origin, rows, withLosses));
  }

  /** Says how a source is doing. False when there is no such source. */
  async setState(origin: string, stream: string, state: SourceState): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('source')
      .set({ state })
      .where('origin', '=', origin)
      .where('stream', '=', storable(stream, 500))
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** All, by stream; of one ledger where an origin is given. */
  async list(origin?: string): Promise<Source[]> {
    let query = this.#db.selectFrom('source').selectAll().orderBy('stream').orderBy('origin');
    if (origin !== undefined) query = query.where('origin', '=', origin);
    return (await query.execute()).map(shown);
  }

  /** Some of one ledger, by stream, and how many there are: those whose stream holds a text, behind a stream that was given before. */
  async page(
    origin: string,
    { holding, after, limit }: SourcesAsked,
  ): Promise<{ readonly sources: readonly Source[]; readonly total: number }> {
    let all = this.#db.selectFrom('source').where('origin', '=', origin);
    if (holding !== '') all = all.where(sql<boolean>`position(lower(${storable(holding, 500)}) in lower(stream)) > 0`);
    const { total } = await all.select(sql<string>`count(*)`.as('total')).executeTakeFirstOrThrow();
    const rows = after === undefined ? all : all.where('stream', '>', after);
    const sources = await rows.selectAll().orderBy('stream').limit(limit).execute();
    return { sources: sources.map(shown), total: Number(total) };
  }

  /** One; null when there is none of that name. */
  async get(origin: string, stream: string): Promise<Source | null> {
    const row = await this.#db
      .selectFrom('source')
      .selectAll()
      .where('origin', '=', origin)
      .where('stream', '=', storable(stream, 500))
      .executeTakeFirst();
    return row === undefined ? null : shown(row);
  }

  /** One writer at a time for each ledger, over all processes. */
  #alone<T>(origin: string, work: (db: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#db.transaction().execute(async (db) => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${`spoor source ${origin}`}, 0))`.execute(db);
      return work(db);
    });
  }

  async #merge<R extends SourceCounts | SourceLosses>(
    db: Transaction<Tables>,
    origin: string,
    rows: readonly R[],
    add: (row: SourceRow, by: R) => SourceRow,
  ): Promise<void> {
    for (let at = 0; at < rows.length; at += ROWS) await mergeSome(db, origin, rows.slice(at, at + ROWS), add);
  }
}

async function positionOf(db: Kysely<Tables>, origin: string): Promise<number | null> {
  const row = await db
    .selectFrom('source_position')
    .select('counted_to')
    .where('origin', '=', origin)
    .executeTakeFirst();
  return row?.counted_to ?? null;
}

async function mergeSome<R extends SourceCounts | SourceLosses>(
  db: Transaction<Tables>,
  origin: string,
  rows: readonly R[],
  add: (row: SourceRow, by: R) => SourceRow,
): Promise<void> {
  const streams = rows.map(({ stream }) => storable(stream, 500));
  const known = await db
    .selectFrom('source')
    .selectAll()
    .where('origin', '=', origin)
    .where('stream', '=', (eb) => eb.fn.any(eb.val(streams)))
    .execute();
  const merged = new Map<string, SourceRow>(known.map((row) => [row.stream, row]));
  for (const row of rows) {
    const stream = storable(row.stream, 500);
    merged.set(stream, add(merged.get(stream) ?? fresh(origin, stream, row), row));
  }
  await db
    .insertInto('source')
    .values([...merged.values()].map(stored))
    .onConflict((conflict) => conflict.columns(['origin', 'stream']).doUpdateSet(excluded()))
    .execute();
}

/** Every column but the key and the state, which has a writer of its own. */
const KEPT = [
  'type',
  'name',
  'peer',
  'hosts',
  'trust',
  'first_seen',
  'last_seen',
  'records',
  'bytes',
  'parsed',
  'unparsed',
  'retransmitted',
  'dropped',
  'refused',
  'clock_skew_ms',
  'rhythm_records',
  'rhythm_ms',
  'longest_gap_ms',
  'counted_to',
] as const;

function excluded(): Record<(typeof KEPT)[number], RawBuilder<never>> {
  const columns = KEPT.map((name) => [name, sql<never>`${sql.ref(`excluded.${name}`)}`] as const);
  return Object.fromEntries(columns) as Record<(typeof KEPT)[number], RawBuilder<never>>;
}

function stored(row: SourceRow) {
  return {
    ...row,
    hosts: JSON.stringify(row.hosts),
    refused: JSON.stringify(row.refused),
    first_seen: row.first_seen === null ? null : new Date(row.first_seen),
    last_seen: row.last_seen === null ? null : new Date(row.last_seen),
  };
}

function shown(row: Selectable<Tables['source']>): Source {
  const rhythm = rhythmOf(row);
  return {
    origin: row.origin,
    stream: row.stream,
    type: row.type,
    name: row.name,
    peer: row.peer,
    hosts: row.hosts,
    trust: row.trust,
    state: row.state,
    firstSeenMs: row.first_seen,
    lastSeenMs: row.last_seen,
    records: row.records,
    bytes: row.bytes,
    parsed: row.parsed,
    unparsed: row.unparsed,
    retransmitted: row.retransmitted,
    dropped: row.dropped,
    refused: row.refused,
    clockSkewMs: row.clock_skew_ms,
    ratePerHour: ratePerHour(rhythm),
    meanGapMs: meanGapMs(rhythm),
    longestGapMs: row.longest_gap_ms,
    rhythm,
    silentAfterMs: silentAfterMs(rhythm),
    countedTo: row.counted_to,
  };
}
