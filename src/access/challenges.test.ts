import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHALLENGE_MS, Challenges } from './challenges.ts';

const USE = { purpose: 'sign-in', asked: 'browser' } as const;

describe('challenges', () => {
  test('hold for who was asked, for what, for a while, and once', () => {
    const challenges = new Challenges(randomBytes);
    const text = challenges.make(USE, 1000).toString('base64url');
    expect(challenges.holds(text, USE, 1000)).toBe(true);
    expect(challenges.holds(text, { ...USE, asked: 'another' }, 1000)).toBe(false);
    expect(challenges.holds(text, { ...USE, purpose: 'second-factor' }, 1000)).toBe(false);
    expect(challenges.holds(text, USE, 999 + CHALLENGE_MS)).toBe(true);
    expect(challenges.holds(text, USE, 1000 + CHALLENGE_MS)).toBe(false);
    expect(new Challenges(randomBytes).holds(text, USE, 1000)).toBe(false); // of another process
    expect([challenges.use(text, 1000), challenges.use(text, 1000)]).toEqual([true, false]);
    expect(challenges.holds(text, USE, 1000)).toBe(false);
  });

  test('who and what cannot flow into each other', () => {
    const challenges = new Challenges(randomBytes);
    const text = challenges.make({ purpose: 'sign-in', asked: 'a' }, 0).toString('base64url');
    expect(challenges.holds(text, { purpose: 'sign-in', asked: '\0a' }, 0)).toBe(false);
  });

  test('of another spelling, cut or changed, hold for nothing', () => {
    const challenges = new Challenges(randomBytes);
    const made = challenges.make(USE, 0);
    const text = made.toString('base64url');
    fc.assert(
      fc.property(fc.nat(made.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Buffer.from(made);
        changed[at] = (changed[at] ?? 0) ^ by;
        expect(challenges.holds(changed.toString('base64url'), USE, 0)).toBe(false);
        expect(challenges.holds(text.slice(0, at), USE, 0)).toBe(false);
      }),
    );
    expect(challenges.holds(made.toString('base64'), USE, 0)).toBe(!/[+/=]/.test(made.toString('base64')));
    expect(challenges.holds(`${text}=`, USE, 0)).toBe(false);
  });

  test('a clock that is set back makes none last longer, nor hold twice', () => {
    const challenges = new Challenges(randomBytes);
    const day = 86_400_000;
    const before = challenges.make(USE, 2 * day).toString('base64url');
    expect(challenges.holds(before, USE, day)).toBe(false);
    expect(challenges.holds(before, USE, 2 * day)).toBe(true);
    const used = challenges.make(USE, 2 * day).toString('base64url');
    expect(challenges.use(used, day)).toBe(true);
    challenges.use(challenges.make(USE, day + CHALLENGE_MS + 1).toString('base64url'), day + CHALLENGE_MS + 1);
    expect(challenges.holds(used, USE, 2 * day)).toBe(false);
  });

  test('what was used is forgotten when it would not hold any more', () => {
    const challenges = new Challenges(randomBytes);
    const old = challenges.make(USE, 0).toString('base64url');
    challenges.use(old, 0);
    const later = challenges.make(USE, CHALLENGE_MS + 1).toString('base64url');
    expect(challenges.use(later, CHALLENGE_MS + 1)).toBe(true);
    expect(challenges.holds(old, USE, CHALLENGE_MS + 1)).toBe(false);
  });
});
