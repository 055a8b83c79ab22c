import { gzipSync } from 'node:zlib';
import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { collectBytes, hasTool, logText, makeTar, through } from '../../test/archives.ts';

/** 'one small line\n' as each program writes it: these formats are tested even where the programs are not installed. */
const SMALL: readonly (readonly [string, string])[] = [
  ['xz', '/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAOb25lIHNtYWxsIGxpbmUKAADdIlgcRyCr4AABJw/fGvxqH7bzfQEAAAAABFla'],
  ['bzip2', 'QlpoOTFBWSZTWfv0CjgAAAbRgAAQQAAiJ4gAIAAhoaaGhADAqc0ELHza8XckU4UJD79Ao4A='],
  ['zstd', 'KLUv/QRYeQAAb25lIHNtYWxsIGxpbmUKCPDA8g=='],
];

test.each(SMALL)('%s: a small line', async (_name, base64) => {
  for (const pieceBytes of [1, 1000]) {
    const { inputs, refusals } = await collectBytes(Buffer.from(base64, 'base64'), {}, pieceBytes);
    expect(refusals).toEqual([]);
    expect(inputs[0]?.body.toString()).toBe('one small line\n');
  }
});

const chunks = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 3000 }),
    fc.integer({ min: 0, max: 90_000 }).map((length) => new Uint8Array(length)),
  ),
  { minLength: 1, maxLength: 4 },
);

property.prop([chunks, fc.integer({ min: 1, max: 70_000 })])(
  'gzip: what several members hold comes out joined, however the bytes arrive',
  async (parts, pieceBytes) => {
    const members = parts.map((part) => gzipSync(Buffer.concat([Buffer.from('log '), part])));
    const expected = Buffer.concat(parts.flatMap((part) => [Buffer.from('log '), part]));
    const { inputs, refusals } = await collectBytes(Buffer.concat(members), {}, pieceBytes);
    expect(refusals).toEqual([]);
    expect(inputs[0]?.body.equals(expected)).toBe(true);
  },
);

property.prop([fc.uint8Array({ minLength: 1, maxLength: 5000 }), fc.double({ min: 0, max: 1, noNaN: true })])(
  'gzip: cut anywhere, all that can be read is given, and the cut is told',
  async (body, where) => {
    const text = Buffer.concat([Buffer.from('log '), body]);
    const whole = gzipSync(text);
    const length = 4 + Math.floor(where * (whole.length - 5));
    const { inputs, refusals, custody } = await collectBytes(whole.subarray(0, length));
    for (const input of inputs) expect(text.subarray(0, input.body.length).equals(input.body)).toBe(true);
    expect(refusals).toMatchObject([{ path: '-', code: 'E_MALFORMED' }]);
    expect(custody).toMatchObject([{ path: '-', size: length }]);
  },
);

test('gzip: a header with all its optional parts, and its time', async () => {
  const plain = gzipSync('line\n');
  const head = Buffer.from(plain.subarray(0, 10));
  head[3] = 2 | 4 | 8 | 16;
  head.writeUInt32LE(1_700_000_000, 4);
  const parts = Buffer.concat([
    Buffer.from([3, 0, 1, 2, 3]),
    Buffer.from('auth.log\0a comment\0'),
    Buffer.from([9, 9]),
  ]);
  for (const pieceBytes of [1, 13, 100]) {
    const { inputs, refusals } = await collectBytes(Buffer.concat([head, parts, plain.subarray(10)]), {}, pieceBytes);
    expect(refusals).toEqual([]);
    expect(inputs).toMatchObject([{ path: '-', mtimeMs: 1_700_000_000_000, size: null }]);
    expect(inputs[0]?.body.toString()).toBe('line\n');
  }
});

test('gzip: padding is no loss, anything else behind it is told, and nothing before it is lost', async () => {
  const whole = gzipSync(logText(500_000));
  const padded = await collectBytes(Buffer.concat([whole, Buffer.alloc(100_000)]));
  expect(padded.refusals).toEqual([]);
  const trailed = await collectBytes(Buffer.concat([whole, Buffer.from('garbage')]));
  expect(trailed.refusals).toMatchObject([{ code: 'E_MALFORMED', reason: 'gzip data is followed by something else' }]);
  for (const { inputs } of [padded, trailed]) expect(inputs[0]?.body.equals(logText(500_000))).toBe(true);
});

test('gzip: a wrong checksum is told', async () => {
  const whole = gzipSync('line\n');
  whole[whole.length - 8] = (whole.at(-8) as number) ^ 1;
  const { inputs, refusals } = await collectBytes(whole);
  expect(inputs[0]?.body.toString()).toBe('line\n');
  expect(refusals).toMatchObject([{ code: 'E_MALFORMED' }]);
});

const PROGRAMS = [
  { program: 'xz', levels: ['-0', '-6', '-9e', '--check=none', '--check=crc32', '--block-size=100000'] },
  { program: 'zstd', levels: ['-1', '-3', '-19', '--no-check', '--long=27'] },
  { program: 'bzip2', levels: ['-1', '-9'] },
  { program: 'gzip', levels: ['-1', '-9'] },
];

describe.each(PROGRAMS)('$program', ({ program, levels }) => {
  const isThere = hasTool(program);
  const text = logText(600_000);
  const pack = (body: Buffer, level = levels[0] as string) => through(program, [level, '-c'], body);

  test.runIf(isThere).each(levels)('%s', async (level) => {
    const { inputs, refusals } = await collectBytes(pack(text, level));
    expect(refusals).toEqual([]);
    expect(inputs[0]?.body.equals(text)).toBe(true);
  });

  test.runIf(isThere)('streams one behind the other, in small pieces, and empty ones', async () => {
    const parts = [text.subarray(0, 70_000), Buffer.alloc(0), text.subarray(70_000, 200_000)];
    const { inputs, refusals } = await collectBytes(Buffer.concat(parts.map((part) => pack(part))), {}, 1000);
    expect(refusals).toEqual([]);
    expect(inputs[0]?.body.equals(text.subarray(0, 200_000))).toBe(true);
  });

  test.runIf(isThere)('nothing, runs of every length, and noise', async () => {
    const runs = Buffer.concat(Array.from({ length: 600 }, (_, length) => Buffer.alloc(length, 65 + (length % 20))));
    const noise = Buffer.from(Array.from({ length: 30_000 }, (_, index) => (index * index * 7919) >>> 5));
    for (const body of [Buffer.alloc(0), Buffer.from('x'), runs, noise, Buffer.alloc(3_000_000, 'aaaab')]) {
      const { inputs, refusals } = await collectBytes(pack(body));
      expect(refusals).toEqual([]);
      expect(inputs[0]?.body.equals(body)).toBe(true);
    }
  });

  test.runIf(isThere)('cut short', async () => {
    const whole = pack(text);
    for (const share of [0.01, 0.5, 0.9, 0.999]) {
      const { inputs, refusals } = await collectBytes(whole.subarray(0, Math.floor(whole.length * share)));
      for (const { body } of inputs) expect(text.subarray(0, body.length).equals(body)).toBe(true);
      expect(refusals).toMatchObject([{ path: '-', code: 'E_MALFORMED' }]);
      expect(refusals[0]?.reason).toContain('cut short');
    }
  });

  test.runIf(isThere)('damaged anywhere, it never hangs and never throws', async () => {
    const whole = pack(text.subarray(0, 20_000));
    for (let place = 10; place < whole.length; place += Math.ceil(whole.length / 80)) {
      const bad = Buffer.from(whole);
      bad[place] = (bad[place] as number) ^ (1 << (place % 8));
      const { custody } = await collectBytes(bad);
      expect(custody).toMatchObject([{ size: whole.length }]);
    }
  });

  test.runIf(isThere)('in an archive that is packed in the same way', async () => {
    const tar = makeTar([
      { name: 'a', body: pack(text) },
      { name: 'b', body: pack(text.subarray(0, 10)) },
    ]);
    const { inputs, refusals } = await collectBytes(pack(tar));
    expect(refusals).toEqual([]);
    expect(inputs.map(({ path, body }) => [path, body.length])).toEqual([
      ['-!/a', text.length],
      ['-!/b', 10],
    ]);
  });
});
