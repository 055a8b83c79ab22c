import { test as property } from '@fast-check/vitest';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Event } from '../core/event.ts';
import { refOf } from './ref.ts';
import { CITED, FIRST_EVENT, RefStore, refAt, refsOf } from './ref-store.ts';

const template = { fields: {}, memo: null };

/** An event as far as a reference needs it: of its text, or in a block between other bytes. */
function eventOf(line: number, raw: Buffer, placed: boolean): Event {
  const text = raw.toString();
  if (!placed) return { line, raw: text, shape: null } as unknown as Event;
  const block = Buffer.concat([Buffer.from('before\n'), raw, Buffer.from('\nafter')]);
  return { line, raw: text, shape: template, block, start: 7, end: 7 + raw.length } as unknown as Event;
}

const raw = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => Buffer.from(text)),
  fc.integer({ min: 2000, max: 5000 }).map((length) => Buffer.from('é😀x'.repeat(length / 3))),
);
const reference = fc.record({
  row: fc.nat(4),
  task: fc.nat(3),
  line: fc.integer({ min: 1, max: 2 ** 31 }),
  raw,
  placed: fc.boolean(),
});

property.prop([fc.array(reference, { maxLength: 600 })])('what was kept is what the event says, by row', (all) => {
  const store = new RefStore();
  for (const { row, task, line, raw: bytes, placed } of all)
    store.add(row, task, eventOf(line, bytes, placed), FIRST_EVENT);
  const packed = store.pack(5);
  const wanted = all.map(({ row, task, line, raw: bytes }) => ({ row, ref: refOf(task, eventOf(line, bytes, false)) }));
  expect(wanted.map((_, at) => refAt(packed, at))).toEqual(wanted.map(({ ref }) => ref));
  for (let row = 0; row < 5; row += 1)
    expect(refsOf(packed, row, FIRST_EVENT)).toEqual(wanted.filter((one) => one.row === row).map(({ ref }) => ref));
});

test('texts of more than one chunk', () => {
  const store = new RefStore();
  const lines = Array.from({ length: 3000 }, (_, at) => `${at} ${'x'.repeat(1000 + (at % 7))}`);
  for (const [at, line] of lines.entries()) store.add(1, 0, eventOf(at, Buffer.from(line), at % 2 === 0), FIRST_EVENT);
  const packed = store.pack(2);
  expect(packed.chunks.length).toBeGreaterThan(2);
  expect(refsOf(packed, 1, FIRST_EVENT).map((ref) => ref.raw)).toEqual(lines);
});

test('a reference may serve for more than one thing', () => {
  const store = new RefStore();
  const first = store.add(1, 2, eventOf(3, Buffer.from('first'), true), FIRST_EVENT);
  expect(store.useAlso(first, 2, 4, CITED)).toBe(false);
  expect(store.useAlso(first, 1, 3, CITED)).toBe(false);
  expect(store.useAlso(first, 2, 3, CITED)).toBe(true);
  store.add(1, 2, eventOf(4, Buffer.from('second'), true), CITED);
  const packed = store.pack(2);
  expect(refsOf(packed, 1, FIRST_EVENT).map(({ line }) => line)).toEqual([3]);
  expect(refsOf(packed, 1, CITED).map(({ line }) => line)).toEqual([3, 4]);
});
