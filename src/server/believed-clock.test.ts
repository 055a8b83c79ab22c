import { describe, expect, test } from 'vitest';
import { BelievedClock } from './believed-clock.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BEGIN_MS = Date.parse('2026-11-22T09:00:00Z');

/** A clock of a test: time passes, and it can be set. */
function clockAt(wallMs: number, knownMs: number | null = null) {
  const at = { wallMs, steadyMs: 500 };
  const clock = new BelievedClock({ wallMs: () => at.wallMs, steadyMs: () => at.steadyMs, knownMs });
  return {
    look: () => clock.look(),
    pass: (ms: number) => {
      at.wallMs += ms;
      at.steadyMs += ms;
    },
    set: (byMs: number) => {
      at.wallMs += byMs;
    },
  };
}

const believed = (nowMs: number) => ({ nowMs });
const doubted = { doubt: expect.stringMatching(/leapt ahead by \d+ days/) };

describe('the clock', () => {
  test('is believed while it goes on as time does, for years', () => {
    const clock = clockAt(BEGIN_MS, BEGIN_MS - DAY_MS);
    for (let day = 1; day <= 1000; day += 1) {
      clock.pass(DAY_MS);
      expect(clock.look()).toEqual(believed(BEGIN_MS + day * DAY_MS));
    }
  });

  test('that leaps ahead is not believed, and is when it is set right', () => {
    const clock = clockAt(BEGIN_MS);
    clock.set(365 * DAY_MS);
    expect(clock.look()).toEqual({ doubt: expect.stringContaining('by 365 days, to 2027-11-22') });
    clock.pass(HOUR_MS);
    expect(clock.look()).toEqual(doubted);
    clock.set(-365 * DAY_MS);
    expect(clock.look()).toEqual(believed(BEGIN_MS + HOUR_MS));
  });

  test('is believed when it stayed so for three days, and a second leap begins them anew', () => {
    const clock = clockAt(BEGIN_MS);
    clock.set(365 * DAY_MS);
    expect(clock.look()).toEqual(doubted);
    clock.pass(2 * DAY_MS);
    clock.set(30 * DAY_MS);
    expect(clock.look()).toEqual(doubted);
    clock.pass(2 * DAY_MS);
    expect(clock.look()).toEqual(doubted);
    clock.pass(DAY_MS);
    expect(clock.look()).toEqual(believed(BEGIN_MS + 400 * DAY_MS));
    clock.pass(HOUR_MS);
    expect(clock.look()).toMatchObject({ nowMs: expect.any(Number) });
  });

  test('that leaps a little again and again is not believed for long', () => {
    const clock = clockAt(BEGIN_MS);
    clock.set(DAY_MS);
    expect(clock.look()).toEqual(believed(BEGIN_MS + DAY_MS));
    clock.pass(1000);
    clock.set(DAY_MS);
    clock.look();
    clock.set(DAY_MS);
    expect(clock.look()).toEqual(doubted);
  });

  test('that was wrong at the start is told by what was known before', () => {
    expect(clockAt(BEGIN_MS + 400 * DAY_MS, BEGIN_MS).look()).toEqual(doubted);
    expect(clockAt(BEGIN_MS + DAY_MS, BEGIN_MS).look()).toEqual(believed(BEGIN_MS + DAY_MS));
    expect(clockAt(0, BEGIN_MS).look()).toEqual(believed(0)); // it gives nothing up
  });

  test('that has no battery is believed when it is set after the start', () => {
    const clock = clockAt(0, BEGIN_MS);
    clock.pass(60_000);
    clock.look();
    clock.set(BEGIN_MS + DAY_MS);
    expect(clock.look()).toEqual(believed(BEGIN_MS + DAY_MS + 60_000));
  });
});
