import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ranked } from './telling.ts';

test('the first few of what came most often are the first of all', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.integer({ min: 1, max: 4 }))), fc.nat(9), (words, most) => {
      const counts = new Map(words);
      const all = ranked(counts);
      expect(all.toSorted(([, a], [, b]) => b - a)).toEqual(all);
      expect(all).toHaveLength(counts.size);
      expect(ranked(counts, most)).toEqual(all.slice(0, most));
    }),
  );
});
