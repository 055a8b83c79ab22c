import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { replaceFile, replaceFileSync } from './durable-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'spoor-durable-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['at once', replaceFileSync],
  ['while others go on', replaceFile],
])('a file is replaced %s, and nothing is left beside it', async (name, replace) => {
  const path = join(folder, name);
  writeFileSync(`${path}.new`, 'of a crash, and longer than what comes');
  await replace(path, 'one\n', 0o600);
  await replace(path, 'two\n', 0o600);
  expect(readFileSync(path, 'utf8')).toBe('two\n');
  expect(readdirSync(folder).filter((file) => file.startsWith(name))).toEqual([name]);
});

test('only its owner can read what is made for its owner', async () => {
  await replaceFile(join(folder, 'secret'), Buffer.from('x'), 0o600);
  expect(statSync(join(folder, 'secret')).mode & 0o777).toBe(0o600);
});

test('where there is no folder, what the disk says is thrown', async () => {
  expect(() => replaceFileSync(join(folder, 'none', 'x'), '')).toThrow(/ENOENT/);
  await expect(replaceFile(join(folder, 'none', 'x'), '')).rejects.toThrow(/ENOENT/);
});
