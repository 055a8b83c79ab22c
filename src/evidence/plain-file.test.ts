import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { collect, logText, wholeOf } from '../../test/archives.ts';
import { gather, type Input } from './index.ts';
import { changeOf } from './plain-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spoor-plain-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const LONG = logText(1_500_000); // more than is read at first sight

/** A long file, read to its end while something happens to it after its first bytes. */
async function readDuring(happens: (path: string) => void): Promise<{ input: Input; bytes: Buffer }> {
  writeFileSync(at('auth.log'), LONG);
  utimesSync(at('auth.log'), 1_700_000_000, 1_700_000_000);
  for await (const one of gather([at('auth.log')])) {
    const input = one as Input;
    const pieces: Buffer[] = [];
    for await (const piece of input.open()) if (pieces.push(Buffer.from(piece)) === 1) happens(at('auth.log'));
    return { input, bytes: Buffer.concat(pieces) };
  }
  throw new Error('no input');
}

test('a log that only grows is read as it was found', async () => {
  const { input, bytes } = await readDuring((path) => appendFileSync(path, 'one more line\n'));
  expect(bytes.equals(LONG)).toBe(true);
  expect([input.size, input.changed(bytes.length)]).toEqual([LONG.length, null]);
});

test.each<[string, (path: string) => void, RegExp]>([
  ['is cut', (path) => truncateSync(path, 10), /^changed while it was read: it shrank from \d+ to 10 bytes$/],
  ['is written to', (path) => utimesSync(path, 1, 2), /^changed while it was read: it was written to$/],
  ['is gone', (path) => rmSync(path), /^changed while it was read: it is gone$/],
  [
    'is another one',
    (path) => {
      renameSync(path, `${path}.1`);
      writeFileSync(path, LONG);
    },
    /^changed while it was read: another file took its place$/,
  ],
])('one that %s is told', async (_what, happens, told) => {
  const { input, bytes } = await readDuring(happens);
  expect(input.changed(bytes.length)).toMatch(told);
});

test('fewer bytes than there were to read are a change, whatever the file is by now', () => {
  const seen = { dev: 1, ino: 2, size: 100, mtimeMs: 5 };
  expect(changeOf(seen, { ...seen, size: 300, mtimeMs: 9 }, 40)).toMatch(/from 100 to 40 bytes/);
  expect(changeOf(seen, { ...seen, size: 300, mtimeMs: 9 }, 100)).toBeNull();
  expect(changeOf(seen, seen, 100)).toBeNull();
});

test('small and empty files are at hand, and can be read again', async () => {
  writeFileSync(at('a.log'), 'line\n');
  writeFileSync(at('b.log'), '');
  for await (const one of gather([folder])) {
    const input = one as Input;
    const [first, second] = [await wholeOf(input.open()), await wholeOf(input.open())];
    expect([first.toString(), second.length, input.changed(first.length)]).toEqual([
      one.path === at('a.log') ? 'line\n' : '',
      input.size,
      null,
    ]);
  }
});

test('what has no size is read to wherever it ends', async () => {
  const { inputs, refusals } = await collect(['/proc/self/status']);
  expect(refusals).toEqual([]);
  expect([inputs[0]?.size, inputs[0]?.body.toString().startsWith('Name:')]).toEqual([0, true]);
});

test('/dev/null is a log without lines', async () => {
  const { inputs, refusals } = await collect(['/dev/null']);
  expect(refusals).toEqual([]);
  expect(inputs).toMatchObject([{ path: '/dev/null', size: 0, body: Buffer.alloc(0) }]);
});

test('a file that grew between two looks at it is still the same file', async () => {
  writeFileSync(at('auth.log'), 'line\n');
  const seen: string[] = [];
  const skipped: string[] = [];
  for await (const one of gather([at('auth.log'), folder], { onSkip: (path) => skipped.push(path) })) {
    seen.push(one.path);
    appendFileSync(at('auth.log'), 'line\n');
  }
  expect([seen, skipped]).toEqual([[at('auth.log')], [at('auth.log')]]);
});
