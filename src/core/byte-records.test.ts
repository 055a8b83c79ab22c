import { fc, test as property } from '@fast-check/vitest';
import { expect } from 'vitest';
import { recordsOf } from './byte-records.ts';

property.prop([fc.array(fc.uint8Array({ maxLength: 40 })), fc.integer({ min: 1, max: 30 })])(
  'however the bytes come, records are of one size, and nothing is lost',
  async (pieces, size) => {
    async function* blocks() {
      for (const piece of pieces) yield Buffer.from(piece);
    }
    const found: Buffer[] = [];
    for await (const { bytes, at } of recordsOf(blocks(), size)) {
      expect(at).toBe(found.length * size);
      found.push(bytes);
    }
    expect(Buffer.concat(found)).toEqual(Buffer.concat(pieces));
    expect(found.slice(0, -1).every(({ length }) => length === size)).toBe(true);
    expect(found.at(-1)?.length ?? 1).toBeGreaterThan(0);
  },
);
