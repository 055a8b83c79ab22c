import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type * as z from 'zod';
import type { EcsFields } from '../../core/event.ts';
import type { IndexedEvent } from '../event-row.ts';
import { engineFolder, hasEngine, removeFolders, startTestEngine, type TestEngine } from '../fixtures/engine.ts';
import { FORM, insertRange, NOON_US, ORIGIN, rowsOf, sampleEvent, sampleRow } from '../fixtures/sample.ts';
import { insertEvents } from '../insert.ts';
import { migrate } from '../migrate.ts';
import { ask, type Query } from '../query.ts';
import { eventsByLedgerRange, latestEvents } from './events.ts';
import { search } from './search.ts';

const DAY_US = 86_400_000_000;

/** An event of record `index` that says this, a minute for each index. */
function said(
  index: number,
  message: string,
  fields: EcsFields = {},
  changes: Partial<IndexedEvent> = {},
): IndexedEvent {
  const time = NOON_US / 1000 + index * 60_000;
  const event = sampleEvent({ message, fields, time, ...(fields['host.name'] !== undefined && { host: '' }) });
  return sampleRow(index, { event, ...changes });
}

const TODAY = [
  said(0, 'Failed password for root from 192.0.2.7 port 22', { 'source.ip': '192.0.2.7', 'event.outcome': 'failure' }),
  said(1, 'Accepted publickey for alice from 2001:db8::9', { 'source.ip': '2001:db8::9', 'user.name': 'alice' }),
  said(2, 'session opened for user root by alice(uid=1000)', { 'user.effective.name': 'root', 'user.name': 'alice' }),
  said(3, 'UFW BLOCK SRC=198.51.100.5 DST=192.0.2.7', { 'source.ip': '198.51.100.5', 'destination.ip': '192.0.2.7' }),
  said(4, 'ÜBER straße passwort', { 'host.name': 'web-2' }),
  said(5, "password'); DROP TABLE events; -- 100% _under", { 'event.action': 'odd' }),
  { ...said(6, 'joined'), last: 9 },
];
const YESTERDAY = [said(20, 'old and unparsed', {}, { receivedAtUs: NOON_US - DAY_US, stream: 'file/auth' })].map(
  (row) => ({
    ...row,
    event: { ...row.event, parser: null },
  }),
);

describe.skipIf(!hasEngine)('queries', () => {
  let engine: TestEngine;
  const put = <P extends z.ZodObject, R extends z.ZodObject>(query: Query<P, R>, params: z.input<P>) =>
    ask({ client: engine.client, form: FORM }, query, params);
  const found = async (params: Record<string, unknown>) => (await put(search, params)).map(({ first }) => first);

  beforeAll(async () => {
    engine = await startTestEngine(engineFolder());
    await migrate(engine.client, FORM);
    await insertEvents(engine.client, { table: 'spoor.events', token: 'today', ...rowsOf(TODAY) });
    await insertEvents(engine.client, { table: 'spoor.events', token: 'yesterday', ...rowsOf(YESTERDAY) });
  });
  afterAll(async () => {
    await engine.stop();
    removeFolders();
  });

  test.each<[string, Record<string, unknown>, number[]]>([
    ['everything, newest first', {}, [20, 6, 5, 4, 3, 2, 1, 0]],
    ['a limit', { limit: 2 }, [20, 6]],
    ['a word of either case', { words: ['PASSWORD'] }, [5, 0]],
    ['all words, in any order', { words: ['root', 'password'] }, [0]],
    ['no part of a word', { words: ['passwor'] }, []],
    ['an address as a word, exactly', { words: ['192.0.2.7'] }, [3, 0]],
    ['tokens of an address in another order', { words: ['2.0.192.7'] }, []],
    ['a phrase', { words: ['publickey for alice'] }, [1]],
    ['a phrase in another order', { words: ['alice for publickey'] }, []],
    ['signs alone', { words: ['100%'] }, [5]],
    ['what LIKE would take for a wildcard', { words: ['_'] }, [5]],
    ['an injection', { words: ["'); DROP TABLE events; --"] }, [5]],
    ['letters beyond ASCII', { words: ['straße'] }, [4]],
    ['many words', { words: ['password', ...Array.from({ length: 49 }, (_, at) => `none${at}`)] }, []],
    ['a lone surrogate', { words: ['\ud800'] }, []],
    ['a NUL', { words: ['pass\0word'] }, []],
    ['an address on either side', { ip: '192.0.2.7' }, [3, 0]],
    ['an address in another spelling', { ip: '2001:DB8:0::9' }, [1]],
    ['an account on any side', { user: 'root' }, [2]],
    ['who acts', { user: 'alice' }, [2, 1]],
    ['a host', { host: 'web-2' }, [4]],
    ['a program', { program: 'sshd', words: ['joined'] }, [6]],
    ['an action', { action: 'odd' }, [5]],
    ['an outcome', { outcome: 'failure' }, [0]],
    ['a time', { fromUs: NOON_US + 60_000_000, toUs: NOON_US + 180_000_000 }, [2, 1]],
    ['all at once', { words: ['password'], ip: '192.0.2.7', outcome: 'failure', fromUs: NOON_US, limit: 1 }, [0]],
  ])('search: %s', async (_, params, expected) => {
    expect(await found(params)).toEqual(expected);
  });

  test.each([{ ip: 'x' }, { limit: 0 }, { words: [''] }, { unknown: 1 }, { fromUs: -1 }])(
    'search refuses %j',
    async (params) => {
      await expect(found(params)).rejects.toMatchObject({ code: 'E_USAGE' });
    },
  );

  test('events of a range of the ledger', async () => {
    const range = async (from: number, to: number) =>
      (await put(eventsByLedgerRange, { origin: ORIGIN, from, to })).map(({ first, last }) => [first, last]);
    expect(await range(2, 3)).toEqual([[2, 2], [3, 3]]); // biome-ignore format: pairs
    expect(await range(8, 8)).toEqual([[6, 9]]);
    expect(await range(10, 19)).toEqual([]);
    expect(await put(eventsByLedgerRange, { origin: 'other', from: 0, to: 99 })).toEqual([]);
  });

  test('the latest by our clock', async () => {
    const latest = async (limit: number) => (await put(latestEvents, { limit })).map(({ first }) => first);
    expect(await latest(1)).toEqual([6]);
    expect(await latest(2)).toEqual([6, 5]);
    expect(await latest(7)).toEqual([6, 5, 4, 3, 2, 1, 0]);
    expect(await latest(8)).toEqual([6, 5, 4, 3, 2, 1, 0, 20]);
    expect(await latest(100)).toEqual([6, 5, 4, 3, 2, 1, 0, 20]);
  });

  test('the indexes of the schema are used', async () => {
    await insertRange(engine.client, { from: 1000, count: 20_000 });
    const plan = async (params: Record<string, unknown>): Promise<string> => {
      const given = search.params.parse(params);
      const result = await engine.client.query({
        query: `EXPLAIN indexes = 1 ${search.sql((name) => `spoor.${name}`, given)}`,
        query_params: { ...search.bind?.(given) },
        format: 'TabSeparated',
      });
      return result.text();
    };
    expect(await plan({ words: ['rare'] })).toContain('ix_message');
    expect(await plan({ ip: '192.0.2.9' })).toContain('ix_ip');
    expect(await plan({ user: 'nobody' })).toContain('ix_user');
    expect(await plan({ fromUs: NOON_US })).toContain('PrimaryKey');
  });

  test('an engine that is gone is said to be', async () => {
    const other = await startTestEngine(engineFolder());
    await other.stop();
    const { client } = other;
    await expect(ask({ client, form: FORM }, latestEvents, { limit: 1 })).rejects.toMatchObject({
      code: 'E_UNAVAILABLE',
    });
  });
});
