import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Condition } from '../../core/condition.ts';
import { readQuery } from '../../search/query.ts';
import { engineFolder, hasEngine, removeFolders, startTestEngine, type TestEngine } from '../fixtures/engine.ts';
import { FORM, insertRange, NOON_US, ORIGIN, rowsOf, sampleEvent, sampleRow, tsv } from '../fixtures/sample.ts';
import { insertEvents } from '../insert.ts';
import { migrate } from '../migrate.ts';
import { ask } from '../query.ts';
import { arrivedCount, arrivedEvents, foundEvents, unparsedCount } from './found.ts';
import { heardHosts, sessionEvents } from './session-events.ts';

const EVERY: Condition = { is: 'all', of: [] };
const SLOW: Condition = { is: 'all', of: Array.from({ length: 90 }, (_, at) => ({ is: 'not', of: slow(at) })) };

/** Every message is cut into its words, and each of them compared. */
function slow(at: number): Condition {
  return { is: 'word-like', pattern: [{ any: 'many' }, { text: 'a' }, { any: 'many' }, { text: `e${at}` }] };
}

describe.skipIf(!hasEngine)('what is found', () => {
  let engine: TestEngine;
  const store = () => ({ client: engine.client, form: FORM });

  beforeAll(async () => {
    engine = await startTestEngine(engineFolder());
    await migrate(engine.client, FORM);
    await insertRange(engine.client, { from: 0, count: 20_000 });
    const other = sampleEvent({ parser: null, host: 'db-1', message: 'needle', time: NOON_US / 1000 + 1 });
    await insertEvents(engine.client, {
      table: 'spoor.events',
      token: 'x',
      ...rowsOf([sampleRow(50_000, { event: other })]),
    });
  });
  afterAll(async () => {
    await engine.stop();
    removeFolders();
  });

  test.each([
    ['needle', 'ix_message'],
    ['"needle work"', 'ix_message'],
    ['ip:192.0.2.9', 'ix_ip'],
    ['source:192.0.2.9', 'ix_ip'],
    ['user:nobody', 'ix_user'],
    ['user.name:nobody', 'ix_user'],
    ['record:7', 'ix_first'],
    ['since:2026-11-22', 'PrimaryKey'],
    ['received:>=2026-11-22', 'ix_ingest_ts'],
  ])('%s is looked for by %s', async (text, index) => {
    const given = foundEvents.params.parse({ condition: readQuery(text, NOON_US).condition });
    const result = await engine.client.query({
      query: `EXPLAIN indexes = 1 ${foundEvents.sql((name) => `spoor.${name}`, given)}`,
      query_params: { ...foundEvents.bind?.(given) },
      format: 'TabSeparated',
    });
    expect(await result.text()).toContain(index);
  });

  test('a question that takes too long is ended, and says so', async () => {
    const short = { ...foundEvents, limits: { max_execution_time: 0.05, timeout_before_checking_execution_speed: 0 } };
    await insertBulk(engine, 300_000);
    await expect(ask(store(), short, { condition: SLOW })).rejects.toMatchObject({ code: 'E_TOO_LARGE', status: 413 });
    const few = { ...foundEvents, limits: { max_rows_to_read: '1000' } };
    await expect(ask(store(), few, { condition: EVERY })).rejects.toMatchObject({ code: 'E_TOO_LARGE' });
    const small = { ...foundEvents, limits: { max_memory_usage: '1000000', max_untracked_memory: '0' } };
    await expect(ask(store(), small, { condition: EVERY, limit: 1000 })).rejects.toMatchObject({ code: 'E_TOO_LARGE' });
  });

  test('a question that nobody waits for ends in the engine', async () => {
    const running = () =>
      tsv(
        engine.client,
        "SELECT count() FROM system.processes WHERE query LIKE '%arrayExists(word%' AND query NOT LIKE '%system.processes%'",
      );
    const leaving = new AbortController();
    const asked = ask(store(), foundEvents, { condition: SLOW }, leaving.signal);
    asked.catch(() => {});
    while ((await running()) === '0') await pause(5);
    leaving.abort();
    await expect(asked).rejects.toThrow();
    while ((await running()) !== '0') await pause(20);
  });

  test('the longest query goes through', async () => {
    const longest = `"${'日 '.repeat(999)}"`;
    expect(await ask(store(), foundEvents, { condition: readQuery(longest, NOON_US).condition })).toEqual([]);
    const many = Array.from({ length: 100 }, (_, at) => `"日本 語${at}日本語日本"`).join(' OR ');
    expect(await ask(store(), foundEvents, { condition: readQuery(many, NOON_US).condition })).toEqual([]);
  });

  test('what arrived is told by records', async () => {
    const needle = readQuery('needle', NOON_US).condition;
    const range = { origin: ORIGIN, from: 40_000, to: 60_000 };
    const arrived = async (conditions: Condition[], more: object = {}) =>
      (await ask(store(), arrivedEvents, { ...range, conditions, limit: 10, ...more })).map((row) => [
        row.first,
        row.asked,
      ]);
    expect(await arrived([needle])).toEqual([[50_000, 0]]);
    expect(await arrived([needle], { to: 50_000 })).toEqual([]);
    const none = readQuery('nowhere', NOON_US).condition;
    expect((await arrived([needle, none, EVERY])).sort()).toEqual([
      [50_000, 0],
      [50_000, 2],
    ]);
    expect(await ask(store(), arrivedCount, { ...range, condition: EVERY })).toEqual([{ events: 1 }]);
    expect(await ask(store(), arrivedCount, { ...range, condition: EVERY, origin: 'other' })).toEqual([{ events: 0 }]);
  });

  test('what no parser understood is counted by the minutes of a time', async () => {
    const count = async (fromUs: number, toUs: number) =>
      (await ask(store(), unparsedCount, { origin: ORIGIN, fromUs, toUs }))[0]?.events;
    expect(await count(0, 4e15)).toBe(1);
    expect(await count(NOON_US, NOON_US + 1)).toBe(1);
    expect(await count(NOON_US + 60_000_000, 4e15)).toBe(0);
  });

  test('lines about sessions, without the machine’s own', async () => {
    const said = (action: string, fields: Record<string, string>, process = 'sshd') =>
      sampleEvent({
        process,
        host: 'web-9',
        fields: { 'event.action': action, 'user.name': 'alice', ...fields },
        address: '',
        user: 'alice',
      });
    const events = [
      said('session_open', {
        'spoor.session.user': 'alice',
        'spoor.session.service': 'sshd',
        'user.terminal': 'pts/0',
      }),
      said('session_open', { 'spoor.session.service': 'cron' }, 'CRON'),
      said('ssh_login', { 'event.outcome': 'failure' }),
      said('ssh_login', { 'event.outcome': 'success', 'source.ip': '2001:db8::9', 'spoor.auth.method': 'password' }),
    ];
    const rows = rowsOf(events.map((event, at) => sampleRow(60_000 + at, { event })));
    await insertEvents(engine.client, { table: 'spoor.events', token: 'sessions', ...rows });
    const found = await ask(store(), sessionEvents, { fromUs: NOON_US, host: 'web-9', limit: 100 });
    expect(found).toMatchObject([
      { first: 60_000, owner: 'alice', service: 'sshd', terminal: 'pts/0', source: '' },
      { first: 60_003, action: 'ssh_login', source: '2001:db8::9', method: 'password' },
    ]);
    expect((await ask(store(), heardHosts, { fromUs: NOON_US })).map(({ host }) => host)).toContain('web-9');
  });
});

/** Rows that take a question some time, made by the engine itself. */
async function insertBulk({ client }: TestEngine, count: number): Promise<void> {
  await client.command({
    query: `INSERT INTO spoor.events (first, ts, ingest_ts, origin, message)
      SELECT 1000000 + number, fromUnixTimestamp64Micro(${NOON_US - 3_600_000_000}, 'UTC'), fromUnixTimestamp64Micro(${NOON_US}, 'UTC'), 'bulk',
        repeat(concat('word', toString(number), ' apple tree '), 8) FROM numbers(${count})`,
    clickhouse_settings: { max_threads: 1 },
  });
}
