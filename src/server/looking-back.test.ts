import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type LookingBack, lookBack, type Times } from './looking-back.ts';

const END_US = 1_000_000_000_000;

/** Times of rows, as a store gives them; `asked`: which looks there were. */
function storeOf(given: readonly number[]) {
  const store = { rows: [...given], asked: [] as Times[] };
  const look = async (times: Times, limit: number) => {
    store.asked.push(times);
    const { fromUs, toUs } = times;
    return store.rows
      .filter((at) => (fromUs === null || at >= fromUs) && (toUs === null || at < toUs))
      .sort((a, b) => b - a)
      .slice(0, limit);
  };
  return { store, look };
}

const wish = (more: Partial<LookingBack> = {}): LookingBack => ({
  ...{ limit: 5, fromUs: 0, endUs: END_US, firstUs: 10_000_000, guesses: 3 },
  ...more,
});

/** Mostly of late, and some that are later than now. */
const times = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: -50, max: 99 }))
    .map(([power, n]) => END_US - n * 10 ** power),
  { maxLength: 40 },
);

test('what is found are the newest, however far apart they are', () =>
  fc.assert(
    fc.asyncProperty(
      times,
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 0, max: 4 }),
      async (all, limit, guesses) => {
        const { store, look } = storeOf(all);
        const found = await lookBack(look, wish({ limit, guesses }));
        expect(found).toEqual([...all].sort((a, b) => b - a).slice(0, limit));
        expect(store.asked.length).toBeLessThanOrEqual(guesses + 2);
      },
    ),
  ));

test('what comes or leaves between two looks is there once or not at all, and all in its place', () =>
  fc.assert(
    fc.asyncProperty(times, fc.array(times, { maxLength: 4 }), fc.func(fc.boolean()), async (all, later, isErased) => {
      const { store, look } = storeOf([...new Set(all)]);
      const come = [...new Set(later.flat())].filter((at) => !all.includes(at));
      const left = new Set<number>();
      const found = await lookBack(
        async (range, limit) => {
          const answer = await look(range, limit);
          for (const at of store.rows) if (isErased(at)) left.add(at);
          store.rows = [...store.rows.filter((at) => !left.has(at)), ...come.splice(0, 3)];
          return answer;
        },
        wish({ limit: 12 }),
      );
      expect(found).toEqual([...new Set(found)].sort((a, b) => b - a));
      // Who was there from the first look to the last is missed only for what is newer.
      const last = found.length === 12 ? (found.at(-1) ?? 0) : Number.NEGATIVE_INFINITY;
      expect(found).toEqual(expect.arrayContaining(all.filter((at) => at > last && !left.has(at))));
    }),
  ));

test('no look is further than what was found makes one expect', async () => {
  const each = storeOf(Array.from({ length: 1000 }, (_, nth) => END_US - nth * 4_000_000));
  expect(await lookBack(each.look, wish({ limit: 8 }))).toHaveLength(8);
  expect(each.store.asked).toEqual([
    { fromUs: END_US - 10_000_000, toUs: null },
    { fromUs: END_US - 40_000_000, toUs: END_US - 10_000_000 },
  ]);
  const none = storeOf([0]);
  expect(await lookBack(none.look, wish({ guesses: 1 }))).toEqual([0]);
  expect(none.store.asked).toEqual([
    { fromUs: END_US - 10_000_000, toUs: null },
    { fromUs: END_US - 10_000_000_000, toUs: null },
    { fromUs: null, toUs: null },
  ]);
  const short = storeOf([END_US - 1]);
  expect(await lookBack(short.look, wish({ fromUs: END_US - 10_000_000 }))).toEqual([END_US - 1]);
  expect(short.store.asked).toEqual([{ fromUs: null, toUs: null }]);
});
