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

const MINUTE_US = 60_000_000;

/** Where looks begin: their lengths in minutes before `endUs`, null for all the rest. Each goes on where the one before it ended. */
function expectLengths(asked: readonly Times[], endUs: number, lengths: readonly (number | null)[]): void {
  expect(asked.map(({ toUs }) => toUs)).toEqual([null, ...asked.map(({ fromUs }) => fromUs)].slice(0, asked.length));
  expect(asked).toHaveLength(lengths.length);
  for (const [nth, length] of lengths.entries()) {
    const fromUs = asked[nth]?.fromUs ?? null;
    const told = fromUs === null ? null : (endUs - fromUs) / MINUTE_US;
    if (length === null) expect(told).toBeNull();
    expect(told ?? 0).toBeGreaterThanOrEqual(length ?? 0); // a full step begins at most an eighth before
    expect(told ?? 0).toBeLessThanOrEqual((length ?? 0) * 1.125);
  }
}

test('no look is further than what was found makes one expect', async () => {
  const firstUs = 10 * MINUTE_US;
  const each = storeOf(Array.from({ length: 1000 }, (_, nth) => END_US - nth * 4 * MINUTE_US));
  expect(await lookBack(each.look, wish({ limit: 8, firstUs }))).toHaveLength(8);
  expectLengths(each.store.asked, END_US, [10, 40]);
  const none = storeOf([0]);
  expect(await lookBack(none.look, wish({ guesses: 1, firstUs }))).toEqual([0]);
  expectLengths(none.store.asked, END_US, [10, 10_000, null]);
  const short = storeOf([END_US - 1]);
  expect(await lookBack(short.look, wish({ firstUs, fromUs: END_US - firstUs }))).toEqual([END_US - 1]);
  expectLengths(short.store.asked, END_US, [null]);
});

test('beyond a year is all the rest; a quiet while is passed over, but not by a year', async () => {
  const endUs = 1_700_000_000_000_000;
  const firstUs = 10 * MINUTE_US;
  const late = storeOf([1, 2, 3].map((minutes) => endUs - minutes * MINUTE_US));
  expect(await lookBack(late.look, wish({ limit: 101, endUs, firstUs }))).toHaveLength(3);
  expectLengths(late.store.asked, endUs, [10, 505, 505 * 64, null]);
  const quiet = storeOf([endUs - 300 * 1440 * MINUTE_US]);
  expect(await lookBack(quiet.look, wish({ endUs, firstUs }))).toHaveLength(1);
  expectLengths(quiet.store.asked, endUs, [10, 10_000, null]);
});

test('the same looks are made for a while, though time goes on', async () => {
  const nothing = storeOf([]);
  for (let second = 0; second < 40; second += 1)
    await lookBack(nothing.look, wish({ endUs: END_US + second * 1_000_000, firstUs: 10 * MINUTE_US }));
  const begins = new Set(nothing.store.asked.map(({ fromUs, toUs }) => `${fromUs} ${toUs}`));
  expect(nothing.store.asked).toHaveLength(3 * 40);
  expect(begins.size).toBeLessThanOrEqual(6);
});
