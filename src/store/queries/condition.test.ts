import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Condition } from '../../core/condition.ts';
import { readQuery } from '../../search/query.ts';
import { engineFolder, hasEngine, removeFolders, startTestEngine, type TestEngine } from '../fixtures/engine.ts';
import { isTrue } from '../fixtures/naive.ts';
import { FORM, NOON_US, rowsOf, sampleEvent, sampleRow } from '../fixtures/sample.ts';
import { insertEvents } from '../insert.ts';
import { migrate } from '../migrate.ts';
import { ask } from '../query.ts';
import type { StoredEvent } from '../stored-event.ts';
import { foundEvents } from './found.ts';

const RUNS = process.env['SPOOR_FULL'] === undefined ? 120 : 1000;
const LONG = 'n'.repeat(300);
const USERS = ['root', 'alice', 'adm', 'admin', 'ad_min', 'a%b', 'Ärger', '', "o'brien\\", '日本'];
const HOSTS = ['web-1', 'web-2', 'db.example', LONG];
const PEERS = ['192.0.2.7', '198.51.100.200', '198.51.101.1', '2001:db8::9', '::ffff:0:1', ''];
const MESSAGES = [
  'Failed password for root from 192.0.2.7 port 22',
  'Accepted publickey for alice from 2001:db8::9',
  'ÜBER straße passwort 日本語',
  "password'); DROP TABLE events; -- 100% _under \\back",
  'session opened for user admin_2',
  '',
];
const pick = <T>(all: readonly T[], at: number): T => all[at % all.length] as T;

const EVENTS = Array.from({ length: 240 }, (_, at) => {
  const peer = pick(PEERS, Math.floor(at / 3));
  const fields = {
    'event.category': at % 5 === 0 ? ['authentication', 'session'] : ['process'],
    'event.action': pick(['ssh_login', 'session_open', 'sudo'], at),
    'event.outcome': pick(['success', 'failure', 'unknown', undefined], at),
    'user.name': pick(USERS, at),
    'user.effective.name': at % 4 === 0 ? pick(USERS, at + 3) : undefined,
    'source.ip': peer === '' ? undefined : peer,
    'destination.ip': at % 7 === 0 ? '198.51.100.9' : undefined,
    'source.port': pick([22, 1024, 65_535, undefined, 70_000], at),
    'process.command_line': pick(['rm -rf /', 'cat "x" | LESS', undefined], at),
    'http.response.status_code': pick([200, 404, 503.5, undefined], at),
    'rule.category': at % 6 === 0 ? ['sqli', 'xss'] : undefined,
    'source.geo.country_iso_code': pick(['US', 'KR', undefined], at),
  };
  const event = sampleEvent({
    message: pick(MESSAGES, at),
    host: pick(HOSTS, at),
    fields,
    time: NOON_US / 1000 - at * 3_600_000,
  });
  return sampleRow(at, { event: at % 11 === 0 ? { ...event, parser: null } : event });
});

const term = fc.oneof(
  fc.constantFrom(
    'root',
    'PASSWORD',
    'passw*',
    '*word',
    'straße',
    'str?ße',
    '日本*',
    '100%',
    '_under',
    'password\\*',
    '*',
    '?',
  ),
  fc.constantFrom(
    '"failed password"',
    '"192.0.2.7"',
    '"2.0.192"',
    '192.0.2.*',
    '\\back',
    '"\\"x"',
    "o'brien",
    '"日本語"',
    '"',
    '-',
  ),
  fc
    .constantFrom(...USERS, 'adm*', 'ad?in', '*', 'a\\*', 'ROOT', 'no')
    .map((value) => `user:${value === '' ? '""' : value}`),
  fc.constantFrom(...HOSTS, 'web-*', '*').map((value) => `host:${value}`),
  fc
    .constantFrom(
      '192.0.2.7',
      '198.51.100.0/24',
      '198.51.0.0/16',
      '::/0',
      '0.0.0.0/0',
      '2001:db8::/32',
      '*',
      '[192.0.2.0 TO 192.0.2.9]',
    )
    .chain((value) => fc.constantFrom('ip', 'source', 'destination').map((name) => `${name}:${value}`)),
  fc
    .constantFrom(
      '22',
      '>22',
      '>=1024',
      '<1024',
      '<=65535',
      '[22 TO 1024]',
      '{22 TO 1024}',
      '[1 TO *]',
      '*',
      '0',
      '70000',
      '22.5',
    )
    .chain((value) =>
      fc.constantFrom('port', 'pid', 'http.response.status_code', 'asn').map((name) => `${name}:${value}`),
    ),
  fc.constantFrom(
    'status:>=500',
    'status:503.5',
    'rule:sqli',
    'rule:x*',
    'rule:*',
    'category:session',
    'category:ses*',
    'country:us',
    'outcome:failure',
    'outcome:*',
    'action:(sudo OR ssh_login)',
    'parser:*',
    'parser:sshd',
    'no.field:x',
    'no.field:*',
    'certainty:exact',
  ),
  fc.constantFrom(
    'command:less',
    'command:"rm -rf"',
    'command:*x*',
    'message:"for root"',
    'user.name:root',
    'as:root',
    'user.effective.name:ad*',
  ),
  fc.constantFrom(
    'last 24h',
    'last 3d',
    'since:2026-11-20',
    'until:2026-11-20',
    'between 2026-11-16 and 2026-11-18',
    'time:[2026-11-15 TO 2026-11-20}',
    'time:2026-11-19',
    'received:>=2026-11-22',
  ),
);
const query: fc.Arbitrary<string> = fc.letrec<{ query: string }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    term,
    fc.tuple(tie('query'), fc.constantFrom(' ', ' AND ', ' OR '), tie('query')).map((parts) => parts.join('')),
    tie('query').map((inner) => `(${inner})`),
    fc.tuple(fc.constantFrom('NOT ', '-'), term).map((parts) => parts.join('')),
    tie('query').map((inner) => `NOT (${inner})`),
  ),
})).query;

describe.skipIf(!hasEngine)('conditions', () => {
  let engine: TestEngine;
  let stored: StoredEvent[];
  const found = (condition: Condition, limit = 1000) =>
    ask({ client: engine.client, form: FORM }, foundEvents, { condition, limit });

  beforeAll(async () => {
    engine = await startTestEngine(engineFolder());
    await migrate(engine.client, FORM);
    await insertEvents(engine.client, { table: 'spoor.events', token: 'one', ...rowsOf(EVENTS.slice(0, 120)) });
    await insertEvents(engine.client, { table: 'spoor.events', token: 'two', ...rowsOf(EVENTS.slice(120)) });
    stored = await found({ is: 'all', of: [] });
  });
  afterAll(async () => {
    await engine.stop();
    removeFolders();
  });

  test('the engine finds what a naive reading finds', async () => {
    expect(stored).toHaveLength(EVENTS.length);
    let asked = 0;
    let hits = 0;
    const property = fc.asyncProperty(query, async (text) => {
      let condition: Condition;
      try {
        ({ condition } = readQuery(text, NOON_US));
      } catch (error) {
        expect(error).toMatchObject({ code: 'E_USAGE', message: expect.stringMatching(/^query, column \d+: /) });
        return;
      }
      const rows = (await found(condition)).map(({ first }) => first);
      const expected = stored.filter((event) => isTrue(condition, event)).map(({ first }) => first);
      expect(rows, text).toEqual(expected);
      asked += 1;
      if (expected.length > 0 && expected.length < EVENTS.length) hits += 1;
    });
    await fc.assert(property, { numRuns: RUNS });
    expect(asked).toBeGreaterThan(RUNS / 3);
    expect(hits).toBeGreaterThan(RUNS / 10); // it was a test of something
  });

  test('pages follow each other without a gap or a double', async () => {
    const seen: number[] = [];
    let after: { tsUs: number; first: number; sub: number; origin: string } | undefined;
    for (;;) {
      const rows = await ask({ client: engine.client, form: FORM }, foundEvents, {
        condition: { is: 'all', of: [] },
        limit: 70,
        ...(after !== undefined && { after }),
      });
      seen.push(...rows.map(({ first }) => first));
      const last = rows.at(-1);
      if (last === undefined) break;
      after = { tsUs: last.ts_us, first: last.first, sub: last.sub, origin: last.origin };
    }
    expect(seen).toEqual(stored.map(({ first }) => first));
  });

  test('what is hostile is a value, and no SQL', async () => {
    for (const text of ["'); DROP TABLE spoor.events; --", '{c0:String}', '\\', '%', '\0', '\ud800', "x' OR '1'='1"])
      for (const condition of [
        { is: 'equals', fields: [text, 'user.name', 'host.name'], value: text },
        { is: 'like', fields: [text], pattern: [{ text }, { any: 'many' }] },
        { is: 'holds', fields: ['message', text], text },
        { is: 'present', fields: [text] },
      ] as const)
        expect((await found(condition)).length).toBeLessThanOrEqual(EVENTS.length);
    expect(await found({ is: 'all', of: [] })).toHaveLength(EVENTS.length);
  });
});
