import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rhythmOf, visitsOf } from './rhythm.ts';

/** Times `period` ms apart, each early or late by up to `jitter` of it. */
function beats(count: number, period: number, jitter: number, random: readonly number[] = []): number[] {
  let at = 1_000_000;
  return Array.from({ length: count }, (_, beat) => {
    const time = at;
    at += period * (1 + jitter * (2 * (random[beat % Math.max(1, random.length)] ?? 0.5) - 1));
    return time;
  });
}

describe('rhythmOf', () => {
  test('finds any period from 5 s to 6 h with little jitter', () => {
    const units = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 7, maxLength: 40 });
    fc.assert(
      fc.property(
        fc.integer({ min: 5000, max: 21_600_000 }),
        fc.double({ min: 0, max: 0.1, noNaN: true }),
        units,
        (period, jitter, noise) => {
          const rhythm = rhythmOf(beats(noise.length, period, jitter, noise));
          expect(rhythm).not.toBeNull();
          expect(Math.abs((rhythm?.periodMs ?? 0) / period - 1)).toBeLessThanOrEqual(0.11);
        },
      ),
    );
  });

  test('visits of several connections are one beat each', () => {
    const times = beats(20, 300_000, 0).flatMap((time) => [time, time + 200, time + 1200]);
    expect(rhythmOf(times)?.periodMs).toBe(300_000);
  });

  test('beats that come now a little sooner, now a little later than in a minute are each a visit', () => {
    const noise = [0.5, 0, 1, 0, 1, 0.5, 1, 0.5, 0, 0, 0.5, 1, 0.5, 1, 1];
    expect(rhythmOf(beats(noise.length, 60_000, 0.1, noise))?.periodMs).toBeCloseTo(60_000, -4);
  });

  test('missed beats and a night do not hide it', () => {
    const times = beats(40, 60_000, 0).filter((_, beat) => beat % 9 !== 4);
    const later = times.map((time) => time + 10 * 3_600_000);
    expect(rhythmOf([...times, ...later])?.periodMs).toBe(60_000);
  });

  test('a burst, a few times and chance have none', () => {
    expect(rhythmOf(beats(5, 60_000, 0))).toBeNull();
    const bursts = beats(5, 30_000_000, 0).flatMap((time) => Array.from({ length: 6 }, (_, at) => time + at * 700));
    expect(rhythmOf(bursts)).toBeNull();
    expect(rhythmOf([0, 5, 900, 1000, 1003, 4000, 4500, 9000, 9001, 20_000, 21_000].map((s) => s * 1000))).toBeNull();
  });
});

test('visitsOf keeps the first of those that are close', () => {
  expect(visitsOf([0, 1000, 2500, 9000], 2000)).toEqual([0, 9000]);
});
