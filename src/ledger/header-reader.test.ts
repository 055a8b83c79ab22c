import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeaderReader } from './header-reader.ts';
import { formatTime, readHeader } from './record.ts';

const text = fc.constantFrom(
  'a',
  'syslog-tcp/192.0.2.1',
  '%25b',
  'none',
  '',
  'x'.repeat(900),
  'tcp:192.0.2.1:51',
  'a=b',
);
const rt = fc.oneof(
  fc.integer({ min: 0, max: 2e15 }).map(formatTime),
  fc.constantFrom('', '2026-11-22T08:36:13.000000%', '2026-11-22T08:36:1\n.000000Z', 'x'.repeat(27)),
);
const seq = fc.oneof(fc.nat().map(String), fc.constantFrom('', '-1', '0x1', '1'.repeat(16), '1'.repeat(17), '7 '));
const kind = fc.constantFrom('lrec/1 raw', 'lrec/1 raw', 'lrec/1 ref', 'lrec/2 raw', '');
const more = fc.constantFrom('', '', 'aseq=1\n', 'part=1/2\n', 'peer=again\n', 'seq=9\n', 'broken\n');
const payload = fc.constantFrom('', 'line', '\n\nvia=x', '\nrt=\n\n');
const entry = fc
  .tuple(kind, text, seq, rt, text, text, more, payload)
  .map(([k, stream, n, time, via, peer, rest, line]) =>
    Buffer.from(`${k}\nstream=${stream}\nseq=${n}\nrt=${time}\nvia=${via}\npeer=${peer}\n${rest}\n${line}`, 'latin1'),
  );
const cut = fc
  .tuple(entry, fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([one, at]) => one.subarray(0, at * one.length));
const flipped = fc.tuple(entry, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([one, at, byte]) => {
  one[at % one.length] = byte;
  return one;
});

/** What is read, or that it is refused. */
function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return (error as Error).message;
  }
}

test('a header is read as if it were the first', () => {
  // each twice and thrice: the second is read by what is remembered of the first
  const entries = fc
    .array(fc.oneof(entry, cut, flipped), { maxLength: 12 })
    .map((all) => all.flatMap((one) => [one, one, one]));
  fc.assert(
    fc.property(entries, (all) => {
      const headers = new HeaderReader();
      for (const one of all) expect(outcome(() => headers.read(one))).toEqual(outcome(() => readHeader(one)));
    }),
    { numRuns: 500 },
  );
});

test('another number and another time are read of a header like the one before', () => {
  const headers = new HeaderReader();
  const header = (n: number, us: number) =>
    Buffer.from(`lrec/1 raw\nstream=a\nseq=${n}\nrt=${formatTime(us)}\nvia=b\npeer=c\n\nline`);
  headers.read(header(9, 1));
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 0, max: 2e15 }), (n, us) => {
      expect(headers.read(header(n, us))).toEqual(readHeader(header(n, us)));
      expect(headers.read(header(n, us)).fields).toMatchObject({ seq: String(n), rt: formatTime(us) });
    }),
  );
});
