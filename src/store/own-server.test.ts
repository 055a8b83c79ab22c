import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineClient } from '../engine/client.ts';
import { clearShadow, dayOf, dropDay, swapDay } from './days.ts';
import { NOON_US, ORIGIN, rowsOf, sampleRow } from './fixtures/sample.ts';
import { insertEvents } from './insert.ts';
import { migrate } from './migrate.ts';
import { onCluster, type SchemaForm, tableName } from './names.ts';
import { search } from './queries/search.ts';
import { ask } from './query.ts';

// The store on a ClickHouse of one's own: CLICKHOUSE_URL, and CLICKHOUSE_USER, CLICKHOUSE_PASSWORD, CLICKHOUSE_CLUSTER where it has them.
// It makes a database, and drops it.
const { CLICKHOUSE_URL: url, CLICKHOUSE_USER: user, CLICKHOUSE_PASSWORD: password } = process.env;
const form: SchemaForm = {
  database: `spoor_test_${process.pid}`,
  cluster: process.env['CLICKHOUSE_CLUSTER'] ?? null,
};
const DAY = { day: dayOf(NOON_US), origin: ORIGIN };

describe.skipIf(url === undefined)('the store on CLICKHOUSE_URL', () => {
  const client = engineClient({ url: url ?? 'http://127.0.0.1:8123', user, password });
  const store = { client, form };
  const insert = (from: number, table = 'events', generation = 1) => {
    const rows = Array.from({ length: 1000 }, (_, at) => sampleRow(from + at, { generation }));
    return insertEvents(client, {
      table: tableName(form, table),
      token: `${table} ${from} ${generation}`,
      ...rowsOf(rows),
    });
  };
  const counts = async () => {
    const query = `SELECT max(sources.last) AS last, sum(sources.rows) AS events FROM ${tableName(form, 'sources_minute')} AS sources`;
    const [row] = await (await client.query({ query, format: 'JSONEachRow' })).json<Record<string, string>>();
    return { last: Number(row?.['last']), events: Number(row?.['events']) };
  };

  beforeAll(async () => {
    await migrate(client, form);
  });
  afterAll(async () => {
    await client.command({ query: `DROP DATABASE IF EXISTS ${form.database}${onCluster(form)}` });
    await client.close();
  });

  test('takes each batch once, finds, swaps and drops', async () => {
    expect(await migrate(client, form)).toEqual([]);
    for (const from of [0, 1000, 0, 65_536]) await insert(from); // 65,536: another chunk, and perhaps another shard
    expect(await counts()).toEqual({ last: 66_535, events: 3000 });
    const found = await ask(store, search, { words: ['failed', '192.0.2.7'], user: 'root', limit: 5 });
    expect(found.map(({ first }) => first)).toEqual([66_535, 66_534, 66_533, 66_532, 66_531]);
    await clearShadow(client, form, DAY);
    for (const from of [0, 1000]) await insert(from, 'events_shadow', 2);
    expect(await swapDay(client, form, DAY)).toBe(true);
    await clearShadow(client, form, DAY);
    expect(await counts()).toEqual({ last: 1999, events: 2000 });
    await dropDay(client, form, DAY);
    expect(await counts()).toEqual({ last: 0, events: 0 });
  });
});
