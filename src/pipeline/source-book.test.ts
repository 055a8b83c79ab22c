import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { passableFolder } from '../../test/state-folder.ts';
import { openState, type State } from '../state/open.ts';
import { SourceBook } from './source-book.ts';
import { StreamCounts } from './stream-counts.ts';

const base = passableFolder();
let state: State;
beforeAll(async () => {
  state = await openState({ folder: join(base.path, 'state') });
});
afterAll(async () => {
  await state.close();
  base.remove();
});

const TYPES = new Map([['relp', 'relp']]);
let nth = 0;
const newOrigin = () => {
  nth += 1;
  return `book-${nth}.example/spoor`;
};

/** What a batch tells of records [from, to): each is of one stream, and came at its index in milliseconds. */
function told(from: number, to: number, stream = 'relp/192.0.2.7'): [string, StreamCounts][] {
  const counts = new StreamCounts({ kind: 'raw', fields: { via: 'relp:192.0.2.7:1' }, payload: Buffer.alloc(0) });
  for (let index = from; index < to; index += 1)
    counts.take({
      index,
      receivedAtUs: index * 1000 + 1,
      record: { kind: 'raw', fields: { stream }, payload: Buffer.from('x') },
    });
  return from === to ? [] : [[stream, counts]];
}

/** A book that counts parts of ranges anew, as the index does. */
function bookOf(origin: string): SourceBook {
  const recount = (from: number, to: number) => book.counted(told(from, to), { from, to });
  const book = new SourceBook(origin, TYPES, { recount });
  return book;
}

const recordsOf = async (origin: string) =>
  (await state.sources.list(origin)).reduce((sum, { records }) => sum + records, 0);

describe('sums of sources', () => {
  test('what is replayed is not joined to what is new', async () => {
    const origin = newOrigin();
    await state.sources.count(origin, 0, 20, [{ ...row, records: 20 }]);
    const book = new SourceBook(origin, TYPES);
    book.counted(told(10, 20), { from: 10, to: 20 });
    book.counted(told(20, 30), { from: 20, to: 30 });
    await book.flush(state.sources);
    expect(await recordsOf(origin)).toBe(30);
    expect(await state.sources.countedTo(origin)).toBe(30);
    expect(book.isEmpty).toBe(true);
  });

  test('a range that is kept in part is asked for anew, from there on', async () => {
    const origin = newOrigin();
    await state.sources.count(origin, 0, 20, [{ ...row, records: 20 }]);
    const book = bookOf(origin);
    book.counted(told(5, 25), { from: 5, to: 25 });
    book.counted(told(25, 40), { from: 25, to: 40 });
    await book.flush(state.sources);
    await book.flush(state.sources);
    expect(await recordsOf(origin)).toBe(40);
    expect(book.isEmpty).toBe(true);
  });

  test('a hole is waited for, and what comes while sums are kept is not lost', async () => {
    const origin = newOrigin();
    const book = bookOf(origin);
    book.counted(told(10, 20), { from: 10, to: 20 });
    await book.flush(state.sources);
    expect(await state.sources.countedTo(origin)).toBe(0);
    book.counted(told(0, 10), { from: 0, to: 10 });
    const flushing = book.flush(state.sources);
    for (let at = 20; at < 220; at += 1) book.counted(told(at, at + 1), { from: at, to: at + 1 });
    await flushing;
    await book.flush(state.sources);
    expect(await recordsOf(origin)).toBe(220);
  });

  test('whatever is replayed, cut otherwise, and out of order: each record counts once', async () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 199 }), { maxLength: 90 });
    const asked = fc.record({ first: cuts, again: cuts, kept: fc.integer({ min: 0, max: 200 }), seed: fc.nat() });
    await fc.assert(
      fc.asyncProperty(asked, async ({ first, again, kept, seed }) => {
        const origin = newOrigin();
        if (kept > 0) await state.sources.count(origin, 0, kept, [{ ...row, records: kept }]);
        const book = bookOf(origin);
        const ranges = [...rangesOf(first), ...rangesOf(again)];
        ranges.sort(([a], [b]) => ((a * 7919 + seed) % 211) - ((b * 7919 + seed) % 211));
        for (const [at, [from, to]] of ranges.entries()) {
          book.counted(told(from, to), { from, to });
          if ((seed + at) % 37 === 0) await book.flush(state.sources);
        }
        while (!book.isEmpty) await book.flush(state.sources);
        expect(await recordsOf(origin)).toBe(200);
      }),
      { numRuns: 15 },
    );
  });

  test('of a flood of senders, those beyond are counted together', async () => {
    const origin = newOrigin();
    const book = new SourceBook(origin, TYPES, { maxStreams: 50 });
    book.know(['relp/192.0.2.7']);
    for (let at = 0; at < 2000; at += 1) book.counted(told(at, at + 1, `relp/10.0.${at}.1`), { from: at, to: at + 1 });
    book.counted(told(2000, 2005), { from: 2000, to: 2005 });
    for (let at = 0; at < 2000; at += 1) book.dropped(`relp/10.1.${at}.1`, 1);
    await book.flush(state.sources);
    const rows = await state.sources.list(origin);
    expect(rows).toHaveLength(51);
    expect(rows.find(({ stream }) => stream === 'relp/192.0.2.7')?.records).toBe(5);
    expect(rows.find(({ stream }) => stream === 'relp/others')).toMatchObject({ records: 1951, dropped: 2000 });
    expect(await recordsOf(origin)).toBe(2005);
  });

  test('what waits is bounded by its sums, too: a flood of forged addresses takes no gigabyte', () => {
    const book = new SourceBook(newOrigin(), TYPES, { maxStreams: 3000 });
    for (let at = 0; at < 60; at += 1)
      book.counted(Array.from({ length: 2000 }, (_, nth) => told(at, at + 1, `relp/10.${at % 2}.${nth}.1`)).flat(), {
        from: at,
        to: at + 1,
      });
    expect(book.held).toBeLessThanOrEqual(20_000);
  });

  test('the pause before we listened is not the sender’s', async () => {
    const origin = newOrigin();
    const before = bookOf(origin);
    before.counted(told(0, 10), { from: 0, to: 10 });
    await before.flush(state.sources);
    const startedMs = 5000;
    const after = new SourceBook(origin, TYPES, { startedMs });
    const shifted = told(10_000, 10_010);
    after.counted(shifted, { from: 10, to: 20 });
    await after.flush(state.sources);
    expect((await state.sources.list(origin))[0]?.longestGapMs).toBeLessThan(10);
  });
});

const row = { stream: 'relp/192.0.2.7', bytes: 1, parsed: 0, unparsed: 0, firstMs: 1, lastMs: 1 };

test('sources are found page by page, and by what their stream holds', async () => {
  const origin = newOrigin();
  const names = Array.from({ length: 25 }, (_, nth) => `relp/${nth % 2 === 0 ? 'Web' : 'db'}_${nth}%`);
  await state.sources.count(
    origin,
    0,
    1,
    names.map((stream) => ({ ...row, stream, records: 1 })),
  );
  const all: string[] = [];
  for (let after: string | undefined; all.length < 25; after = all.at(-1)) {
    const { sources, total } = await state.sources.page(origin, { holding: '', after, limit: 10 });
    expect([total, sources.length]).toEqual([25, Math.min(10, 25 - all.length)]);
    all.push(...sources.map(({ stream }) => stream));
  }
  expect(all).toEqual((await state.sources.list(origin)).map(({ stream }) => stream));
  const found = await state.sources.page(origin, { holding: 'wEb_2', limit: 2 });
  expect([found.total, found.sources.length]).toEqual([4, 2]); // 2, 20, 22, 24
  expect((await state.sources.page(origin, { holding: '%', limit: 1 })).total).toBe(25);
  expect((await state.sources.page(origin, { holding: "' or 1=1", limit: 1 })).total).toBe(0);
});

function rangesOf(cuts: readonly number[]): [number, number][] {
  const at = [0, ...[...cuts].sort((a, b) => a - b), 200];
  return at.slice(1).map((to, before) => [at[before] as number, to]);
}
