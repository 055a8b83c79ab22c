import { test as property } from '@fast-check/vitest';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeText, eachLine, LineBlocks, MAX_LINE_BYTES } from './lines.ts';

/** The lines that come out when `bytes` go in by blocks of these sizes. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const blocks: Buffer[] = [];
  const lines = new LineBlocks((block) => blocks.push(Buffer.from(block)));
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    const block = Buffer.from(bytes.subarray(at, at + size));
    lines.push(block);
    block.fill(0); // readers reuse their block
    at += size;
  }
  lines.end();
  return blocks;
}

const bytes = fc
  .array(
    fc.oneof(
      fc.constant(Buffer.from('\n')),
      fc.uint8Array({ maxLength: 20 }).map((part) => Buffer.from(part)),
    ),
  )
  .map((parts) => Buffer.concat(parts));

property.prop([bytes, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 })])(
  'blocks of whole lines, and not a byte lost',
  (given, sizes) => {
    const blocks = cut(given, sizes);
    expect(Buffer.concat(blocks)).toEqual(given);
    for (const block of blocks.slice(0, -1)) expect(block.at(-1)).toBe(10);
    for (const block of blocks) expect(block.length).toBeGreaterThan(0);
  },
);

property.prop([bytes])('numbers are those of the lines in the whole', (given) => {
  const text = decodeText(given);
  const lines: string[] = [];
  const next = eachLine(text, 1, (line, number) => {
    expect(number).toBe(lines.length + 1);
    lines.push(line);
  });
  expect(next).toBe(lines.length + 1);
  expect(lines).toEqual(
    (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n').slice(0, text === '' ? 0 : undefined),
  );
});

test.each([[MAX_LINE_BYTES * 3], [70_000]])('a line over the limit is cut there, in blocks of %i', (size) => {
  const long = Buffer.alloc(MAX_LINE_BYTES * 2 + 77, 'x');
  const blocks = cut(Buffer.concat([Buffer.from('a\n'), long, Buffer.from('\nb\n')]), [size]);
  const lines = Buffer.concat(blocks).toString().split('\n');
  expect(lines.map(({ length }) => length)).toEqual([1, size > long.length ? long.length : MAX_LINE_BYTES, 1, 0]);
  expect(lines[2]).toBe('b');
});

test.each([
  [MAX_LINE_BYTES - 1, 0],
  [MAX_LINE_BYTES, 0],
  [MAX_LINE_BYTES + 1, 1],
])('a line of %i bytes is cut %i times, wherever blocks end', (length, times) => {
  for (const size of [70_000, MAX_LINE_BYTES, MAX_LINE_BYTES - 1]) {
    const blocks = cut(Buffer.concat([Buffer.alloc(length, 'x'), Buffer.from('\nb\n')]), [size]);
    const lines = Buffer.concat(blocks).toString().split('\n');
    expect(lines.map((line) => line.length)).toEqual([length - times, 1, 0]);
  }
});

test('text that is not UTF-8 keeps its place', () => {
  expect(decodeText(Buffer.from([0x61, 0xff, 0x62]))).toBe('a\ufffdb');
  expect(decodeText(Buffer.from('müller'))).toBe('müller');
});
