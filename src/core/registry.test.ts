import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadFolder, loadNamed } from './registry.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spoor-registry-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (file: string, name: string) => writeFileSync(join(folder, file), `export default { name: '${name}' };\n`);
const load = () => loadFolder(pathToFileURL(join(folder, 'index.js')).href);

test('every module beside the index, by name, and nothing else', async () => {
  for (const name of ['zulu', 'alpha', 'mike-2']) put(`${name}.js`, name);
  for (const other of ['index.js', 'alpha.test.js', 'types.d.ts', 'alpha.js.map', 'README.md', 'Upper.js'])
    put(other, 'other');
  expect((await load()).map(({ name }) => name)).toEqual(['alpha', 'mike-2', 'zulu']);
});

test('an empty folder holds nothing', async () => {
  expect(await load()).toEqual([]);
});

test('a module under another name, or without a default export, stops the start', async () => {
  put('alpha.js', 'beta');
  await expect(load()).rejects.toMatchObject({
    code: 'E_CONFIG',
    message: "alpha.js must default-export { name: 'alpha' }",
  });
  writeFileSync(join(folder, 'alpha.js'), 'export const name = "alpha";\n');
  await expect(load()).rejects.toMatchObject({ code: 'E_CONFIG' });
});

test('one module by its name alone', async () => {
  put('alpha.js', 'alpha');
  put('beta.js', 'gamma');
  writeFileSync(join(folder, 'broken.js'), 'throw new Error("imported");\n');
  const named = (name: string) => loadNamed(pathToFileURL(join(folder, 'index.js')).href, name);
  expect(await named('alpha')).toEqual({ name: 'alpha' });
  for (const none of ['delta', 'index', '', '.', '../alpha', '--help']) expect(await named(none)).toBeNull();
  await expect(named('beta')).rejects.toMatchObject({ code: 'E_CONFIG' });
});
