import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import type { RawRecord } from '../../core/stages.ts';
import { cutLines } from './cut.ts';

const MAX = 1024;
const origin = (at: number) => ({ stream: 's', prefix: '7.x:', at, receivedAtUs: 1, maxLine: MAX });

/** All lines of a file that is read in pieces of `size`, from an offset. */
function readAll(file: Buffer, size: number, from = 0): RawRecord[] {
  const records: RawRecord[] = [];
  let offset = from;
  let want = size;
  for (;;) {
    const chunk = file.subarray(offset, offset + want);
    const isEnd = offset + want >= file.length;
    const { end } = cutLines(chunk, 0, origin(offset), isEnd, records);
    want = end === 0 ? MAX + 1 : size;
    offset += end;
    if (isEnd && (end === 0 || offset === file.length)) return records;
  }
}

const text = (records: readonly RawRecord[]) => records.map(({ bytes }) => Buffer.from(bytes).toString('latin1'));

describe('cutLines', () => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    fc.nat(3000).map((length) => 'x'.repeat(length)),
  );
  const content = fc.array(part, { maxLength: 12 }).map((parts) => Buffer.from(parts.join('\n'), 'latin1'));

  property.prop([content, fc.integer({ min: 1, max: 4000 })])(
    'gives the same lines however it is read',
    (file, size) => {
      const records = readAll(file, size);
      const lines = file
        .toString('latin1')
        .split('\n')
        .filter((line) => line !== '');
      const pieces = lines.flatMap((line) => line.match(/.{1,1024}/gs) ?? []);
      expect(text(records)).toEqual(pieces);
    },
  );

  property.prop([content, fc.integer({ min: 1, max: 4000 }), fc.nat(20)])(
    'goes on after any record where its position says',
    (file, size, which) => {
      const records = readAll(file, size);
      const at = Math.min(which, records.length - 1);
      const offset = Number(records[at]?.position?.split(':')[1] ?? 0);
      expect(text(readAll(file, 500, offset))).toEqual(text(records.slice(at + 1)));
    },
  );

  test('leaves out a hole, and counts it', () => {
    const records: RawRecord[] = [];
    const cut = cutLines(Buffer.concat([Buffer.alloc(MAX * 3 + 5), Buffer.from('a\n')]), 0, origin(0), false, records);
    expect(cut).toMatchObject({ pieces: 3, holes: 3 });
    expect(text(records)).toEqual(['\0\0\0\0\0a']);
  });
});
