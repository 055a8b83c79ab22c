import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clearShadow, dayOf, dropDay, swapDay } from './days.ts';
import { engineFolder, hasEngine, removeFolders, startTestEngine, type TestEngine } from './fixtures/engine.ts';
import { FORM, insertRange, NOON_US, ORIGIN, tsv } from './fixtures/sample.ts';
import { migrate } from './migrate.ts';

const DAY_US = 86_400_000_000;
const TODAY = { day: dayOf(NOON_US), origin: ORIGIN };
const YESTERDAY = { day: dayOf(NOON_US - DAY_US), origin: ORIGIN };
const yesterday = { receivedAtUs: NOON_US - DAY_US };
const BY_GENERATION = 'SELECT generation, count() FROM spoor.events GROUP BY 1 ORDER BY 1';

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(10);
}

test('the ingest day of an instant', () => {
  expect(dayOf(NOON_US)).toBe(20_261_122);
  expect(dayOf(1_795_391_999_999_999)).toBe(20_261_122);
  expect(dayOf(1_795_392_000_000_000)).toBe(20_261_123);
});

describe.skipIf(!hasEngine)('days', () => {
  let folder: string;
  let engine: TestEngine;
  beforeEach(async () => {
    folder = engineFolder();
    engine = await startTestEngine(folder);
    await migrate(engine.client, FORM);
  });
  afterEach(async () => engine.stop());
  afterAll(removeFolders);

  test('a rebuilt day takes the place of the old one, while others are written and read', async () => {
    const { client } = engine;
    const shadow = { table: 'events_shadow', generation: 2 };
    for (let batch = 0; batch < 5; batch += 1)
      await insertRange(client, { from: batch * 1000, count: 1000, ...yesterday });
    for (let batch = 0; batch < 5; batch += 1)
      await insertRange(client, { from: batch * 1000, count: 1000, ...yesterday, ...shadow });
    const stop = new AbortController();
    let live = 0;
    const writing = (async () => {
      for (; !stop.signal.aborted; live += 1) await insertRange(client, { from: 10_000 + live * 100, count: 100 });
    })();
    const seen = new Set<string>();
    let reads = 0;
    const reading = (async () => {
      for (; !stop.signal.aborted; reads += 1)
        seen.add(
          await tsv(client, 'SELECT min(generation), max(generation), count() FROM spoor.events WHERE first < 10000'),
        );
    })();
    await until(() => live > 2 && reads > 2);
    expect(await swapDay(client, FORM, YESTERDAY)).toBe(true);
    await clearShadow(client, FORM, YESTERDAY);
    const [lived, read] = [live, reads];
    await until(() => live > lived + 2 && reads > read + 2);
    stop.abort();
    await Promise.all([writing, reading]);
    expect([...seen].sort()).toEqual(['1\t1\t5000', '2\t2\t5000']);
    expect(await tsv(client, BY_GENERATION)).toBe(`1\t${live * 100}\n2\t5000`);
    expect(await tsv(client, 'SELECT sum(rows) FROM spoor.sources_minute')).toBe(String(5000 + live * 100));
    expect(await tsv(client, 'SELECT count() FROM spoor.events_shadow')).toBe('0');
    expect(await swapDay(client, FORM, YESTERDAY)).toBe(false);
  });

  test('a swap can be done again after a crash, and what was cleared can be filled again', async () => {
    await insertRange(engine.client, { from: 0, count: 500 });
    await insertRange(engine.client, { from: 0, count: 400, table: 'events_shadow', generation: 2 });
    await clearShadow(engine.client, FORM, TODAY);
    await insertRange(engine.client, { from: 0, count: 400, table: 'events_shadow', generation: 2 });
    expect(await swapDay(engine.client, FORM, TODAY)).toBe(true);
    await engine.kill();
    engine = await startTestEngine(folder);
    expect(await swapDay(engine.client, FORM, TODAY)).toBe(true);
    await engine.kill();
    engine = await startTestEngine(folder);
    expect(await tsv(engine.client, BY_GENERATION)).toBe('2\t400');
    expect(await tsv(engine.client, 'SELECT sum(rows), max(last) FROM spoor.sources_minute')).toBe('400\t399');
  });

  test('a swap that is killed at any time is old or new once it is called again', async () => {
    await insertRange(engine.client, { from: 0, count: 2000 });
    await insertRange(engine.client, { from: 0, count: 2000, table: 'events_shadow', generation: 2 });
    for (let kill = 0; kill < 5; kill += 1) {
      const swapping = swapDay(engine.client, FORM, TODAY).catch(() => undefined);
      await pause(kill * 5);
      await engine.kill();
      await swapping;
      engine = await startTestEngine(folder);
      await swapDay(engine.client, FORM, TODAY);
      expect(await tsv(engine.client, BY_GENERATION)).toBe('2\t2000');
      expect(await tsv(engine.client, 'SELECT sum(rows) FROM spoor.sources_minute')).toBe('2000');
    }
  });

  test('the rows of another ledger stay', async () => {
    await insertRange(engine.client, { from: 0, count: 10 });
    await dropDay(engine.client, FORM, { ...TODAY, origin: "it's \\another" });
    expect(await tsv(engine.client, BY_GENERATION)).toBe('1\t10');
    await dropDay(engine.client, FORM, TODAY);
    expect(await tsv(engine.client, 'SELECT count() FROM spoor.events')).toBe('0');
    expect(await tsv(engine.client, 'SELECT count() FROM spoor.sources_minute')).toBe('0');
  });
});
