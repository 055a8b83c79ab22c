import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chanceLog10 } from './chance.ts';

function choose(n: number, k: number): number {
  let result = 1;
  for (let at = 1; at <= k; at += 1) result = (result * (n - k + at)) / at;
  return k < 0 || k > n ? 0 : result;
}

test('is the upper tail of the hypergeometric distribution', () => {
  const small = fc.integer({ min: 0, max: 12 });
  fc.assert(
    fc.property(small, small, small, small, (a, restA, q, restQ) => {
      const [allA, allQ] = [a + restA, q + restQ];
      let sum = 0;
      for (let hit = a; hit <= Math.min(a + q, allA); hit += 1) sum += choose(allA, hit) * choose(allQ, a + q - hit);
      expect(10 ** chanceLog10(a, allA, q, allQ)).toBeCloseTo(sum / choose(allA + allQ, a + q), 9);
    }),
  );
});

test.each([
  [9, 10, 0, 40, -8],
  [10, 10, 40, 40, 0],
  [1, 10, 0, 40, -1],
  [5, 5, 0, 0, 0],
])('%i of %i affected, %i of %i quiet: about 10^%i', (affected, allAffected, quiet, allQuiet, power) => {
  expect(Math.round(chanceLog10(affected, allAffected, quiet, allQuiet))).toBeCloseTo(power, 0);
});
