import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { AppError } from './errors.ts';
import { localZone, Zone } from './zone.ts';

const at = (zone: string, civil: string) => new Date(new Zone(zone).toInstant(Date.parse(`${civil}Z`))).toISOString();

describe('civil time to instants', () => {
  test.each([
    ['UTC', '2026-03-09T10:00:00', '2026-03-09T10:00:00.000Z'],
    ['Z', '2026-03-09T10:00:00', '2026-03-09T10:00:00.000Z'],
    ['+09:00', '2026-03-09T10:00:00', '2026-03-09T01:00:00.000Z'],
    ['-0330', '2026-03-09T10:00:00', '2026-03-09T13:30:00.000Z'],
    ['UTC+2', '2026-03-09T10:00:00', '2026-03-09T08:00:00.000Z'],
    ['Europe/Berlin', '2026-01-09T10:00:00', '2026-01-09T09:00:00.000Z'],
    ['Europe/Berlin', '2026-07-09T10:00:00', '2026-07-09T08:00:00.000Z'],
    ['Asia/Kolkata', '2026-07-09T10:00:00', '2026-07-09T04:30:00.000Z'],
    ['Australia/Lord_Howe', '2026-01-09T10:00:00', '2026-01-08T23:00:00.000Z'],
    ['America/New_York', '2026-03-08T01:59:59', '2026-03-08T06:59:59.000Z'],
    ['America/New_York', '2026-03-08T03:00:00', '2026-03-08T07:00:00.000Z'],
    ['Pacific/Kiritimati', '2026-01-01T00:30:00', '2025-12-31T10:30:00.000Z'],
  ])('%s %s', (zone, civil, instant) => {
    expect(at(zone, civil)).toBe(instant);
  });

  test('an hour that the clock skips or repeats is read with the offset before the change', () => {
    expect(at('Europe/Berlin', '2026-03-29T02:30:00')).toBe('2026-03-29T01:30:00.000Z');
    expect(at('Europe/Berlin', '2026-10-25T02:30:00')).toBe('2026-10-25T00:30:00.000Z');
    expect(at('Europe/Berlin', '2026-10-25T03:00:00')).toBe('2026-10-25T02:00:00.000Z');
  });
});

const zones = fc.constantFrom(
  'UTC',
  '+05:45',
  'Europe/Berlin',
  'America/St_Johns',
  'Asia/Tokyo',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
);
const instants = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2037, 0, 1) });
const HOUR_MS = 3_600_000;

property.prop([zones, instants])('there and back, but for an hour that is repeated', (name, instant) => {
  const zone = new Zone(name);
  const back = zone.toInstant(zone.toCivil(instant));
  expect([0, -HOUR_MS, -HOUR_MS / 2]).toContain(back - instant);
  expect(zone.toCivil(back)).toBe(zone.toCivil(instant));
});

test('the second pass of an hour that is repeated', () => {
  const later = (zone: string, civil: string) =>
    new Date(new Zone(zone).toLaterInstant(Date.parse(`${civil}Z`))).toISOString();
  expect(later('Europe/Berlin', '2026-10-25T02:30:00')).toBe('2026-10-25T01:30:00.000Z');
  expect(later('Europe/Berlin', '2026-10-25T03:30:00')).toBe('2026-10-25T02:30:00.000Z');
  expect(later('Europe/Berlin', '2026-10-25T01:30:00')).toBe('2026-10-24T23:30:00.000Z');
  expect(later('Europe/Berlin', '2026-03-29T02:30:00')).toBe('2026-03-29T01:30:00.000Z');
  expect(later('+02:00', '2026-10-25T02:30:00')).toBe('2026-10-25T00:30:00.000Z');
});

property.prop([zones, instants])('every instant is the first or the second pass of its civil time', (name, instant) => {
  const zone = new Zone(name);
  const civil = zone.toCivil(instant);
  expect([zone.toInstant(civil), zone.toLaterInstant(civil)]).toContain(instant);
});

test.each(['', 'Mars/Base', 'UTC+', '25', '+1:2:3', 'Europe/Berlin\n', '\u202eUTC'])('"%s" is no zone', (name) => {
  expect(() => new Zone(name)).toThrow(AppError);
});

test('the message says which, and quotes no more than 80 characters', () => {
  expect(() => new Zone('x'.repeat(500))).toThrow(/^unknown time zone "x{80}": /);
});

test('this machine’s zone', () => {
  expect(localZone().toInstant(0)).toBe(new Date(1970, 0, 1).getTime());
});
