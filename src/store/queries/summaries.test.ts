import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { readQuery } from '../../search/query.ts';
import { engineFolder, hasEngine, removeFolders, startTestEngine, type TestEngine } from '../fixtures/engine.ts';
import { accepted, closed, opened, refused, said, sudo } from '../fixtures/logins.ts';
import { FORM, NOON_US, rowsOf } from '../fixtures/sample.ts';
import { insertEvents } from '../insert.ts';
import { migrate } from '../migrate.ts';
import { ask, type Query } from '../query.ts';
import { addressHours, topAttackers } from './attackers.ts';
import { knownSince, newAccess } from './first-seen.ts';
import { eventHistogram } from './histogram.ts';
import { endingLines, personLines } from './person-sessions.ts';

const HOUR = 3600;
const HOUR_US = HOUR * 1_000_000;
const NETWORK = {
  'source.as.number': 64_500,
  'source.as.organization.name': 'Example Net',
  'source.geo.country_iso_code': 'NL',
};
const WEB = (ip: string, alert: boolean) => ({
  process: 'nginx',
  fields: {
    'event.category': ['web'],
    'event.type': ['access'],
    'event.action': 'http_request',
    'event.outcome': 'failure',
    'source.ip': ip,
    ...(alert && { 'event.kind': 'alert' }),
  },
});

// Two hours: the second is the first's next.
const ROWS = [
  ...Array.from({ length: 5 }, (_, at) => said(at, at, refused(`name${at}`, '198.51.100.1', NETWORK))),
  ...Array.from({ length: 3 }, (_, at) => said(10 + at, HOUR + at, refused('root', '198.51.100.2', NETWORK))),
  said(20, 5, { ...refused('root', '2001:db8::9'), count: 4 }),
  said(30, 6, WEB('198.51.100.77', true)),
  said(31, 6, WEB('198.51.100.78', false)),
  said(40, 10, { ...refused('mina', '203.0.113.7'), host: 'gate' }),
  said(41, 11, { ...accepted('mina', '203.0.113.7'), pid: 7 }),
  said(42, 11, { ...opened('mina', 'sshd'), pid: 7 }),
  said(43, 20, { ...sudo('mina', 'id'), pid: 9 }),
  said(44, 20, { ...opened('root', 'sudo', 'mina'), pid: 9 }),
  said(45, 21, { ...closed('root', 'sudo'), pid: 9 }),
  said(46, 21, { ...closed('root', 'sudo'), pid: 10 }),
  said(47, 60, { ...closed('mina', 'sshd'), pid: 7 }),
  said(48, HOUR + 1, accepted('mina', '203.0.113.9')),
  said(49, HOUR + 2, { ...accepted('mina', '203.0.114.9', { 'spoor.key.fingerprint': 'SHA256:two' }), host: 'gate' }),
  said(50, HOUR + 3, accepted('joon', '2001:db8:1:2::3', { 'spoor.key.fingerprint': '' })),
  said(51, HOUR + 4, opened('root', 'cron')),
];
const ALL = { fromUs: NOON_US, toUs: NOON_US + 2 * HOUR_US };

describe.skipIf(!hasEngine)('questions to summaries', () => {
  let engine: TestEngine;
  const put = <P extends z.ZodObject, R extends z.ZodObject>(query: Query<P, R>, params: z.input<P>) =>
    ask({ client: engine.client, form: FORM }, query, params);

  beforeAll(async () => {
    engine = await startTestEngine(engineFolder());
    await migrate(engine.client, FORM);
    for (const [nth, row] of [ROWS.slice(0, 4), ROWS.slice(4)].entries())
      await insertEvents(engine.client, { table: 'spoor.events', token: `b${nth}`, ...rowsOf(row) });
  });
  afterAll(async () => {
    await engine.stop();
    removeFolders();
  });

  test('attackers, most tries first; who came in as often is none', async () => {
    const rows = await put(topAttackers, { ...ALL, by: 'address', limit: 10 });
    expect(rows.map(({ key, failures, alerts, users }) => [key, failures, alerts, users])).toEqual([
      ['198.51.100.1', 5, 0, 5],
      ['2001:db8::9', 4, 0, 1],
      ['198.51.100.2', 3, 0, 1],
      ['198.51.100.77', 0, 1, 1],
    ]);
    expect(rows[0]).toMatchObject({
      hosts: 1,
      country: 'NL',
      as_org: 'Example Net',
      addresses: 1,
      first_us: NOON_US,
      last_us: NOON_US + 4_000_000,
    });
  });

  test('attackers by network, of a time, and page by page', async () => {
    const networks = await put(topAttackers, { ...ALL, by: 'network', limit: 10 });
    expect(networks.map(({ key, failures, addresses }) => [key, failures, addresses])).toEqual([
      ['AS64500', 8, 2],
      ['2001:db8::/48', 4, 1],
      ['198.51.100.0/24', 0, 1],
    ]);
    const second = await put(topAttackers, { fromUs: NOON_US + HOUR_US, toUs: ALL.toUs, by: 'address', limit: 10 });
    expect(second.map(({ key }) => key)).toEqual(['198.51.100.2']);
    const pages: string[] = [];
    let after: { tries: number; key: string } | undefined;
    for (;;) {
      const [row] = await put(topAttackers, { ...ALL, by: 'address', limit: 1, after });
      if (row === undefined) break;
      pages.push(row.key);
      after = { tries: row.failures + row.alerts, key: row.sort_key };
    }
    expect(pages).toEqual(['198.51.100.1', '2001:db8::9', '198.51.100.2', '198.51.100.77']);
  });

  test.each([{ limit: 0 }, { by: "x'; DROP" }, { after: { tries: -1, key: '' } }])('refuses %j', async (wrong) => {
    await expect(put(topAttackers, { ...ALL, by: 'address', limit: 1, ...wrong } as never)).rejects.toMatchObject({
      code: 'E_USAGE',
    });
  });

  test('what an address tried, hour by hour', async () => {
    const rows = await put(addressHours, { ...ALL, address: '203.0.113.7', limit: 10 });
    expect(rows).toMatchObject([{ at: NOON_US / 1e6, failures: 1, successes: 1, users: 1, hosts: 2 }]);
    expect(await put(addressHours, { ...ALL, address: '192.0.2.1', limit: 10 })).toEqual([]);
    expect(await put(addressHours, { ...ALL, address: '2001:DB8::9', limit: 10 })).toMatchObject([{ failures: 4 }]);
  });

  test('what is new: a network, a key, a host of a person, and a person', async () => {
    const rows = await put(newAccess, { sinceUs: NOON_US + HOUR_US, limit: 10 });
    const isNew = (us: number) => us >= NOON_US + HOUR_US;
    expect(
      rows.map((row) => [
        row.person,
        row.network,
        row.host,
        [row.person_us, row.network_us, row.key_us, row.host_us].map(isNew),
      ]),
    ).toEqual([
      ['joon', '2001:db8:1::/48', 'web-1', [true, true, true, true]],
      ['mina', '203.0.114.0/24', 'gate', [false, true, true, true]],
    ]);
    expect(rows[0]).toMatchObject({ record: 50, logins: 1 });
    expect((await put(newAccess, { sinceUs: NOON_US, limit: 10 })).map(({ record }) => record)).toEqual([50, 49, 41]);
    expect(await put(knownSince, {})).toEqual([{ since_us: NOON_US + 11_000_000 }]);
  });

  test('events by time', async () => {
    const counted = (q: string) =>
      put(eventHistogram, { ...ALL, condition: readQuery(q, NOON_US).condition, stepSeconds: HOUR });
    expect(
      (await counted('')).map(({ step, events, failures, successes }) => [
        step - NOON_US / 1e6 / HOUR,
        events,
        failures,
        successes,
      ]),
    ).toEqual([
      [0, 16, 9, 2],
      [1, 7, 3, 3],
    ]);
    expect((await counted('user:mina')).map(({ events }) => events)).toEqual([6, 2]);
    expect(await counted('nothing-of-that')).toEqual([]);
  });

  test('lines about sessions of a person, and what ends them without his name', async () => {
    const wish = { ...ALL, person: 'mina', host: '', limit: 100 };
    expect((await put(personLines, wish)).map(({ first }) => first)).toEqual([41, 42, 43, 44, 47, 48, 49]);
    expect((await put(personLines, { ...wish, limit: 2 })).map(({ first }) => first)).toEqual([48, 49]);
    expect((await put(personLines, { ...wish, host: 'gate' })).map(({ first }) => first)).toEqual([49]);
    expect((await put(personLines, { ...wish, person: '' })).map(({ first }) => first)).toEqual([
      41, 42, 43, 44, 45, 46, 47, 48, 49, 50,
    ]);
    const ends = { ...ALL, accounts: ['', 'root'], pids: [9], ids: [], hosts: ['web-1'], limit: 100 };
    expect((await put(endingLines, ends)).map(({ first }) => first)).toEqual([45]);
    expect(await put(endingLines, { ...ends, accounts: ["'\\"], ids: ["') OR 1=1 --"] })).toEqual([]);
    expect(await put(personLines, { ...wish, person: "mina' OR 1=1 --" })).toEqual([]);
  });
});
