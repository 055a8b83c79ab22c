import type { ClickHouseClient } from '@clickhouse/client';
import { AppError } from '../../core/errors.ts';
import { identifier, onCluster, type SchemaForm, tableName } from '../names.ts';
import { VIEWS, type View } from './view-columns.ts';

/** The database of the views: of those in the clear, or of those that mask what is personal. They have the same names and columns. */
export const viewDatabase = ({ database }: SchemaForm, isMasked: boolean): string =>
  `${database}_sql${isMasked ? '_masked' : ''}`;

/** The statements that make the views. Each can be run again. */
function viewStatements(form: SchemaForm): string[] {
  return [false, true].flatMap((isMasked) => {
    const own = { ...form, database: viewDatabase(form, isMasked) };
    return [
      `CREATE DATABASE IF NOT EXISTS ${identifier(own.database, 'database')}${onCluster(form)}`,
      ...VIEWS.map(
        (view) =>
          `CREATE OR REPLACE VIEW ${tableName(own, view.name)}${onCluster(form)} AS ${selectOf(form, view, isMasked)}`,
      ),
    ];
  });
}

function selectOf(form: SchemaForm, { table, columns, groupBy }: View, isMasked: boolean): string {
  const list = columns.map(
    ({ name, sql, masked }) => `${(isMasked && masked) || sql} AS ${identifier(name, 'column')}`,
  );
  const group = groupBy === undefined ? '' : ` GROUP BY ${groupBy}`;
  return `SELECT ${list.join(', ')} FROM ${tableName(form, table)} AS t${group}`;
}

/**
 * Makes the views, and gives the names of all databases of the engine. Throws E_CONFIG when something else is in the views' databases: a
 * query would reach it.
 */
export async function openViews(client: ClickHouseClient, form: SchemaForm): Promise<string[]> {
  for (const query of viewStatements(form)) await client.command({ query });
  const own = [viewDatabase(form, false), viewDatabase(form, true)];
  const strangers = await rows(
    client,
    "SELECT concat(t.database, '.', t.name) AS word FROM system.tables AS t WHERE t.database IN {own:Array(String)} AND t.name NOT IN {names:Array(String)}",
    { own, names: VIEWS.map(({ name }) => name) },
  );
  if (strangers.length > 0)
    throw new AppError(
      'E_CONFIG',
      `${strangers.slice(0, 3).join(', ')}: not of Spoor, and SQL would reach it: move it away`,
    );
  return rows(client, 'SELECT d.name AS word FROM system.databases AS d', {});
}

async function rows(client: ClickHouseClient, query: string, params: Record<string, unknown>): Promise<string[]> {
  const result = await client.query({ query, query_params: params, format: 'JSONEachRow' });
  return ((await result.json()) as { word: string }[]).map(({ word }) => word);
}
