import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import type { Event } from '../../core/event.ts';
import { Zone } from '../../core/zone.ts';
import { Decoder } from '../../decode/decoder.ts';
import { createDispatch } from '../../decode/dispatch.ts';
import { parsers } from '../index.ts';
import { msOfNanoseconds } from './carried.ts';

const dispatch = createDispatch(parsers);
function read(line: string): Event[] {
  const events: Event[] = [];
  const options = { zone: new Zone('UTC'), year: () => 2026, host: '', emit: (event: Event) => events.push(event) };
  const decoder = new Decoder(dispatch, options);
  decoder.push(line, 2);
  decoder.end();
  return events;
}

const json = fc.jsonValue({ maxDepth: 4 });
const shapes = fc.oneof(
  fc.record({ resourceLogs: fc.array(fc.record({ resource: json, scopeLogs: json })) }),
  json.map((record) => ({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] })),
  fc.tuple(json, json).map(([body, attributes]) => ({
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { kvlistValue: { values: body } }, attributes }] }] }],
  })),
  fc.tuple(json, json).map(([stream, values]) => ({ streams: [{ stream, values: [values] }] })),
  fc.record({ event: json, fields: json, time: json, host: json }),
  json.map((event) => ({ hec: event })),
);

property.prop([shapes])('whatever a sender says is an event, and sets no field of ours', (document) => {
  const line = JSON.stringify(document);
  const events = read(line);
  expect(events.length).toBeGreaterThan(0);
  for (const { fields, raw, time } of events) {
    expect(raw).toBe(line);
    expect(Number.isNaN(time) || Number.isFinite(time)).toBe(true);
    expect(Object.keys(fields).filter((name) => /^(?:source|user|event)\./.test(name))).toEqual([]);
  }
});

test('what is too deep is an event all the same', () => {
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  for (const line of [
    `{"event":${deep}}`,
    `{"streams":[{"stream":{"a":${deep}},"values":[["1",${deep}]]}]}`,
    `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":${deep}}}]}]}]}`,
  ])
    expect(read(line)).toHaveLength(1);
});

test('nanoseconds, to the microsecond', () => {
  expect(msOfNanoseconds('1700000000123456789')).toBe(1_700_000_000_123.456);
  expect(msOfNanoseconds(1_700_000_000_123_456_800)).toBe(1_700_000_000_123.456);
  for (const none of ['0', '', '-1', 'x', null, -5, Number.NaN, 1e300]) expect(msOfNanoseconds(none)).toBeUndefined();
});
