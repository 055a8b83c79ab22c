import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { engineFolder, hasEngine, removeFolders, startTestEngine, type TestEngine } from './fixtures/engine.ts';
import { FORM, insertRange, rowsOf, sampleRow, tsv } from './fixtures/sample.ts';
import { insertEvents, MAX_BATCH_ROWS } from './insert.ts';
import { migrate } from './migrate.ts';

describe.skipIf(!hasEngine)('insertEvents', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startTestEngine(engineFolder());
    await migrate(engine.client, FORM);
  });
  afterEach(async () => {
    await engine.client.command({ query: 'TRUNCATE TABLE spoor.events' }); // forgets its tokens, too
  });
  afterAll(async () => {
    await engine.stop();
    removeFolders();
  });

  test('equal rows under other tokens are other rows', async () => {
    const rows = rowsOf([sampleRow(0)]);
    for (const token of ['a', 'b', "c'); DROP TABLE x; --\\"])
      await insertEvents(engine.client, { table: 'spoor.events', token, ...rows });
    expect(await tsv(engine.client, 'SELECT count() FROM spoor.events')).toBe('3');
  });

  test('rows that are cut short are refused, and none of them stays', async () => {
    const { bytes } = rowsOf([sampleRow(0), sampleRow(1)]);
    const cut = { table: 'spoor.events', token: 'cut', bytes: bytes.subarray(0, bytes.length - 3), rows: 2 };
    await expect(insertEvents(engine.client, cut)).rejects.toThrow();
    expect(await tsv(engine.client, 'SELECT count() FROM spoor.events')).toBe('0');
    await insertEvents(engine.client, { ...cut, bytes }); // the token was not used up
    expect(await tsv(engine.client, 'SELECT count() FROM spoor.events')).toBe('2');
  });

  test('a batch is one part', async () => {
    await insertRange(engine.client, { from: 0, count: 70_000 });
    const parts = "SELECT rows FROM system.parts WHERE active AND database = 'spoor' AND table = 'events'";
    expect(await tsv(engine.client, `${parts} AND level = 0`)).toBe('70000');
  });

  test('a batch that could not be whole is refused', async () => {
    const tooMany = { table: 'spoor.events', token: 'x', bytes: Buffer.alloc(10), rows: MAX_BATCH_ROWS + 1 };
    await expect(insertEvents(engine.client, tooMany)).rejects.toMatchObject({ code: 'E_TOO_LARGE' });
  });

  test('no rows are no insert', async () => {
    await insertEvents(engine.client, { table: 'spoor.events', token: 'none', ...rowsOf([]) });
    expect(await tsv(engine.client, 'SELECT count() FROM spoor.events')).toBe('0');
  });
});
