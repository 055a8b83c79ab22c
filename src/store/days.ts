import type { ClickHouseClient } from '@clickhouse/client';
import { AppError } from '../core/errors.ts';
import { DERIVED } from './derived.ts';
import { localTable, onCluster, type SchemaForm, tableName } from './names.ts';

/** The rows of one ledger that were received on one day (UTC): what a reindex replaces and retention drops. */
export interface IngestDay {
  /** As 20260921. */
  readonly day: number;
  readonly origin: string;
}

/** Tables that hold events or what is made of them. Each has a `_shadow`. */
const TABLES: readonly string[] = ['events', ...DERIVED.map(({ name }) => name)];
const ORIGIN = /^[\x20-\x7e]{1,255}$/;

/** The ingest day of an instant in microseconds. */
export function dayOf(us: number): number {
  return Number(new Date(us / 1000).toISOString().slice(0, 10).replaceAll('-', ''));
}

/** The instant in microseconds at which a day begins. */
export function dayStartUs(day: number): number {
  return Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100) * 1000;
}

function partition({ day, origin }: IngestDay): string {
  if (!Number.isInteger(day) || !ORIGIN.test(origin))
    throw new AppError('E_USAGE', `no ingest day: ${day} of "${origin.slice(0, 80)}"`);
  return `tuple(${day}, '${origin.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}')`;
}

async function hasRows(client: ClickHouseClient, table: string, { day, origin }: IngestDay): Promise<boolean> {
  const query = `SELECT 1 AS found FROM ${table} WHERE _partition_value = tuple({day:UInt32}, {origin:String}) LIMIT 1`;
  const result = await client.query({ query, query_params: { day, origin }, format: 'JSONEachRow' });
  return (await result.json()).length > 0;
}

/** Drops a day's rows, and what was made of them. Drops nothing when there are none. */
export async function dropDay(client: ClickHouseClient, form: SchemaForm, day: IngestDay): Promise<void> {
  await drop(client, form, day, '');
}

/**
 * Empties a day of the shadow tables, so that it can be filled (anew) by `insertEvents` into `events_shadow`. Tokens that were used for
 * the day are forgotten.
 */
export async function clearShadow(client: ClickHouseClient, form: SchemaForm, day: IngestDay): Promise<void> {
  await drop(client, form, day, '_shadow');
}

/** Empties the shadow tables of all days of a ledger, and so forgets their tokens. */
export async function clearShadows(client: ClickHouseClient, form: SchemaForm, origin: string): Promise<void> {
  const query = `SELECT DISTINCT toYYYYMMDD(ingest_ts) AS day FROM ${tableName(form, 'events_shadow')} WHERE origin = {origin:String}`;
  const result = await client.query({ query, query_params: { origin }, format: 'JSONEachRow' });
  for (const { day } of await result.json<{ day: number }>()) await clearShadow(client, form, { day, origin });
}

async function drop(client: ClickHouseClient, form: SchemaForm, day: IngestDay, suffix: string): Promise<void> {
  // Events last: while they are there, what was begun can be told and done again.
  for (const table of [...TABLES].reverse()) await dropDayOf(client, form, day, table + suffix);
}

/** Drops a day of one table. */
export async function dropDayOf(
  client: ClickHouseClient,
  form: SchemaForm,
  day: IngestDay,
  table: string,
): Promise<void> {
  await client.command({
    query: `ALTER TABLE ${localTable(form, table)}${onCluster(form)} DROP PARTITION ${partition(day)}`,
  });
}

/**
 * Puts a day of the shadow in the place of the day in `events`. A reader sees the old day or the new one, never both or none; with a
 * cluster that holds for each shard. Gives false when the shadow holds nothing of that day: then nothing was done.
 *
 * While it runs nothing may be inserted into that day, and what was inserted before must be done with (its position kept): rows of the
 * day that the shadow does not hold are gone afterwards. Should the engine die meanwhile, call it again before anything else: that ends
 * it either way. Afterwards call `clearShadow`.
 */
export async function swapDay(client: ClickHouseClient, form: SchemaForm, day: IngestDay): Promise<boolean> {
  if (!(await hasRows(client, localTable(form, 'events_shadow'), day))) return false;
  for (const table of TABLES) {
    await client.command({
      query: `ALTER TABLE ${localTable(form, table)}${onCluster(form)} REPLACE PARTITION ${partition(day)} FROM ${localTable(form, `${table}_shadow`)}`,
      // A summary of the new day may have no row where that of the old one had some; and a shard none of any.
      clickhouse_settings: { allow_replace_partition_from_empty_source: 1 },
    });
  }
  return true;
}
