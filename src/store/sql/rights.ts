import type { ClickHouseClient } from '@clickhouse/client';
import { AppError } from '../../core/errors.ts';
import { type SchemaForm, tableName } from '../names.ts';
import { VIEWS } from './view-columns.ts';
import { viewDatabase } from './views.ts';

/** Settings that the reader of a ClickHouse of one's own must have by its user, and what is enough. */
const WANTED: readonly (readonly [name: string, is: (value: number) => boolean, want: string])[] = [
  ['readonly', (value) => value === 1, '1'],
  ['max_execution_time', (value) => value > 0 && value <= 60, '10'],
  ['max_memory_usage', (value) => value > 0, '300000000'],
  ['max_result_bytes', (value) => value > 0, '16000000'],
  ['output_format_json_quote_64bit_integers', (value) => value === 1, '1'],
];

const GRANT = /^GRANT (?<rights>.{1,20000}?) ON (?<on>\S{1,400}) TO \S{1,200}$/s;

/** What of a reader's grants (`SHOW GRANTS`) is more than it may have. */
export function tooMuch(grants: readonly string[], form: SchemaForm): string[] {
  const plain = (name: string) => name.replaceAll('`', '');
  const may = new Set([
    ...VIEWS.map(({ table }) => plain(tableName(form, table))),
    ...[false, true].flatMap((isMasked) => {
      const database = viewDatabase(form, isMasked);
      return [`${database}.*`, ...VIEWS.map(({ name }) => `${database}.${name}`)];
    }),
  ]);
  return grants.filter((grant) => {
    const { rights = '', on = '' } = GRANT.exec(grant)?.groups ?? {};
    return !/^SELECT(?:\([^()]{1,10000}\))?$/.test(rights) || !may.has(plain(on));
  });
}

/** Throws E_CONFIG unless the reader of a ClickHouse of one's own may do nothing but read Spoor's views, within limits. */
export async function checkReader(reader: ClickHouseClient, form: SchemaForm, user: string): Promise<void> {
  const names = WANTED.map(([name]) => name);
  const settings = await lines<[string, string]>(
    reader,
    `SELECT name, value FROM system.settings WHERE name IN (${names.map((name) => `'${name}'`).join(', ')})`,
  );
  const has = new Map(settings.map(([name, value]) => [name, Number(value)]));
  const missing = WANTED.filter(([name, is]) => !is(has.get(name) ?? Number.NaN)).map(
    ([name, , want]) => `${name} = ${want}`,
  );
  if (missing.length > 0) throw unfit(user, `its settings must say ${missing.join(', ')}`);
  const grants = (await lines<[string]>(reader, 'SHOW GRANTS')).map(([grant]) => grant);
  const [more] = tooMuch(grants, form);
  if (more !== undefined) throw unfit(user, `it may do more than read the views: ${more.slice(0, 200)}`);
}

const unfit = (user: string, why: string) =>
  new AppError(
    'E_CONFIG',
    `SQL stays off: the ClickHouse user ${user} is not fit for it: ${why}. See docs/guides/sql.md`,
  );

async function lines<T>(reader: ClickHouseClient, query: string): Promise<T[]> {
  return (await (await reader.query({ query, format: 'JSONCompactEachRow' })).json()) as T[];
}
