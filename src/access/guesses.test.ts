import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Guesses } from './guesses.ts';

const HOUR_MS = 3_600_000;
let guesses: Guesses;
const fresh = () => {
  guesses = new Guesses(randomBytes(32));
};

/** How many of so many tries were let through, one each `stepMs`. */
function let_(tries: number, stepMs: number, name: (at: number) => string, address: (at: number) => string): number {
  let through = 0;
  for (let at = 0; at < tries; at += 1)
    try {
      guesses.begin('password', name(at), address(at), 1e12 + at * stepMs);
      through += 1;
    } catch (error) {
      expect(error).toMatchObject({ code: 'E_BUSY', message: expect.stringMatching(/wait \d+ s/) });
    }
  return through;
}

describe('guessing', () => {
  test('at one name, from anywhere, becomes slow: no more than two a minute in the long run', () => {
    fresh();
    expect(
      let_(
        HOUR_MS / 100,
        100,
        () => 'ann',
        (at) => `203.0.${at >> 8}.${at & 255}`,
      ),
    ).toBeLessThan(120);
  });

  test('from one address, at any names, becomes slow; an IPv6 network is one', () => {
    fresh();
    expect(
      let_(
        HOUR_MS / 100,
        100,
        (at) => `name-${at}`,
        () => '203.0.113.1',
      ),
    ).toBeLessThan(110);
    fresh();
    expect(
      let_(
        HOUR_MS / 100,
        100,
        (at) => `name-${at}`,
        (at) => `2001:db8::${at.toString(16)}`,
      ),
    ).toBeLessThan(110);
  });

  test('a flood of names and addresses makes nobody forgotten', () => {
    fresh();
    let_(
      20,
      1,
      () => 'ann',
      (at) => `198.51.100.${at}`,
    );
    let_(
      50_000,
      0,
      (at) => `flood-${at}`,
      (at) => `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`,
    );
    expect(() => guesses.begin('password', 'ann', '192.0.2.1', 1e12 + 20)).toThrow('wait');
  });

  test('is forgotten in time; what was right costs nothing, and makes the place known', () => {
    fresh();
    for (let at = 0; at < 1000; at += 1) guesses.begin('password', 'ann', '192.0.2.1', 1e12)();
    let_(
      100,
      1,
      () => 'ann',
      (at) => `203.0.113.${at}`,
    );
    expect(() => guesses.begin('password', 'ann', '198.51.100.1', 1e12 + 200)).toThrow('wait');
    guesses.begin('password', 'ann', '192.0.2.1', 1e12 + 200)();
    guesses.begin('password', 'ann', '198.51.100.1', 1e12 + HOUR_MS)();
  });

  test('a clock that is set back keeps nobody out', () => {
    fresh();
    guesses.begin('password', 'ann', '192.0.2.1', 1e12);
    guesses.begin('password', 'ann', '192.0.2.1', 1e12 - HOUR_MS);
    let_(
      30,
      1,
      () => 'bob',
      () => '192.0.2.7',
    );
    expect(() => guesses.begin('password', 'bob', '192.0.2.7', 1e12 - HOUR_MS)).toThrow('wait');
    guesses.begin('password', 'bob', '192.0.2.7', 1e12 - HOUR_MS + 20 * 60_000);
  });

  test('what nobody could answer was no guess, and makes no place known', () => {
    fresh();
    for (let at = 0; at < 1000; at += 1) guesses.begin('password', 'ann', '192.0.2.1', 1e12)('unanswered');
    let_(
      100,
      1,
      () => 'ann',
      (at) => `203.0.113.${at}`,
    );
    expect(() => guesses.begin('password', 'ann', '192.0.2.1', 1e12 + 200)).toThrow('wait');
  });

  test('codes wait longer than passwords', () => {
    fresh();
    let through = 0;
    for (let at = 0; at < (24 * HOUR_MS) / 10_000; at += 1)
      try {
        guesses.begin('code', 'ann', `203.0.${at >> 8}.${at & 255}`, 1e12 + at * 10_000);
        through += 1;
      } catch {}
    expect(through).toBeLessThan(120); // of a million codes, three of which hold
  });
});
