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
