import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { civil, monthOf, StampReader } from './stamp.ts';
import { Zone } from './zone.ts';

const reader = (zone = 'UTC', year = 2026) => new StampReader(new Zone(zone), () => year);

/** What a reader makes of a stamp at the start of a line: its rest, its time and its certainty. */
function read(line: string, zone = 'UTC'): unknown {
  const stamp = reader(zone);
  const end = stamp.read(line, 0);
  return end === -1 ? null : [line.slice(end), new Date(stamp.time).toISOString(), stamp.certainty];
}

describe('every dialect', () => {
  test.each([
    ['Mar  7 10:00:01 web1', ' web1', '2026-03-07T10:00:01.000Z', 'year'],
    ['Mar 17 10:00:01 web1', ' web1', '2026-03-17T10:00:01.000Z', 'year'],
    ['Mar 7 10:00:01 web1', ' web1', '2026-03-07T10:00:01.000Z', 'year'], // not padded
    ['Mar 07 10:00:01 web1', ' web1', '2026-03-07T10:00:01.000Z', 'year'],
    ['Mar  7 10:00:01.250 web1', ' web1', '2026-03-07T10:00:01.250Z', 'year'],
    ['Mar  7 2024 10:00:01: %ASA', ': %ASA', '2024-03-07T10:00:01.000Z', 'zone'],
    ['2024-03-07T10:00:01Z web1', ' web1', '2024-03-07T10:00:01.000Z', 'exact'],
    ['2024-03-07T10:00:01.123456+01:00 web1', ' web1', '2024-03-07T09:00:01.123Z', 'exact'],
    ['2024-03-07T10:00:01-0530 web1', ' web1', '2024-03-07T15:30:01.000Z', 'exact'],
    ['2024-03-07T10:00:01+09 web1', ' web1', '2024-03-07T01:00:01.000Z', 'exact'],
    ['2024-03-07T10:00:01 web1', ' web1', '2024-03-07T10:00:01.000Z', 'zone'],
    ['2024-03-07 10:00:01,999 x', ' x', '2024-03-07T10:00:01.999Z', 'zone'],
    ['2024 Mar  7 10:00:01 web1', ' web1', '2024-03-07T10:00:01.000Z', 'zone'],
    ['Thu 2024-03-07 10:00:01 UTC web1', ' web1', '2024-03-07T10:00:01.000Z', 'exact'],
    ['Thu 2024-03-07 10:00:01 CET web1', ' web1', '2024-03-07T10:00:01.000Z', 'zone'],
    ['1709802001.123456 web1', ' web1', '2024-03-07T09:00:01.123Z', 'exact'],
    ['2024-03-07T23:59:60Z web1', ' web1', '2024-03-08T00:00:00.000Z', 'exact'], // a leap second
  ])('%s', (line, rest, time, certainty) => {
    expect(read(line)).toEqual([rest, time, certainty]);
  });

  test('a stamp without an offset is read in the zone, one with an offset is not', () => {
    expect(read('Mar  7 10:00:01 x', 'Asia/Tokyo')).toEqual([' x', '2026-03-07T01:00:01.000Z', 'year']);
    expect(read('2024-03-07T10:00:01+00:00 x', 'Asia/Tokyo')).toEqual([' x', '2024-03-07T10:00:01.000Z', 'exact']);
    expect(read('Thu 2024-03-07 10:00:01 UTC x', 'Asia/Tokyo')).toEqual([' x', '2024-03-07T10:00:01.000Z', 'exact']);
    expect(read('Thu 2024-03-07 19:00:01 JST x', 'Asia/Tokyo')).toEqual([' x', '2024-03-07T10:00:01.000Z', 'zone']);
  });

  test.each([
    '',
    'web1',
    'Mar',
    'Mar 32 10:00:00 x',
    'Mar  0 10:00:00 x',
    'Foo  7 10:00:00 x',
    'Mar  7 24:00:00 x',
    'Mar  7 10:60:00 x',
    'Mar  7 10:00:61 x',
    'Mar  7 10:00 x',
    '2024-13-07T10:00:00Z',
    '2024-03-07T10:00',
    '20240307T100000Z',
    '2024-03-07_10:00:00',
    '12345 x',
    'May be not',
    'Sun is shining',
  ])('"%s" begins with none', (line) => {
    expect(read(line)).toBeNull();
  });

  test('anywhere in a line', () => {
    const stamp = reader();
    expect(stamp.read('<34>Mar  7 10:00:01 web1', 4)).toBe(19);
    expect(stamp.read('<34>Mar  7 10:00:01 web1', 3)).toBe(-1);
  });
});

test('one reader for lines of many minutes, kinds and offsets', () => {
  const stamp = reader();
  const told = [
    'Mar  7 10:00:59 x',
    'Mar  7 10:01:00 x',
    '2024-03-07T10:00:01Z x',
    'Mar  7 10:01:01 x',
    '2024-03-07T10:00:02+01:00 x',
    'Mar  8 10:01:01 x',
  ].map((line) => [stamp.read(line, 0), new Date(stamp.time).toISOString(), stamp.certainty]);
  expect(told).toEqual([
    [15, '2026-03-07T10:00:59.000Z', 'year'],
    [15, '2026-03-07T10:01:00.000Z', 'year'],
    [20, '2024-03-07T10:00:01.000Z', 'exact'],
    [15, '2026-03-07T10:01:01.000Z', 'year'],
    [25, '2024-03-07T09:00:02.000Z', 'exact'],
    [15, '2026-03-08T10:01:01.000Z', 'year'],
  ]);
});

const instants = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2090, 0, 1) });

property.prop([fc.array(instants, { minLength: 1, maxLength: 20 }), fc.integer({ min: -17 * 60, max: 17 * 60 })])(
  'RFC 3339 with any offset is read back, whatever came before',
  (times, minutes) => {
    const stamp = reader('Europe/Berlin');
    const sign = minutes < 0 ? '-' : '+';
    const offset = `${sign}${String(Math.floor(Math.abs(minutes) / 60)).padStart(2, '0')}:${String(Math.abs(minutes) % 60).padStart(2, '0')}`;
    for (const time of times) {
      const line = `${new Date(time + minutes * 60_000).toISOString().slice(0, -1)}${offset} host`;
      expect([stamp.read(line, 0), stamp.time, stamp.certainty]).toEqual([line.length - 5, time, 'exact']);
    }
  },
);

property.prop([fc.array(fc.string({ maxLength: 40 }), { maxLength: 20 })])(
  'no text makes it throw or read past the end',
  (lines) => {
    const stamp = reader();
    for (const line of lines)
      for (let at = 0; at <= line.length; at += 1) {
        const end = stamp.read(line, at);
        expect(end === -1 || (end > at && end <= line.length && Number.isFinite(stamp.time))).toBe(true);
      }
  },
);

describe('asctime, the year at its end', () => {
  test.each([
    ['Mon Mar  9 10:00:01 2026', 24, '2026-03-09T09:00:01.000Z', 'zone'],
    ['Mon Mar  9 10:00:01.25 2026 text', 27, '2026-03-09T09:00:01.250Z', 'zone'],
    ['Mon Mar  9 10:00:01 UTC 2026 text', 28, '2026-03-09T10:00:01.000Z', 'exact'],
    ['Mon Mar  9 10:00:01 CET 2026 text', 28, '2026-03-09T09:00:01.000Z', 'zone'],
    ['Mon Mar  9 10:00:01 +0200 2026', 30, '2026-03-09T08:00:01.000Z', 'exact'],
  ])('%s', (text, end, at, certainty) => {
    const stamp = new StampReader(new Zone('Europe/Berlin'), () => 1999);
    expect(stamp.readAsctime(text)).toBe(end);
    expect([new Date(stamp.time).toISOString(), stamp.certainty]).toEqual([at, certainty]);
  });

  test.each([
    'Mon Mar  9 10:00:01',
    'Mon Foo  9 10:00:01 2026',
    'Mon Mar  9 25:00:01 2026',
    'Mon Mar  9 10:00:01 20266',
  ])('%s is none', (text) => {
    expect(new StampReader(new Zone('UTC'), () => 1999).readAsctime(text)).toBe(-1);
  });
});

describe('an hour that is written twice', () => {
  const readAll = (times: readonly string[], date = 'Oct 25') => {
    const stamp = new StampReader(new Zone('Europe/Berlin'), () => 2026);
    return times.map((time) => {
      expect(stamp.read(`${date} ${time} web1`, 0)).toBe(15);
      return new Date(stamp.time).toISOString().slice(11, 19);
    });
  };

  test('lines after the step back belong to the second pass', () => {
    const told = readAll(['01:59:59', '02:00:01', '02:59:58', '02:00:02', '02:40:00', '02:59:59', '03:00:01']);
    expect(told).toEqual(['23:59:59', '00:00:01', '00:59:58', '01:00:02', '01:40:00', '01:59:59', '02:00:01']);
  });

  test('a small step back is disorder', () => {
    expect(readAll(['02:30:00', '02:25:00', '02:31:00'])).toEqual(['00:30:00', '00:25:00', '00:31:00']);
  });

  test('on any other day a step back stays one', () => {
    expect(readAll(['02:59:00', '02:00:00', '02:10:00'], 'Oct 26')).toEqual(['01:59:00', '01:00:00', '01:10:00']);
  });
});

test('months in English, any case', () => {
  expect(['Jan', 'feb', 'DEC', 'Foo', ''].map(monthOf)).toEqual([0, 1, 11, undefined, undefined]);
});

test('civil time out of range is no time', () => {
  expect(civil(2024, 1, 29, 23, 59, 60)).toBe(Date.UTC(2024, 2, 1));
  expect([
    civil(2024, 12, 1, 0, 0, 0),
    civil(2024, 0, 0, 0, 0, 0),
    civil(2024, 0, 1, 24, 0, 0),
    civil(2024, 0, 1, 0, 0, 61),
  ]).toEqual([NaN, NaN, NaN, NaN]);
  expect(civil(Number.NaN, 0, 1, 0, 0, 0)).toBeNaN();
});
