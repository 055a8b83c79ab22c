import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineFolder, hasEngine, removeFolders, startTestEngine, type TestEngine } from '../store/fixtures/engine.ts';
import { FORM, NOON_US, ORIGIN, rowsOf, sampleEvent, sampleRow } from '../store/fixtures/sample.ts';
import { insertEvents } from '../store/insert.ts';
import { migrate } from '../store/migrate.ts';
import type { Server } from './serve.ts';
import { Unparsed } from './unparsed.ts';

const NEVER = new AbortController().signal;

describe.skipIf(!hasEngine)('what no parser understood', () => {
  let engine: TestEngine;
  const position = { unparsed: 0 };

  const insert = (index: number) =>
    insertEvents(engine.client, {
      table: 'spoor.events',
      token: `t${index}`,
      ...rowsOf([sampleRow(index, { event: sampleEvent({ parser: null }) })]),
    });

  beforeAll(async () => {
    engine = await startTestEngine(engineFolder());
    await migrate(engine.client, FORM);
  });
  afterAll(async () => {
    await engine.stop();
    removeFolders();
  });

  test('is counted again when one came, and told to all who ask for the same minutes', async () => {
    const options = { config: { ledger: { origin: ORIGIN } } };
    const server = { engine: { client: engine.client, form: FORM }, index: { position }, options };
    let nowMs = NOON_US / 1000;
    const unparsed = new Unparsed(server as unknown as Server, () => nowMs);
    const count = async (fromUs: number, toUs = NOON_US + 60_000_000) =>
      (await unparsed.count(fromUs, toUs, NEVER)).events;
    await insert(1);
    position.unparsed = 1;
    expect([await count(NOON_US), await count(NOON_US + 59_999_999)]).toEqual([1, 1]);
    expect([await count(NOON_US + 60_000_000), await count(0, NOON_US - 1)]).toEqual([0, 0]);
    await insert(2);
    position.unparsed = 2;
    expect([await count(NOON_US), await count(NOON_US + 1)]).toEqual([2, 2]);
    await engine.stop();
    expect(await count(NOON_US)).toBe(2); // of the same minutes, and none came since
    nowMs += 3000;
    await expect(count(NOON_US)).rejects.toThrow();
    position.unparsed = 3;
    await expect(count(NOON_US + 1)).rejects.toThrow();
  });
});
