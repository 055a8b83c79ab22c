import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { firstYear, runningYear, YearTurns } from './years.ts';

const DAY_MS = 86_400_000;
const utc = (instantMs: number) => instantMs;

/** Dates as [month, day] from text: "Dec 31" → [11, 31]. */
const dates = (text: string): [number, number][] =>
  text.split(', ').map((date) => {
    const at = new Date(`${date} 2024 UTC`);
    return [at.getUTCMonth(), at.getUTCDate()];
  });

const turnsOf = (text: string) => {
  const turns = new YearTurns();
  return dates(text).map(([month, day]) => turns.next(month, day));
};

describe('turns of the year', () => {
  test.each([
    ['Jan 1, Feb 2, Dec 31', [0, 0, 0]],
    ['Dec 31, Jan 1, Jan 2', [0, 1, 1]],
    ['Dec 31, Jan 1, Dec 31, Jan 1, Jan 2', [0, 1, 0, 1, 1]], // last night's lines come late
    ['Jan 1, Dec 31, Jan 1', [0, -1, 0]], // the log begins with one that came late
    ['Mar 10, Mar 9, Feb 20, Mar 11', [0, 0, 0, 0]], // a queue that was held up
    ['Nov 1, Mar 1, Nov 1, Mar 1', [0, 1, 1, 2]],
    ['Feb 28, Feb 29, Mar 1', [0, 0, 0]],
    ['Jun 1, Jun 1', [0, 0]],
  ])('%s', (text, expectedTurns) => {
    expect(turnsOf(text)).toEqual(expectedTurns);
  });
});

describe('the year of the first stamp', () => {
  const first = (last: string, turns: number, end: string, leapTurn: number | null = null) => {
    const [[month, day] = [0, 0]] = dates(last);
    return firstYear({ last: { month, day }, turns, leapTurn }, Date.parse(end), utc);
  };

  test('its last stamp lies not after the end by more than a day', () => {
    expect(first('Mar 9', 0, '2026-03-09T00:00:00Z')).toBe(2026);
    expect(first('Mar 10', 0, '2026-03-09T00:00:00Z')).toBe(2026); // a clock or zone ahead
    expect(first('Mar 11', 0, '2026-03-09T00:00:00Z')).toBe(2025);
    expect(first('Jan 2', 1, '2026-01-02T00:00:00Z')).toBe(2025);
    expect(first('Jan 1', 1, '2025-12-31T20:00:00Z')).toBe(2025);
    expect(first('Dec 31', 0, '2026-01-05T00:00:00Z')).toBe(2025);
  });

  test('a 29 February stands in a leap year', () => {
    expect(first('Mar 1', 0, '2026-03-09T00:00:00Z', 0)).toBe(2024);
    expect(first('Mar 1', 1, '2025-03-09T00:00:00Z', 0)).toBe(2024);
    expect(first('Mar 1', 1, '2024-03-09T00:00:00Z', 1)).toBe(2023);
    expect(first('Mar 1', 0, '1900-03-09T00:00:00Z', 0)).toBe(1896);
  });

  test('the end is taken in the log’s zone', () => {
    const nineHoursAhead = (instantMs: number) => instantMs + 9 * 3_600_000;
    const census = { last: { month: 0, day: 2 }, turns: 0, leapTurn: null };
    expect(firstYear(census, Date.parse('2025-12-31T16:00:00Z'), nineHoursAhead)).toBe(2026);
    expect(firstYear(census, Date.parse('2025-12-31T14:00:00Z'), utc)).toBe(2025);
  });
});

test('a running year goes on from the place that a piece of a log begins after', () => {
  const year = runningYear(2025, { month: 11, day: 31 });
  expect([year(11, 31), year(0, 1), year(5, 1), year(11, 31), year(0, 1)]).toEqual([2025, 2026, 2026, 2026, 2027]);
});

const gaps = fc.array(fc.integer({ min: 0, max: 299 }), { minLength: 1, maxLength: 40 });

property.prop([
  fc.date({ min: new Date('1972-01-01'), max: new Date('2060-01-01'), noInvalidDate: true }),
  gaps,
  fc.integer({ min: 0, max: 20 }),
])('a log that runs forward over up to three years is dated right, given its end', (begin, steps, quietDays) => {
  const start = Math.floor(begin.getTime() / DAY_MS) * DAY_MS;
  const days: number[] = [start];
  for (const step of steps) {
    const next = (days.at(-1) ?? 0) + step * DAY_MS;
    if (next - start <= 3 * 365 * DAY_MS) days.push(next);
  }
  const turns = new YearTurns();
  let leapTurn: number | null = null;
  let last = { month: 0, day: 1 };
  const stamps = days.map((time) => {
    const at = new Date(time);
    last = { month: at.getUTCMonth(), day: at.getUTCDate() };
    const turn = turns.next(last.month, last.day);
    if (last.month === 1 && last.day === 29) leapTurn = turn;
    return last;
  });
  const endMs = (days.at(-1) ?? 0) + quietDays * DAY_MS;
  const year = runningYear(firstYear({ last, turns: turns.turns, leapTurn }, endMs, utc));
  const told = stamps.map(({ month, day }) => Date.UTC(year(month, day), month, day));
  expect(told).toEqual(days);
});
