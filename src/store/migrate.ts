import type { ClickHouseClient } from '@clickhouse/client';
import { AppError } from '../core/errors.ts';
import { loadFolder } from '../core/registry.ts';
import { identifier, onCluster, type SchemaForm, tableName } from './names.ts';

/**
 * One step of the schema, in `schema/`, run in the order of the names. A step that was shipped is never edited: another one
 * follows it. Each statement can be run again (`IF NOT EXISTS`), for a crash may fall between two of them.
 */
export interface Migration {
  readonly name: string;
  readonly statements: (form: SchemaForm) => readonly string[];
}

/** All steps, in order. */
export function migrations(): Promise<readonly Migration[]> {
  return loadFolder<Migration>(new URL('./schema/', import.meta.url).href);
}

/** The statements that go before the first step. */
export function beforeMigrations(form: SchemaForm): string[] {
  const replicated = `ReplicatedMergeTree('/clickhouse/tables/{database}/{table}', '{shard}-{replica}')`; // one log for all shards
  return [
    `CREATE DATABASE IF NOT EXISTS ${identifier(form.database, 'database')}${onCluster(form)}`,
    `CREATE TABLE IF NOT EXISTS ${tableName(form, 'schema_migrations')}${onCluster(form)} (
  name String,
  applied_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
) ENGINE = ${form.cluster === null ? 'MergeTree' : replicated}
ORDER BY name`,
  ];
}

async function applied(client: ClickHouseClient, form: SchemaForm): Promise<Set<string>> {
  const query = `SELECT DISTINCT name FROM ${tableName(form, 'schema_migrations')}`;
  const rows = await (await client.query({ query, format: 'JSONEachRow' })).json<{ name: string }>();
  return new Set(rows.map(({ name }) => name));
}

/**
 * Brings the schema up to date and gives the names of the steps that were run. Throws E_CONFIG when the tables were made by a
 * newer Spoor. One process at a time: the caller sees to it.
 */
export async function migrate(client: ClickHouseClient, form: SchemaForm): Promise<readonly string[]> {
  for (const query of beforeMigrations(form)) await client.command({ query });
  const steps = await migrations();
  const done = await applied(client, form);
  const unknown = [...done].filter((name) => !steps.some((step) => step.name === name)).sort();
  if (unknown.length > 0)
    throw new AppError(
      'E_CONFIG',
      `the index in database "${form.database}" was made by a newer Spoor (${unknown.join(', ')}): start that one, or rebuild the index from the ledger`,
    );
  const due = steps.filter(({ name }) => !done.has(name));
  for (const { name, statements } of due) {
    for (const query of statements(form)) await client.command({ query });
    const query = `INSERT INTO ${tableName(form, 'schema_migrations')} (name) VALUES ({name:String})`;
    await client.command({ query, query_params: { name } });
  }
  return due.map(({ name }) => name);
}
