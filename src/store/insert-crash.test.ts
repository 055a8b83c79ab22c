import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { engineFolder, hasEngine, removeFolders, startTestEngine, type TestEngine } from './fixtures/engine.ts';
import { FORM, insertRange, tsv } from './fixtures/sample.ts';
import { migrate } from './migrate.ts';

const KILLS = process.env['SPOOR_FULL'] === undefined ? 20 : 200;
const COUNTS = `SELECT count(), uniqExact(first), (SELECT sum(rows) FROM spoor.sources_minute) FROM spoor.events`;

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
    for (const from of [0, 1000, 0]) await insertRange(engine.client, { from, count: 1000 });
    expect(await tsv(engine.client, COUNTS)).toBe('2000\t2000\t2000');
    await engine.kill();
    engine = await startTestEngine(folder);
    for (const from of [0, 1000, 2000]) await insertRange(engine.client, { from, count: 1000 });
    expect(await tsv(engine.client, COUNTS)).toBe('3000\t3000\t3000');
  });

  test('whatever is killed, every batch is there once', { timeout: 600_000 }, async () => {
    let batch = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const { client } = engine;
      const before = batch;
      const writing = (async () => {
        for (; ; batch += 1) await insertRange(client, { from: batch * 500, count: 500 });
      })().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 20 + ((kill * 37) % 160)));
      await engine.kill();
      await writing;
      engine = await startTestEngine(folder);
      // The batch in flight is sent again; and one that was answered, as after a position that was kept too late.
      if (batch > before) await insertRange(engine.client, { from: (batch - 1) * 500, count: 500 });
      await insertRange(engine.client, { from: batch * 500, count: 500 });
      batch += 1;
    }
    const rows = batch * 500;
    expect(await tsv(engine.client, COUNTS)).toBe(`${rows}\t${rows}\t${rows}`);
  });
});
