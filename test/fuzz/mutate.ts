import { readdirSync, readFileSync } from 'node:fs';
import { Random } from '../../bench/random.ts';

const GOLDEN = new URL('../../src/parsers/golden/', import.meta.url);

/** Every sample that a parser is tested with, as bytes: what the mutator starts from. */
export function corpus(): Map<string, Buffer> {
  const files = readdirSync(GOLDEN).filter((file) => !file.endsWith('.jsonl'));
  return new Map(files.sort().map((file) => [file, readFileSync(new URL(file, GOLDEN))]));
}

const INSERTS = [
  '\0',
  '\0'.repeat(9),
  '\r',
  '\r\n',
  '\n',
  '\n\n',
  '\x1b[2J\x1b]0;x\x07',
  '\u202e\u2066',
  '\ufeff',
  '<script>alert(1)</script>',
  ' from 198.51.100.66 port 22 ssh2',
  ', client: 198.51.100.66, server: x',
  'message repeated 4294967296 times: [ x]',
  'last message repeated 9999999 times',
  '"',
  '\\',
  "'",
  '[',
  ']',
  '{',
  '}',
  '(',
  '=',
  ':',
  '%',
  '%00',
  '99999999999999999999',
  '-1',
  '0x',
  'NaN',
  'Feb 30 25:61:61',
  'Dec 31 23:59:60',
  '1970-01-01T00:00:00Z',
  '__proto__',
  'constructor',
  'a'.repeat(3000),
].map((text) => Buffer.from(text));
const BROKEN_UTF8 = [[0xff], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xed, 0xa0, 0x80], [0xc0, 0xaf]].map((bytes) =>
  Buffer.from(bytes),
);

/** One change at a place that `random` chooses. */
function mutateOnce(bytes: Buffer, other: Buffer, random: Random): Buffer {
  const at = random.between(0, bytes.length);
  const end = Math.min(bytes.length, at + random.between(1, 40));
  const before = bytes.subarray(0, at);
  switch (random.between(0, 7)) {
    case 0: // flip some bits
      return Buffer.concat([before, Buffer.from([random.between(0, 255)]), bytes.subarray(at + 1)]);
    case 1: // lose some bytes
      return Buffer.concat([before, bytes.subarray(end)]);
    case 2: // cut off
      return Buffer.from(before);
    case 3: // say some bytes twice, or many times
      return Buffer.concat([
        before,
        ...Array.from({ length: random.pick([2, 2, 200]) }, () => bytes.subarray(at, end)),
        bytes.subarray(end),
      ]);
    case 4: // go on in another file
      return Buffer.concat([before, other.subarray(random.between(0, other.length))]);
    case 5: // begin in the middle
      return Buffer.from(bytes.subarray(at));
    case 6:
      return Buffer.concat([before, random.pick(BROKEN_UTF8), bytes.subarray(at)]);
    default:
      return Buffer.concat([before, random.pick(INSERTS), bytes.subarray(at)]);
  }
}

/** A piece of one of the samples with one to twenty changes. The same seed gives the same bytes. */
export function mutate(samples: ReadonlyMap<string, Buffer>, seed: number): { path: string; bytes: Buffer } {
  const random = new Random(seed);
  const [path, whole] = random.pick([...samples]);
  const other = random.pick([...samples.values()]);
  const start = whole.indexOf(0x0a, random.between(0, whole.length)) + 1; // 0 where there is none
  let bytes: Buffer = Buffer.from(whole.subarray(start, start + random.between(50, 4000)));
  for (let left = random.between(1, 20); left > 0; left -= 1) bytes = mutateOnce(bytes, other, random);
  return { path, bytes };
}
