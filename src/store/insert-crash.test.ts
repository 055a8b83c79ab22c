import { appendFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { engineFolder, hasEngine, removeFolders, startTestEngine, type TestEngine } from './fixtures/engine.ts';
import { accepted, refused, said } from './fixtures/logins.ts';
import { FORM, rowsOf, tsv } from './fixtures/sample.ts';
import { insertEvents } from './insert.ts';
import { migrate } from './migrate.ts';

const KILLS = process.env['SPOOR_FULL'] === undefined ? 10 : 200;
/** Rows, and how often what the views fill has them: each sample is a login that was refused; every other one went well. */
const COUNTS = `SELECT count(), uniqExact(first), (SELECT sum(rows) FROM spoor.sources_minute),
  (SELECT sum(failures) + sum(successes) FROM spoor.attackers_hour), 2 * (SELECT count() FROM spoor.session_lines),
  2 * (SELECT sum(logins) FROM spoor.first_seen) FROM spoor.events`;
const all = (rows: number) => Array.from({ length: 6 }, () => rows).join('\t');

/** Inserts logins of records [from, from + count). */
async function insertLogins(client: ClickHouseClient, { from, count }: { from: number; count: number }): Promise<void> {
  const rows = Array.from({ length: count }, (_, at) => {
    const index = from + at;
    return said(
      index,
      index % 3600,
      (index % 2 === 0 ? accepted : refused)(`name${index % 50}`, `198.51.100.${index % 40}`),
    );
  });
  await insertEvents(client, { table: 'spoor.events', token: `${from}+${count}`, ...rowsOf(rows) });
}

describe.skipIf(!hasEngine)('insertEvents, when the engine dies', () => {
  let folder: string;
  let engine: TestEngine;
  beforeEach(async () => {
    folder = engineFolder();
    engine = await startTestEngine(folder);
    await migrate(engine.client, FORM);
  });
  afterEach(async () => engine.stop());
  afterAll(removeFolders);

  test('a token is taken once, in the table and in what its views fill, also after a restart', async () => {
    for (const from of [0, 1000, 0]) await insertLogins(engine.client, { from, count: 1000 });
    expect(await tsv(engine.client, COUNTS)).toBe(all(2000));
    await engine.kill();
    engine = await startTestEngine(folder);
    for (const from of [0, 1000, 2000]) await insertLogins(engine.client, { from, count: 1000 });
    expect(await tsv(engine.client, COUNTS)).toBe(all(3000));
  });

  test.each(['events', 'sources_minute', 'attackers_hour', 'session_lines', 'first_seen'])(
    'a batch that %s noted, and was killed before it had it, is taken when it is sent again',
    async (table) => {
      for (const from of [0, 1000]) await insertLogins(engine.client, { from, count: 1000 });
      const data = await tsv(engine.client, `SELECT data_paths[1] FROM system.tables WHERE name = '${table}'`);
      await engine.kill();
      // The token is noted before the part is given its name: so it looks when the kill falls between the two.
      const last = readdirSync(data).find((name) => /_2_2_\d+$/.test(name));
      rmSync(join(data, last ?? 'none'), { recursive: true });
      for (let start = 0; start < 2; start += 1) {
        engine = await startTestEngine(folder);
        for (const from of [0, 1000]) await insertLogins(engine.client, { from, count: 1000 });
        expect(await tsv(engine.client, COUNTS)).toBe(all(2000));
        if (start === 0) await engine.kill();
      }
    },
  );

  test.each([
    ['half a line', (log: string) => truncateSync(log, 150)],
    ['zeros', (log: string) => appendFileSync(log, Buffer.alloc(40))],
    ['nothing but zeros', (log: string) => writeFileSync(log, Buffer.alloc(300))],
  ])('what a power cut left at the end of the tokens hides none that come after it: %s', async (_, tear) => {
    for (const from of [0, 1000]) await insertLogins(engine.client, { from, count: 1000 });
    const paths = await tsv(
      engine.client,
      "SELECT arrayStringConcat(groupArray(data_paths[1]), ' ') FROM system.tables WHERE database = 'spoor' AND match(create_table_query, 'deduplication') AND NOT endsWith(name, '_shadow')",
    );
    await engine.kill();
    for (const path of paths.split(' ')) tear(join(path, 'deduplication_logs/deduplication_log_1.txt'));
    for (const from of [2000, 2000, 2000]) {
      engine = await startTestEngine(folder);
      await insertLogins(engine.client, { from, count: 1000 });
      expect(await tsv(engine.client, COUNTS)).toBe(all(3000));
      await engine.kill();
    }
    engine = await startTestEngine(folder);
  });

  test('whatever is killed, every batch is there once', async () => {
    let batch = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const { client } = engine;
      const before = batch;
      const writing = (async () => {
        for (; ; batch += 1) await insertLogins(client, { from: batch * 500, count: 500 });
      })().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 20 + ((kill * 37) % 160)));
      await engine.kill();
      await writing;
      engine = await startTestEngine(folder);
      // The batch in flight is sent again; and one that was answered, as after a position that was kept too late.
      if (batch > before) await insertLogins(engine.client, { from: (batch - 1) * 500, count: 500 });
      await insertLogins(engine.client, { from: batch * 500, count: 500 });
      batch += 1;
    }
    const rows = batch * 500;
    expect(await tsv(engine.client, COUNTS)).toBe(all(rows));
  });
});
