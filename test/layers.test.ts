import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';

/** A folder may import from rows above its own, never from a neighbour on its row and never from below. */
const LAYERS = [
  ['core'],
  [
    'ledger',
    'evidence',
    'collectors',
    'listeners',
    'parsers',
    'enrichers',
    'enroll',
    'access',
    'anchors',
    'engine',
    'store',
    'state',
    'trace',
    'search',
  ],
  ['decode', 'signer'],
  ['pipeline', 'investigate'],
  ['report', 'api'],
  ['server'],
  ['cli'],
];
const row = (folder: string) => LAYERS.findIndex((folders) => folders.includes(folder));

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.includes('/fixtures/'),
);

/** Every relative import under src/, as [file, folder it is in, folder it imports]. */
const imports = sources.flatMap((path) =>
  [...readFileSync(`src/${path}`, 'utf8').matchAll(/from '(\.[^']+)'/g)].map(([, target = '']) => {
    const imported = posix.join(posix.dirname(path), target);
    return [path, path.split('/')[0] ?? '', imported.split('/')[0] ?? ''] as const;
  }),
);

test('imports point one way', () => {
  expect(imports.length).toBeGreaterThan(100);
  expect(imports.filter(([, from, to]) => from !== to && row(to) >= row(from))).toEqual([]);
});

test('every folder has its row', () => {
  const folders = new Set(sources.map((path) => path.split('/')[0] ?? ''));
  expect([...folders].filter((folder) => row(folder) === -1)).toEqual([]);
});

/** What is loaded with a file, by imports that are no mere types; `await import()` is not among them. */
function loadedWith(path: string, known = new Set<string>()): Set<string> {
  if (known.has(path)) return known;
  known.add(path);
  for (const [, target = ''] of readFileSync(`src/${path}`, 'utf8').matchAll(
    /^(?:im|ex)port (?!type\b)[^;]*?from '(\.[^']+)'/gm,
  ))
    loadedWith(posix.join(posix.dirname(path), target), known);
  return known;
}

test('a command loads what takes long only when it is to do its work: help needs all commands', () => {
  const slow = [
    'server/serve.ts',
    'investigate/run.ts',
    'listeners/index.ts',
    'collectors/index.ts',
    'state/bundled.ts',
  ];
  const commands = sources.filter((path) => /^cli\/commands\/[^/]+\.ts$/.test(path));
  expect(commands.length).toBeGreaterThan(20);
  const loaded = commands.map((path) => [path, slow.filter((one) => loadedWith(path).has(one))]);
  expect(loaded.filter(([, found]) => found?.length !== 0)).toEqual([]);
  for (const one of slow) expect(loadedWith('cli/serving.ts').has(one) || one === 'investigate/run.ts').toBe(true);
});
