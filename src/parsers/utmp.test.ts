import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Zone } from '../core/zone.ts';
import lastlog from './lastlog.ts';
import { LAYOUTS, layoutOf, type UtmpLayout } from './utmp/layout.ts';
import utmp from './utmp.ts';

const CONTEXT = { zone: new Zone('UTC'), year: () => 2026 };

interface Sent {
  readonly type: number;
  readonly pid: number;
  readonly line: string;
  readonly user: string;
  readonly seconds: number;
  readonly address: readonly number[];
}

function encode({ type, pid, line, user, seconds, address }: Sent, layout: UtmpLayout): Buffer {
  const bytes = Buffer.alloc(layout.size);
  const { little } = layout;
  const int = (value: number, at: number) => (little ? bytes.writeInt32LE(value, at) : bytes.writeInt32BE(value, at));
  if (little) bytes.writeInt16LE(type, 0);
  else bytes.writeInt16BE(type, 0);
  int(pid, 4);
  bytes.write(line, 8, 32, 'utf8');
  bytes.write(user, 44, 32, 'utf8');
  if (layout.size === 384) int(seconds, layout.seconds);
  else if (little) bytes.writeBigInt64LE(BigInt(seconds), layout.seconds);
  else bytes.writeBigInt64BE(BigInt(seconds), layout.seconds);
  Buffer.from(address).copy(bytes, layout.address);
  return bytes;
}

const word = fc.stringMatching(/^[a-z][a-z0-9/_-]{0,20}$/);
const sent = fc.record({
  type: fc.constantFrom(2, 6, 7, 8),
  pid: fc.integer({ min: 1, max: 4_000_000 }),
  line: word,
  user: word,
  seconds: fc.integer({ min: 1_000_000_000, max: 2_000_000_000 }),
  address: fc.constantFrom([203, 0, 113, 9], [198, 51, 100, 4], []),
});

describe.each(LAYOUTS)('utmp of $size bytes, little-endian: $little', (layout) => {
  test('is told by its content and gives back what was written', () => {
    fc.assert(
      fc.property(fc.array(sent, { minLength: 1, maxLength: 20 }), (records) => {
        const bytes = Buffer.concat(records.map((record) => encode(record, layout)));
        expect(layoutOf(bytes)).toEqual(layout);
        expect(utmp.accepts(bytes, bytes.length, 'somefile')).toBe(true);
        const events = [...utmp.parse(bytes, CONTEXT)];
        expect(events.map(({ time }) => time)).toEqual(records.map(({ seconds }) => seconds * 1000));
        expect(events.map(({ pid }) => pid)).toEqual(records.map(({ pid }) => pid));
      }),
    );
  });

  test('tells every wiped and every cut record', () => {
    const good = encode({ type: 7, pid: 5, line: 'pts/0', user: 'maria', seconds: 1_772_000_000, address: [] }, layout);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: layout.size - 1 }), (wiped, cut) => {
        const bytes = Buffer.concat([good, Buffer.alloc(wiped * layout.size), good, good.subarray(0, cut)]);
        const codes = [...utmp.parse(bytes, CONTEXT)].map(({ fields }) => fields['error.code']);
        const expected = [undefined, ...Array(wiped).fill('zeroed_record'), undefined];
        expect(codes).toEqual(cut === 0 ? expected : [...expected, 'truncated_record']);
      }),
    );
  });
});

describe('binary logs', () => {
  test('no bytes make them throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (random) => {
        const bytes = Buffer.from(random);
        for (const parser of [utmp, lastlog]) {
          parser.accepts(bytes, bytes.length, 'wtmp');
          for (const { raw } of parser.parse(bytes, CONTEXT)) expect(raw).toBeTypeOf('string');
        }
      }),
    );
  });

  test('text and a file of NULs without a name are refused; a wiped wtmp is read', () => {
    const text = Buffer.from('Mar  1 08:00:00 web1 sshd[1]: Accepted password\n'.repeat(40));
    expect(utmp.accepts(text, text.length, '/var/log/wtmp')).toBe(false);
    expect(lastlog.accepts(text, text.length, '/var/log/lastlog')).toBe(false);
    const nuls = Buffer.alloc(384 * 2);
    expect(utmp.accepts(nuls, nuls.length, 'image.bin')).toBe(false);
    expect(utmp.accepts(nuls, nuls.length, '/var/log/wtmp.1')).toBe(true);
  });
});
