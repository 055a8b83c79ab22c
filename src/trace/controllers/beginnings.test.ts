import { describe, expect, test } from 'vitest';
import { type Beginning, rolloutOf } from './beginnings.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Hosts seen from the start, broken into at `since`, that first talked to the end at `first`. */
const hosts = (times: readonly (readonly [since: number, first: number])[]): Beginning[] =>
  times.map(([since, first]) => ({ since, seen: 0, first }));
const quiet = (firsts: readonly number[]): Beginning[] =>
  firsts.map((first) => ({ since: Number.NaN, seen: 0, first }));

describe('rolloutOf', () => {
  const rolled = hosts([
    [1 * DAY, 5 * DAY],
    [2 * DAY, 5 * DAY + 600_000],
    [4 * DAY, 5 * DAY + HOUR],
  ]);

  test('hosts that begin at once, days after ways in that lie apart', () => {
    expect(rolloutOf(rolled, [])).toEqual({ withinMs: HOUR, quiet: 0 });
  });

  test('counts the quiet ones that begin in the same time, and no others', () => {
    const others = quiet([5 * DAY + 1200_000, 5 * DAY - 600_000, 2 * DAY, 9 * DAY]);
    expect(rolloutOf(rolled, others)).toEqual({ withinMs: HOUR, quiet: 2 });
  });

  test('nothing where each begins soon after its own way in', () => {
    const followed = hosts([
      [1 * DAY, 1 * DAY + HOUR],
      [2 * DAY, 2 * DAY + HOUR],
      [4 * DAY, 4 * DAY + HOUR],
    ]);
    expect(rolloutOf(followed, [])).toBeNull();
  });

  test('nothing where all were broken into at once', () => {
    const together = hosts([
      [DAY, DAY + HOUR],
      [DAY + 1000, DAY + HOUR],
      [DAY + 2000, DAY + HOUR],
    ]);
    expect(rolloutOf(together, [])).toBeNull();
  });

  test('nothing by hosts whose logs only begin then, whose way in is unknown, or that knew it before', () => {
    const late = rolled.map((one) => ({ ...one, seen: one.first }));
    const unknown = rolled.map((one) => ({ ...one, since: Number.NaN }));
    const known = rolled.map((one) => ({ ...one, since: 6 * DAY }));
    for (const none of [late, unknown, known, rolled.slice(1)]) expect(rolloutOf(none, [])).toBeNull();
  });
});
