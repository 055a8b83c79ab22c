import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fc, test as property } from '@fast-check/vitest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { collect, collectBytes, hasTool, logText, makeZip } from '../../test/archives.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spoor-zip-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const put = (name: string, text: string) => ({ name, body: Buffer.from(text) });
const files = fc.array(
  fc.record({
    name: fc.stringMatching(/^[a-z]{1,8}(?:\/[a-zé-ü .]{1,60}){0,4}x$/u),
    body: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.concat([Buffer.from('log '), bytes])),
  }),
  { minLength: 1, maxLength: 6 },
);

property.prop([files, fc.boolean(), fc.boolean()])(
  'what was put in comes out, in order, from a file and from stdin',
  async (entries, store, zip64) => {
    const zip = makeZip(entries, { store, zip64 });
    const path = join(folder, 'round.zip');
    writeFileSync(path, zip);
    const expected = entries.map(({ name, body }) => [name, body.toString('hex')]);
    for (const { inputs, refusals } of [await collectBytes(zip), await collect([path])]) {
      expect(refusals).toEqual([]);
      expect(inputs.map((input) => [input.path.split('!/')[1], input.body.toString('hex')])).toEqual(expected);
    }
  },
);

property.prop([files, fc.nat(), fc.nat({ max: 255 })])('no damage makes it throw', async (entries, where, value) => {
  const zip = makeZip(entries);
  zip[4 + (where % (zip.length - 4))] = value;
  const { inputs, custody } = await collectBytes(zip);
  expect(inputs.length).toBeLessThanOrEqual(entries.length);
  expect(custody).toHaveLength(1);
});

test('hostile names are only labels', async () => {
  const names = ['../../etc/passwd', '/etc/shadow', '..\\..\\windows', 'a\0b', 'x'.repeat(10_000)];
  const { inputs } = await collectBytes(makeZip(names.map((name) => put(name, 'hello'))));
  const labels = ['../../etc/passwd', 'etc/shadow', '../../windows', 'a\0b', 'x'.repeat(4096)];
  expect(inputs.map(({ path }) => path)).toEqual(labels.map((label) => `-!/${label}`));
});

test('a file that lies over another one is refused', async () => {
  const body = Buffer.alloc(10_000_000);
  const zip = makeZip(
    ['a', 'b', 'c'].map((name) => ({ name, body })),
    { overlap: true },
  );
  const { inputs, refusals } = await collectBytes(zip);
  expect(inputs.map(({ path }) => path)).toEqual(['-!/a']);
  expect(refusals.map(({ path, code }) => [path, code])).toEqual([
    ['-!/b', 'E_TOO_LARGE'],
    ['-!/c', 'E_TOO_LARGE'],
  ]);
});

test('encrypted files and unknown methods are refused by name', async () => {
  const encrypted = await collectBytes(makeZip([put('a', 'x')], { flags: 1 }));
  expect(encrypted.refusals).toMatchObject([{ path: '-!/a', code: 'E_UNREADABLE' }]);
  const unknown = await collectBytes(makeZip([put('a', 'x')], { method: 9 }));
  expect(unknown.refusals).toMatchObject([{ path: '-!/a', code: 'E_MALFORMED' }]);
});

test('content whose checksum is wrong is given, and said to be damaged', async () => {
  const zip = makeZip([put('a', 'one line\n'), put('b', 'two')], { store: true });
  zip[31 + 2] = 0x21;
  const { inputs, refusals } = await collectBytes(zip);
  expect(inputs.map(({ body }) => body.toString())).toEqual(['on! line\n', 'two']);
  expect(refusals).toMatchObject([{ path: '-!/a', code: 'E_MALFORMED' }]);
});

test('a zip that lost its end gives what is before it, and is hashed', async () => {
  const entries = [put('a', 'one line\n'), { name: 'b', body: logText(90_000) }];
  for (const store of [true, false]) {
    const zip = makeZip(entries, { store });
    for (const lost of [30, 200]) {
      const { inputs, refusals, custody } = await collectBytes(zip.subarray(0, zip.length - lost));
      expect(inputs.map(({ path }) => path)).toEqual(['-!/a', '-!/b']);
      expect(inputs[0]?.body.toString()).toBe('one line\n');
      const rest = inputs[1]?.body as Buffer;
      expect(logText(90_000).subarray(0, rest.length).equals(rest)).toBe(true);
      expect(refusals.at(-1)).toMatchObject({ path: '-', code: 'E_MALFORMED' });
      expect(refusals).toHaveLength(lost === 30 ? 1 : 2);
      expect(custody).toMatchObject([{ size: zip.length - lost }]);
    }
  }
});

test('a zip on stdin is held in memory up to a limit only', async () => {
  const zip = makeZip([{ name: 'a', body: logText(100_000) }], { store: true });
  const { refusals, custody } = await collectBytes(zip, { limits: { maxHeldBytes: 50_000 } });
  expect(refusals).toMatchObject([{ code: 'E_TOO_LARGE' }]);
  expect(custody).toMatchObject([{ size: zip.length }]);
});

test.runIf(hasTool('zip'))('what the real zip writes, to a file and to a pipe', async () => {
  writeFileSync(join(folder, 'auth.log'), logText(50_000));
  symlinkSync('auth.log', join(folder, 'link'));
  const piped = execFileSync('zip', ['-q', '-', 'auth.log'], { cwd: folder });
  execFileSync('zip', ['-q', '-y', 'real.zip', 'auth.log', 'link'], { cwd: folder });
  for (const { inputs, refusals } of [await collectBytes(piped), await collect([join(folder, 'real.zip')])]) {
    expect(refusals).toEqual([]);
    expect(inputs.map(({ body }) => body.equals(logText(50_000)))).toEqual([true]);
  }
  const two = execFileSync('sh', ['-c', 'cp auth.log b.log; zip -q - auth.log b.log | cat'], { cwd: folder });
  const cut = await collectBytes(two.subarray(0, two.length - 50)); // sizes are behind each content here
  expect(cut.inputs.map(({ body }) => body.equals(logText(50_000)))).toEqual([true, true]);
  expect(cut.refusals).toMatchObject([{ path: '-', code: 'E_MALFORMED' }]);
});
