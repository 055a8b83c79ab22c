import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { Zone } from '../core/zone.ts';
import { Census, yearsFrom } from './census.ts';

const UTC = new Zone('UTC');
const DAY_MS = 86_400_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const line = (time: number, before = '') => {
  const at = new Date(time);
  return `${before}${MONTHS[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)} 10:00:00 web1 cron: x\n`;
};
const census = (text: string) => {
  const one = new Census();
  one.push(Buffer.from(text));
  return one;
};
const NOW = Date.parse('2026-03-10T00:00:00Z');
/** The years that a log's stamps get. */
function yearsOf(text: string, endMs = NOW): number[] {
  const year = yearsFrom(census(text).years(endMs, UTC), null, UTC);
  return [...text.matchAll(/^(?:<\d+>)?(\w{3}) {1,2}(\d+)/gm)].map(([, month = '', day]) =>
    year(MONTHS.indexOf(month), Number(day)),
  );
}

describe('years of a log', () => {
  test('by its end', () => {
    expect(yearsOf('Mar  9 10:00:00 a\n')).toEqual([2026]);
    expect(yearsOf('Mar 12 10:00:00 a\n')).toEqual([2025]);
    expect(yearsOf('Dec 31 10:00:00 a\nJan  1 10:00:00 a\n')).toEqual([2025, 2026]);
    expect(yearsOf('<13>Dec 31 10:00:00 a\n<13>Jan  1 10:00:00 a\n')).toEqual([2025, 2026]);
    expect(yearsOf('Feb 29 10:00:00 a\nMar  1 10:00:00 a\n')).toEqual([2024, 2024]);
    expect(yearsOf('Mar 9 10:00:00 a\nMar 1 10:00:00 a\n')).toEqual([2026, 2026]); // one digit, not padded
  });

  test('lines of other formats between are passed over', () => {
    expect(yearsOf('text\nDec 31 10:00:00 a\n\nMarch\n{}\nJan  1 10:00:00 a\n')).toEqual([2025, 2026]);
  });

  test('a pile of unrelated lines: each the latest year that is not after the end', () => {
    const pile = ['Nov  3', 'Mar  7', 'Dec 24', 'Feb 29', 'Jun  1', 'Jan  5', 'Oct 31', 'Apr  2']
      .map((day) => `${day} 10:00:00 a\n`)
      .join('');
    expect(yearsOf(pile)).toEqual([2025, 2026, 2025, 2024, 2025, 2026, 2025, 2025]);
  });

  test('without any stamp the year is the end’s', () => {
    expect(census('text\n').years(NOW, UTC)).toEqual({ base: 2026, endMs: NOW });
    expect(census('text\n').mark()).toBeNull();
  });

  test('the zone decides where the year ends', () => {
    const end = Date.parse('2025-12-30T20:00:00Z');
    expect(census('Jan  1 01:00:00 a\n').years(end, new Zone('Asia/Tokyo')).base).toBe(2026);
    expect(census('Jan  2 01:00:00 a\n').years(end, UTC).base).toBe(2025);
  });
});

/** Days of a log that runs forward, in ms. */
const logs = fc
  .tuple(
    fc.integer({ min: Date.UTC(1990, 0, 1) / DAY_MS, max: Date.UTC(2050, 0, 1) / DAY_MS }),
    fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 30 }),
  )
  .map(([start, steps]) => {
    let day = start;
    return [start, ...steps.map((step) => (day += step))].map((at) => at * DAY_MS);
  });

property.prop([logs, fc.nat({ max: 30 }), fc.nat({ max: 25 })])(
  'a log is dated right wherever it is cut into pieces',
  (days, cut, quiet) => {
    const at = Math.min(cut, days.length);
    const whole = new Census();
    whole.push(
      Buffer.from(
        days
          .slice(0, at)
          .map((day) => line(day))
          .join(''),
      ),
    );
    const mark = whole.mark();
    whole.push(
      Buffer.from(
        days
          .slice(at)
          .map((day) => line(day, '<38>'))
          .join(''),
      ),
    );
    const years = whole.years((days.at(-1) ?? 0) + quiet * DAY_MS, UTC);
    const told = [days.slice(0, at), days.slice(at)].flatMap((piece, index) => {
      const year = yearsFrom(years, index === 0 ? null : mark, UTC);
      return piece.map((day) => {
        const date = new Date(day);
        return Date.UTC(year(date.getUTCMonth(), date.getUTCDate()), date.getUTCMonth(), date.getUTCDate());
      });
    });
    expect(told).toEqual(days);
  },
);
