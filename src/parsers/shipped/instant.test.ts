import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Zone } from '../../core/zone.ts';
import { instantOf } from './instant.ts';

const context = { zone: new Zone('Europe/Berlin'), year: () => 2026 } as unknown as Parameters<typeof instantOf>[1];
const at = Date.parse('2026-06-12T08:15:30.250Z');

test.each([
  ['2026-06-12T08:15:30.250Z', at],
  ['2026-06-12 10:15:30,25+0200', at],
  ['1781252130.25', at],
  ['1781252130250', at],
  ['1781252130250000', at],
  ['1781252130250000999', at],
])('%s', (text, time) => {
  expect(instantOf(text, context)).toEqual({ time, certainty: 'exact' });
});

test('a stamp without its zone is of the zone that was given', () => {
  expect(instantOf('2026-06-12T10:15:30.250', context)).toEqual({ time: at, certainty: 'zone' });
});

test.each([
  '',
  '0',
  'Jun 12 08:15:30',
  '2026-06-12',
  '2026-13-45T99:00:00Z',
  '00000000000',
  '-1781252130',
  '1e12',
  '99999999999999999999',
])('"%s" is no time', (text) => {
  expect(instantOf(text, context)).toEqual({});
});

test('the unit is told by the length, from 1990 to 2200', () => {
  fc.assert(
    fc.property(fc.integer({ min: 631_152_000_000, max: 7_258_118_400_000 }), (ms) => {
      const seconds = `${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, '0')}`;
      for (const text of [seconds, `${ms}`, `${ms}000`, `${ms}000000`])
        expect(instantOf(text, context).time, text).toBe(ms);
    }),
  );
});
