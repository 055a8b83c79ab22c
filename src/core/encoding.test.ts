import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Utf8Blocks } from './encoding.ts';

/** Feeds `bytes` in pieces of `size`, the first of at least two bytes, as a reader of files gives them. */
function feed(bytes: Buffer, size: number): string {
  const blocks = new Utf8Blocks();
  const out = [blocks.take(bytes.subarray(0, 2 + size))];
  for (let at = 2 + size; at < bytes.length; at += size) out.push(blocks.take(bytes.subarray(at, at + size)));
  return Buffer.concat(out).toString('utf8');
}

const text = fc.string({ unit: 'grapheme', maxLength: 60 });

test('gives back UTF-16 of either byte order as UTF-8, however it is cut', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 9 }), fc.boolean(), (written, size, big) => {
      const bytes = Buffer.from(`\ufeff${written}`, 'utf16le');
      expect(feed(big ? bytes.swap16() : bytes, size)).toBe(written);
    }),
  );
});

test('leaves other text as it is', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 9 }), (written, size) => {
      expect(feed(Buffer.from(`a${written}`), size)).toBe(Buffer.from(`a${written}`).toString());
    }),
  );
});
