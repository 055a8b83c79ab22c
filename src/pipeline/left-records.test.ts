import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import type { RawRecord } from '../core/stages.ts';
import type { PlacedRecord } from './chunk-decoder.ts';
import { LeftRecords } from './left-records.ts';

const recordOf = (text: string, sourceSeq?: number): RawRecord => ({
  stream: 's',
  bytes: Buffer.from(text),
  receivedAtUs: 1,
  via: 'tcp:192.0.2.7:514',
  peer: 'none',
  ...(sourceSeq !== undefined && { sourceSeq }),
});

/** How a record stands in the ledger; a long one in several. */
function stored(record: RawRecord, index: number, parts = 1, kind: 'raw' | 'ref' = 'raw'): PlacedRecord[] {
  const { stream, via, peer, sourceSeq, bytes } = record;
  const size = Math.ceil(bytes.length / parts);
  return Array.from({ length: parts }, (_, nth) => {
    const fields = {
      ...{ stream, via, peer },
      ...(sourceSeq !== undefined && { aseq: String(sourceSeq) }),
      ...(parts > 1 && { part: `${nth + 1}/${parts}` }),
    };
    const payload = Buffer.from(bytes.subarray(nth * size, (nth + 1) * size));
    return { index: index + nth, receivedAtUs: 1, record: { kind, fields, payload } };
  });
}

const texts = fc.array(fc.record({ text: fc.constantFrom('a', 'b', 'c'), seq: fc.option(fc.nat(3)) }), {
  maxLength: 30,
});

property.prop([texts, fc.nat(30), fc.constantFrom('raw', 'ref')])(
  'what reached the disk is not written again, and all else is, once; erasable records, too',
  (said, reached, kind) => {
    const records = said.map(({ text, seq }) => recordOf(text, seq ?? undefined));
    const left = records.slice(0, reached);
    const found = new LeftRecords(left.flatMap((record, at) => stored(record, 100 + at, 1, kind))).take(records);
    const key = ({ bytes, sourceSeq }: RawRecord) => `${Buffer.from(bytes).toString()} ${sourceSeq}`;
    expect([...left, ...found.rest].map(key).sort()).toEqual(records.map(key).sort());
    expect(found.range).toEqual(left.length === 0 ? null : { first: 100, last: 99 + left.length });
  },
);

test('a long record is there when all its parts are', () => {
  const record = recordOf('a line that was split');
  const whole = stored(record, 7, 3);
  expect(new LeftRecords(whole).take([record])).toEqual({ rest: [], range: { first: 9, last: 9 } });
  expect(new LeftRecords(whole.slice(0, 2)).take([record]).rest).toEqual([record]);
});
