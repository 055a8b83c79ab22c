import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { referencePages } from '../scripts/reference-pages.ts';

const pages = await referencePages();

test.each([...pages.keys()])('%s is what the code says (npm run docs writes it)', async (path) => {
  expect(await readFile(path, 'utf8').catch(() => 'absent')).toBe(pages.get(path));
});

test('nothing else lies in docs/reference', async () => {
  expect((await readdir('docs/reference')).sort()).toEqual([...pages.keys()].map((path) => basename(path)).sort());
});
