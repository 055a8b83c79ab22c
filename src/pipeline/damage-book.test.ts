import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Damage } from '../ledger/readable.ts';
import { DamageBook } from './damage-book.ts';

const folder = mkdtempSync(join(tmpdir(), 'spoor-damage-'));
afterAll(() => rmSync(folder, { recursive: true }));
let books = 0;

function fresh() {
  books += 1;
  const path = join(folder, `${books}.json`);
  const told: Damage[] = [];
  return { path, told, book: new DamageBook(path, (damage) => told.push(damage)) };
}

const indexes = (from: number, to: number) => Array.from({ length: to - from }, (_, nth) => from + nth);
const bits = ({ ranges }: DamageBook) => ranges.flatMap(({ from, to }) => indexes(from, to));

describe('DamageBook', () => {
  test('knows of each record what was said of it last, in ranges that are apart', () => {
    const range = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 20 })).map(([from, length]) => [from, from + length]);
    const step = fc.record({ range, damaged: fc.array(fc.nat(80), { maxLength: 5 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const { book, path } = fresh();
        const expected = new Set<number>();
        for (const { range: at, damaged } of steps) {
          const [from, to] = at as [number, number];
          const inside = [...new Set(damaged)].filter((one) => one >= from && one < to);
          for (const one of indexes(from, to)) expected.delete(one);
          for (const one of inside) expected.add(one);
          const damage = inside.map((one) => ({ from: one, to: one + 1, why: 'bad' }));
          book.read(from, to, damage);
        }
        expect(bits(book)).toEqual([...expected].sort((a, b) => a - b));
        expect(book.records).toBe(expected.size);
        const gaps = book.ranges.slice(1).map(({ from }, nth) => from - (book.ranges[nth]?.to as number));
        expect(gaps.every((gap) => gap >= 0)).toBe(true);
        expect(new DamageBook(path, () => {}).ranges).toEqual(book.ranges);
      }),
      { numRuns: 60 },
    );
  });

  test('tells of what is new alone, and in a sentence', () => {
    const { book, told } = fresh();
    expect(book.words).toBeNull();
    book.found([{ from: 256, to: 512, why: 'bundle 1 is damaged' }]);
    book.read(0, 1024, [{ from: 256, to: 512, why: 'bundle 1 is damaged' }]);
    book.found([{ from: 7000, to: 7001, why: 'other' }]);
    expect(told).toHaveLength(2);
    expect(book.words).toBe(
      '257 records are not as they were sealed, and no search finds them: records 256..511 and 1 other range: bundle 1 is damaged',
    );
    book.read(0, 8000, []);
    expect(book.words).toBeNull();
  });

  test('leaves out nothing where very many ranges are damaged, and takes a file that is none for empty', () => {
    const { book, path } = fresh();
    book.found(Array.from({ length: 1010 }, (_, nth) => ({ from: nth * 10, to: nth * 10 + 1, why: 'bad' })));
    expect(book.ranges.length).toBe(1000);
    const known = new Set(bits(book));
    for (let nth = 0; nth < 1010; nth += 1) expect(known.has(nth * 10)).toBe(true);
    writeFileSync(path, '{"damage":[{');
    expect(new DamageBook(path, () => {}).ranges).toEqual([]);
  });
});
