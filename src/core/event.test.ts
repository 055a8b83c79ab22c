import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { addressOf, type Event, has, settled, toEcs, userOf, withPeer } from './event.ts';

const EVENT: Event = {
  line: 7,
  lines: 1,
  count: 1,
  parser: 'sshd',
  time: Date.parse('2026-03-09T10:00:00.250Z'),
  certainty: 'exact',
  host: 'web1',
  process: 'sshd',
  pid: 811,
  message: 'Failed password',
  fields: { 'event.category': ['authentication'], 'source.ip': '203.0.113.9', 'user.name': undefined },
  shape: null,
  address: '203.0.113.9',
  user: undefined,
  raw: 'the line',
};

test('the flat document of an event', () => {
  expect(toEcs(EVENT)).toEqual({
    '@timestamp': '2026-03-09T10:00:00.250Z',
    'event.kind': 'event',
    'host.name': 'web1',
    'host.hostname': 'web1',
    'process.name': 'sshd',
    'process.pid': 811,
    message: 'Failed password',
    'event.category': ['authentication'],
    'source.ip': '203.0.113.9',
    'event.original': 'the line',
  });
});

test('what nothing read is an error that keeps its line', () => {
  const bare = {
    parser: null,
    time: Number.NaN,
    certainty: 'none',
    host: '',
    process: '',
    pid: 0,
    message: '',
    fields: {},
  } as const;
  expect(toEcs({ ...EVENT, ...bare })).toEqual({
    'event.kind': 'pipeline_error',
    'error.code': 'unparsed',
    'spoor.time.certainty': 'none',
    'event.original': 'the line',
  });
});

test('a parser’s word is above the envelope’s', () => {
  const fields = { 'process.name': 'su', 'host.name': 'db2', 'event.kind': 'alert', message: 'other' };
  expect(toEcs({ ...EVENT, fields })).toMatchObject(fields);
});

test('a list or a single value holds a word; part of a word is none', () => {
  const fields = { 'event.type': ['start', 'denied'], 'event.category': 'web' };
  expect([
    has(fields, 'event.type', 'denied'),
    has(fields, 'event.type', 'deni'),
    has(fields, 'event.category', 'web'),
    has(fields, 'nothing', 'web'),
  ]).toEqual([true, false, true, false]);
});

test('peer and account', () => {
  expect([
    addressOf({ 'source.ip': '192.0.2.1', 'source.address': 'a' }),
    addressOf({ 'source.address': 'gw.example' }),
    addressOf({}),
  ]).toEqual(['192.0.2.1', 'gw.example', '']);
  expect([userOf({ 'user.name': '' }), userOf({ 'user.name': 'maria' }), userOf({})]).toEqual(['', 'maria', undefined]);
  expect(withPeer({ 'event.action': 'x' }, '192.0.2.1', undefined)).toEqual({
    'event.action': 'x',
    'source.ip': '192.0.2.1',
    'source.address': '192.0.2.1',
    'source.port': undefined,
    'spoor.source.from': 'process',
  });
});

property.prop([fc.string(), fc.string(), fc.integer({ min: 1 })])(
  'a settled event says the same and crosses threads',
  (message, raw, line) => {
    const event = { ...EVENT, message, raw, line, shape: { fields: {}, memo: () => {} } };
    const copy = structuredClone(settled(event));
    expect(copy).toEqual({ ...event, shape: null });
    expect(toEcs(copy)).toEqual(toEcs(event));
  },
);
