import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Condition, PatternPart } from '../../core/condition.ts';
import { parseIp } from '../../core/ip.ts';
import { readQuery } from '../../search/query.ts';
import { engineFolder, hasEngine, removeFolders, startTestEngine, type TestEngine } from '../fixtures/engine.ts';
import { FORM, NOON_US, rowsOf, sampleEvent, sampleRow } from '../fixtures/sample.ts';
import { insertEvents } from '../insert.ts';
import { migrate } from '../migrate.ts';
import { ask } from '../query.ts';
import type { StoredEvent } from '../stored-event.ts';
import { foundEvents } from './found.ts';

// The naive reading of a condition, of one event at a time; the engine's must be the same.

const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const tokens = (text: string) => text.match(/[A-Za-z0-9\u0080-\u{10ffff}]+/gu) ?? [];
const isWords = (text: string) => text.replace(/[A-Za-z0-9\u0080-\u{10ffff}]+/gu, '') === '';
const NUMBERS: Record<string, keyof StoredEvent> = {
  'source.port': 'source_port',
  'destination.port': 'destination_port',
  'process.pid': 'pid',
  'source.as.number': 'asn',
};
const TEXTS: Record<string, keyof StoredEvent> = {
  'user.name': 'user_name',
  'user.effective.name': 'user_effective',
  'user.target.name': 'user_target',
  'host.name': 'host',
  'process.name': 'program',
  'event.action': 'action',
  'event.outcome': 'outcome',
  'event.category': 'category',
  'source.geo.country_iso_code': 'country',
  'process.command_line': 'command',
  message: 'message',
  'spoor.stream': 'stream',
  'spoor.parser': 'parser',
  'spoor.time.certainty': 'certainty',
};

function valuesOf(event: StoredEvent, field: string): string[] {
  const column = TEXTS[field];
  if (column === 'category') return event.category.split(',').filter((value) => value !== '');
  if (column !== undefined) return event[column] === '' ? [] : [String(event[column])];
  const value = event.attrs[field];
  if (value === undefined) return [];
  return value.startsWith('[') ? [...(JSON.parse(value) as string[]), value] : [value];
}

function isLike(text: string, pattern: readonly PatternPart[]): boolean {
  const source = pattern.map((part) =>
    'text' in part ? part.text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : part.any === 'one' ? '.' : '.*',
  );
  return new RegExp(`^${source.join('')}$`, 'su').test(text);
}

const bits = (text: string): bigint => {
  const ip = parseIp(text === '' ? '::' : text);
  if (ip === null) throw new Error(text);
  if (ip.version === 4) return (0xffffn << 32n) | BigInt(ip.value);
  return ip.words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
};

function numbersOf(event: StoredEvent, field: string): number[] {
  const column = NUMBERS[field];
  if (column === undefined) return /^-?\d+(?:\.\d+)?$/.test(event.attrs[field] ?? '') ? [Number(event.attrs[field])] : [];
  return event[column] === 0 ? [] : [event[column] as number];
}

function isTrue(condition: Condition, event: StoredEvent): boolean {
  switch (condition.is) {
    case 'all':
      return condition.of.every((one) => isTrue(one, event));
    case 'any':
      return condition.of.some((one) => isTrue(one, event));
    case 'not':
      return !isTrue(condition.of, event);
    case 'present':
      return condition.fields.some((field) => isPresent(event, field));
    case 'equals':
      return condition.fields.some((field) => isEqual(event, field, condition.value));
    case 'like':
      return condition.fields.some((field) => valuesOf(event, field).some((value) => isLike(value, condition.pattern)));
    default:
      return isTrueOf(condition, event);
  }
}

function isPresent(event: StoredEvent, field: string): boolean {
  if (field === 'source.ip') return event.source_ip !== '';
  if (field === 'destination.ip') return event.destination_ip !== '';
  return field in NUMBERS ? numbersOf(event, field).length > 0 : valuesOf(event, field).length > 0;
}

function isEqual(event: StoredEvent, field: string, value: string): boolean {
  if (value === '' || (value.length > 255 && field in TEXTS)) return event.attrs[field] === value;
  return valuesOf(event, field).includes(value);
}

function isTrueOf(condition: Condition, event: StoredEvent): boolean {
  switch (condition.is) {
    case 'holds': {
      const text = lower(condition.text);
      return condition.fields.some((field) => {
        const inIt = valuesOf(event, field).some((value) => lower(value).includes(text));
        return inIt && (field !== 'message' || tokens(text).every((one) => tokens(lower(event.message)).includes(one)));
      });
    }
    case 'word-like': {
      const pattern = condition.pattern.map((part) => ('text' in part ? { text: lower(part.text) } : part));
      const message = lower(event.message);
      if (pattern.every((part) => !('text' in part) || isWords(part.text)))
        return tokens(message).some((word) => isLike(word, pattern));
      return isLike(message, [{ any: 'many' }, ...pattern, { any: 'many' }]);
    }
    case 'number':
      return condition.fields.some((field) => numbersOf(event, field).some((value) => isWithin(value, condition)));
    case 'address': {
      const sides = condition.fields.map((field) => bits(field === 'source.ip' ? event.source_ip : event.destination_ip));
      return sides.some((side) => side !== 0n && side >= bits(condition.first) && side <= bits(condition.last));
    }
    case 'time': {
      const us = condition.field === '@timestamp' ? event.ts_us : event.ingest_us;
      return us >= (condition.fromUs ?? 0) && us < (condition.toUs ?? Number.POSITIVE_INFINITY);
    }
    default:
      throw new Error(condition.is);
  }
}

function isWithin(value: number, { from, to }: Extract<Condition, { is: 'number' }>): boolean {
  const above = from === null || (from.included ? value >= from.value : value > from.value);
  return above && (to === null || (to.included ? value <= to.value : value < to.value));
}

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
  const event = sampleEvent({ message: pick(MESSAGES, at), host: pick(HOSTS, at), fields, time: NOON_US / 1000 - at * 3_600_000 });
  return sampleRow(at, { event: at % 11 === 0 ? { ...event, parser: null } : event });
});

const term = fc.oneof(
  fc.constantFrom('root', 'PASSWORD', 'passw*', '*word', 'straße', 'str?ße', '日本*', '100%', '_under', 'password\\*', '*', '?'),
  fc.constantFrom('"failed password"', '"192.0.2.7"', '"2.0.192"', '192.0.2.*', '\\back', '"\\"x"', "o'brien", '"日本語"', '"', '-'),
  fc.constantFrom(...USERS, 'adm*', 'ad?in', '*', 'a\\*', 'ROOT', 'no').map((value) => `user:${value === '' ? '""' : value}`),
  fc.constantFrom(...HOSTS, 'web-*', '*').map((value) => `host:${value}`),
  fc.constantFrom('192.0.2.7', '198.51.100.0/24', '198.51.0.0/16', '::/0', '0.0.0.0/0', '2001:db8::/32', '*', '[192.0.2.0 TO 192.0.2.9]')
    .chain((value) => fc.constantFrom('ip', 'source', 'destination').map((name) => `${name}:${value}`)),
  fc.constantFrom('22', '>22', '>=1024', '<1024', '<=65535', '[22 TO 1024]', '{22 TO 1024}', '[1 TO *]', '*', '0', '70000', '22.5')
    .chain((value) => fc.constantFrom('port', 'pid', 'http.response.status_code', 'asn').map((name) => `${name}:${value}`)),
  fc.constantFrom('status:>=500', 'status:503.5', 'rule:sqli', 'rule:x*', 'rule:*', 'category:session', 'category:ses*', 'country:us',
    'outcome:failure', 'outcome:*', 'action:(sudo OR ssh_login)', 'parser:*', 'parser:sshd', 'no.field:x', 'no.field:*', 'certainty:exact'),
  fc.constantFrom('command:less', 'command:"rm -rf"', 'command:*x*', 'message:"for root"', 'user.name:root', 'as:root', 'user.effective.name:ad*'),
  fc.constantFrom('last 24h', 'last 3d', 'since:2026-11-20', 'until:2026-11-20', 'between 2026-11-16 and 2026-11-18', 'time:[2026-11-15 TO 2026-11-20}', 'time:2026-11-19', 'received:>=2026-11-22'),
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
    await fc.assert(property, { numRuns: 400 });
    expect(asked).toBeGreaterThan(200);
    expect(hits).toBeGreaterThan(80); // it was a test of something
  }, 60_000);

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
