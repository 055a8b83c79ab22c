import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isOfSender } from '../../server/story-sender.ts';
import { engineFolder, hasEngine, removeFolders, startTestEngine, type TestEngine } from '../fixtures/engine.ts';
import { FORM, NOON_US, ORIGIN, rowsOf, sampleEvent, sampleRow } from '../fixtures/sample.ts';
import { insertEvents } from '../insert.ts';
import { migrate } from '../migrate.ts';
import { ask } from '../query.ts';
import { storyParts } from './story-events.ts';

const SIZE = 100;
const STREAMS = ['tcp/192.0.2.7', 'tcp/192.0.2.70', 'tls/web-1', 'tls', 'other/tls', 'import-x/var/log/auth.log'];

describe.skipIf(!hasEngine)('parts of a ledger', () => {
  let engine: TestEngine;
  // A record in each part: by another stream each, a minute after the one before.
  const rows = STREAMS.map((stream, at) =>
    sampleRow(at * SIZE + 7, {
      stream,
      peer: at === 2 ? 'web-1' : 'none',
      event: sampleEvent({ time: NOON_US / 1000 + at * 60_000, host: `host-${at}` }),
    }),
  );
  const parts = async (changes: object) => {
    const all = { origin: ORIGIN, size: SIZE, fromUs: 0, toUs: 4e15, host: '', sender: '' };
    const found = await ask({ client: engine.client, form: FORM }, storyParts, { ...all, ...changes });
    return found.map(({ part }) => part);
  };

  beforeAll(async () => {
    engine = await startTestEngine(engineFolder());
    await migrate(engine.client, FORM);
    await insertEvents(engine.client, { table: 'spoor.events', token: 'a', ...rowsOf(rows) });
  });
  afterAll(async () => {
    await engine.stop();
    removeFolders();
  });

  test('by time, both ends with it', async () => {
    expect(await parts({})).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await parts({ fromUs: NOON_US + 60_000_000, toUs: NOON_US + 180_000_000 })).toEqual([1, 2, 3]);
    expect(await parts({ fromUs: NOON_US + 1, toUs: NOON_US + 2 })).toEqual([]);
    expect(await parts({ origin: 'other' })).toEqual([]);
  });

  test('the ledger’s own life is no event of a host', async () => {
    const own = sampleRow(9 * SIZE, { event: sampleEvent({ parser: 'ledger', host: '' }) });
    await insertEvents(engine.client, { table: 'spoor.events', token: 'b', ...rowsOf([own]) });
    expect(await parts({})).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('by host', async () => {
    expect(await parts({ host: 'host-3' })).toEqual([3]);
    expect(await parts({ host: "x' OR 1 = 1 --" })).toEqual([]);
  });

  test.each(['tcp', '192.0.2.7', 'tls', 'web-1', 'auth.log', 'var/log/auth.log', 'cp/192.0.2.7', '%', "'"])(
    'by sender, as records are told by it: %s',
    async (sender) => {
      const own = rows.flatMap(({ stream, peer }, at) => (isOfSender(sender, stream, peer) ? [at] : []));
      expect(await parts({ sender })).toEqual(own);
    },
  );
});
