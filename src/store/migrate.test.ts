import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../test/free-port.ts';
import { COLUMNS } from './columns.ts';
import { DERIVED } from './derived.ts';
import { engineFolder, hasEngine, removeFolders, startTestEngine, type TestEngine } from './fixtures/engine.ts';
import { FORM, insertRange, tsv } from './fixtures/sample.ts';
import { beforeMigrations, migrate, migrations } from './migrate.ts';
import type { SchemaForm } from './names.ts';

const CLUSTER: SchemaForm = { database: 'spoor', cluster: 'c1' };
const statementsOf = async (form: SchemaForm) => [
  ...beforeMigrations(form),
  ...(await migrations()).flatMap(({ statements }) => statements(form)),
];

test('a step that was shipped is never edited', async () => {
  const hashes = (await migrations()).map(({ name, statements }) => {
    const texts = [...statements(FORM), ...statements(CLUSTER)].join(';\n');
    return `${name} ${createHash('sha256').update(texts).digest('hex').slice(0, 16)}`;
  });
  await expect(`${hashes.join('\n')}\n`).toMatchFileSnapshot('fixtures/shipped-steps.txt');
});

test('the cluster form is replicated, distributed and made on all of the cluster', async () => {
  const statements = await statementsOf(CLUSTER);
  expect(statements.every((statement) => statement.includes(' ON CLUSTER `c1`'))).toBe(true);
  expect(statements.filter((statement) => / = MergeTree| = AggregatingMergeTree/.test(statement))).toEqual([]);
  const distributed = statements.filter((statement) => statement.includes('Distributed('));
  expect(distributed).toHaveLength(2 * (1 + DERIVED.length));
});

test.each(['', 'a b', 'x`; DROP DATABASE y', '한', '1a', 'a'.repeat(65)])(
  '%j is no name for a database',
  (database) => {
    expect(() => beforeMigrations({ database, cluster: null })).toThrow(expect.objectContaining({ code: 'E_CONFIG' }));
    expect(() => beforeMigrations({ database: 'spoor', cluster: database })).toThrow(
      expect.objectContaining({ code: 'E_CONFIG' }),
    );
  },
);

describe.skipIf(!hasEngine)('migrate', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startTestEngine(engineFolder());
  });
  afterAll(async () => {
    await engine.stop();
    removeFolders();
  });

  test('every statement of both forms is one that the engine can read', async () => {
    for (const query of [...(await statementsOf(FORM)), ...(await statementsOf(CLUSTER))]) {
      const result = await engine.client.query({
        query: 'SELECT formatQuerySingleLine({statement:String}) AS text',
        query_params: { statement: query },
        format: 'JSONEachRow',
      });
      expect(await result.json()).toHaveLength(1);
    }
  });

  test('brings an empty database up to date, once', async () => {
    const names = (await migrations()).map(({ name }) => name);
    expect(await migrate(engine.client, FORM)).toEqual(names);
    expect(await migrate(engine.client, FORM)).toEqual([]);
    expect(await migrate(engine.client, { database: 'other', cluster: null })).toEqual(names);
  });

  test.each(['events', 'events_shadow'])('%s has the columns that rows are written for', async (table) => {
    const columns = `SELECT name, type FROM system.columns WHERE database = 'spoor' AND table = '${table}' AND default_kind = '' ORDER BY position`;
    const found = await engine.client.query({ query: columns, format: 'JSONEachRow' });
    expect(await found.json()).toEqual(COLUMNS.map(({ name, type }) => ({ name, type })));
  });

  test('goes on where a crash stopped it', async () => {
    await engine.client.command({
      query: "ALTER TABLE spoor.schema_migrations DELETE WHERE name > '0001' SETTINGS mutations_sync = 2",
    });
    await engine.client.command({ query: 'DROP TABLE spoor.sources_minute_view' });
    await migrate(engine.client, FORM);
    expect(await tsv(engine.client, 'SELECT count() FROM spoor.sources_minute_view')).toBe('0');
  });

  test('leaves the tables of a newer Spoor alone', async () => {
    await engine.client.command({ query: "INSERT INTO other.schema_migrations (name) VALUES ('9999-later')" });
    await expect(migrate(engine.client, { database: 'other', cluster: null })).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringContaining('9999-later'),
    });
  });
});

// chDB has no keeper and runs nothing ON CLUSTER: what is left of the form without these two runs on a cluster of one shard.
describe.skipIf(!hasEngine)('the distributed form on one shard', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startTestEngine(engineFolder(), clusterOf(await freePort()));
    for (const statement of await statementsOf(CLUSTER)) await engine.client.command({ query: onOneServer(statement) });
  });
  afterAll(async () => {
    await engine.stop();
    removeFolders();
  });

  test('takes inserts through the Distributed table, and replays once', async () => {
    await insertRange(engine.client, { from: 0, count: 100 });
    await insertRange(engine.client, { from: 0, count: 100 });
    await insertRange(engine.client, { from: 100, count: 50 });
    expect(await tsv(engine.client, 'SELECT count(), max(first) FROM spoor.events')).toBe('150\t149');
    expect(await tsv(engine.client, 'SELECT count() FROM spoor.events_local')).toBe('150');
    expect(await tsv(engine.client, 'SELECT sum(rows) FROM spoor.sources_minute')).toBe('150');
    expect(await tsv(engine.client, 'SELECT sum(failures) FROM spoor.attackers_hour')).toBe('150');
  });
});

function onOneServer(statement: string): string {
  return statement
    .replace(/ ON CLUSTER `c1`/, '')
    .replace(/Replicated(\w*MergeTree)\('[^']*', '[^']*'\)/, '$1')
    .replace(/replicated_deduplication_window_seconds = \d+, /, '')
    .replace(/replicated_deduplication_window =/, 'non_replicated_deduplication_window =');
}

function clusterOf(port: number): string {
  return `<tcp_port>${port}</tcp_port><listen_host>127.0.0.1</listen_host><remote_servers><c1><shard>
    <internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>${port}</port></replica></shard></c1></remote_servers>
    <macros><shard>1</shard><replica>1</replica></macros>`;
}
