import { expect, test } from 'vitest';
import { heldClockTroubles } from './held-clock.ts';

test('a clock that was ahead is told: since when, and how far', () => {
  const nowMs = Date.UTC(2026, 10, 22, 12);
  const [told] = heldClockTroubles(
    { sinceUs: (nowMs - 3_600_000) * 1000, latestUs: (nowMs + 86_400_000) * 1000 },
    nowMs,
  );
  expect(told?.at).toBe('2026-11-22T11:00:00.000Z');
  expect(told?.what).toMatch(/stand still at 2026-11-23T12:00:00.000Z, until the clock is there \(in 1 d\)/);
  expect(heldClockTroubles(null, nowMs)).toEqual([]);
});
