import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advance, meanGapMs, NO_RHYTHM, type Rhythm, type RhythmWindow, ratePerHour, silentAfterMs } from './rhythm.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Windows of one kind, one after the other. */
function steady(count: number, everyMs: number, records: number): Rhythm {
  let rhythm = NO_RHYTHM;
  for (let at = 0; at < count; at += 1)
    rhythm = advance(rhythm, { firstMs: at * everyMs, lastMs: at * everyMs, records });
  return rhythm;
}

describe('a rhythm', () => {
  test('of a steady source is known within the hour', () => {
    const rhythm = steady(60, 60_000, 10);
    expect(ratePerHour(rhythm)).toBeCloseTo(600 * (60 / 59), 0);
    expect(meanGapMs(rhythm)).toBeCloseTo(5900, -2);
    expect(silentAfterMs(rhythm)).toBe(5 * 60_000);
  });

  test('of an hourly job is no silence in between', () => {
    const rhythm = steady(48, HOUR, 60);
    expect(ratePerHour(rhythm)).toBeGreaterThan(55);
    expect(silentAfterMs(rhythm)).toBeGreaterThan(1.5 * HOUR);
    expect(silentAfterMs(rhythm)).toBeLessThan(3 * HOUR);
  });

  test('remembers quiet nights for days', () => {
    let rhythm = NO_RHYTHM;
    for (let day = 0; day < 5; day += 1)
      for (let hour = 8; hour < 18; hour += 0.1) {
        const at = day * DAY + hour * HOUR;
        rhythm = advance(rhythm, { firstMs: at, lastMs: at, records: 50 });
      }
    expect(silentAfterMs(rhythm)).toBeGreaterThan(14 * HOUR);
  });

  test('of few records, or of one moment, is none', () => {
    expect(silentAfterMs(NO_RHYTHM)).toBeNull();
    expect(silentAfterMs(steady(3, HOUR, 1))).toBeNull();
    expect(silentAfterMs(advance(NO_RHYTHM, { firstMs: 5, lastMs: 5, records: 1e6 }))).toBeNull();
    expect(ratePerHour(NO_RHYTHM)).toBeNull();
    expect(meanGapMs(NO_RHYTHM)).toBeNull();
  });

  test('does not take our own pause for the source’s', () => {
    const before = steady(60, 60_000, 10);
    const at = 3 * DAY;
    const after = advance(before, { firstMs: at, lastMs: at + 1000, records: 5, afterPause: true });
    expect(after.longestGapMs).toBeLessThanOrEqual(60_000);
    expect(advance(before, { firstMs: at, lastMs: at + 1000, records: 5 }).longestGapMs).toBeGreaterThan(2 * DAY);
  });

  test('changes with the source: yesterday counts for less', () => {
    let rhythm = steady(1440, 60_000, 100);
    for (let minute = 1440; minute < 1440 * 4; minute += 1)
      rhythm = advance(rhythm, { firstMs: minute * 60_000, lastMs: minute * 60_000, records: 1 });
    expect(ratePerHour(rhythm)).toBeLessThan(400);
  });

  test('stays in bounds whatever clocks do', () => {
    const stamp = fc.integer({ min: 0, max: 4e12 });
    const window = fc.record({
      firstMs: stamp,
      lastMs: stamp,
      records: fc.integer({ min: 1, max: 1e6 }),
      longestGapMs: fc.nat(),
      afterPause: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(window, { maxLength: 30 }), (windows: RhythmWindow[]) => {
        const rhythm = windows.reduce(advance, NO_RHYTHM);
        for (const number of [rhythm.records, rhythm.spanMs, rhythm.longestGapMs]) {
          expect(number).toBeGreaterThanOrEqual(0);
          expect(Number.isFinite(number)).toBe(true);
        }
        expect(rhythm.spanMs).toBeLessThanOrEqual(DAY * 1.0001);
        const silent = silentAfterMs(rhythm);
        expect(silent === null || silent >= 5 * 60_000).toBe(true);
      }),
    );
  });
});
