import fc from 'fast-check';
import { expect, test } from 'vitest';
import { peakOf } from './slots.ts';
import type { Part } from './tally-part.ts';

type Counted = readonly (readonly [slot: number, count: number])[];

/** The first and only row of a thread's counts; of them nothing but the slots is looked at. */
function partOf(slots: Counted): Part {
  const [keys, counts] = [0, 1].map((side) => Int32Array.from(slots, (one) => one[side] as number));
  return { packed: { slots: { starts: Int32Array.of(0, slots.length), keys, counts } }, row: 0 } as unknown as Part;
}

function naively(threads: readonly Counted[]): number {
  const all = threads.flat();
  const peaks = all.map(([from]) =>
    all.filter(([slot]) => slot === from || slot === from + 1).reduce((sum, [, count]) => sum + count, 0),
  );
  return Math.max(0, ...peaks);
}

const counted = fc.uniqueArray(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 9 })), { selector: ([slot]) => slot });
const inOrder = counted.map((slots) => slots.toSorted(([a], [b]) => a - b));

test('the peak is the same in whatever order and by however many threads slots were counted', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(counted, inOrder), { maxLength: 3 }), (threads) => {
      expect(peakOf(threads.map(partOf))).toBe(naively(threads));
    }),
  );
});
