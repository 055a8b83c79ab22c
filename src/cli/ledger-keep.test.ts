import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { spoor } from '../../test/here.ts';

let base = '';
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'spoor-cli-keep-'));
  vi.stubEnv('XDG_STATE_HOME', join(base, 'state'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const filesWith = (folder: string, text: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name), 'latin1').includes(text),
  ).length;

test('a policy from the start is kept to: what is too old is in no file any more', async () => {
  const dir = join(base, 'ledger');
  const init = (...options: readonly string[]) =>
    spoor(['ledger', 'init', dir, '--origin', 'ledger.example/main', ...options]);
  expect((await init('--minimum', 'P9D', '--maximum', 'P2D')).stderr).toContain('at least P9D and at most P2D');
  expect((await init('--minimum', 'P9D', '--retention', 'P9D')).status).toBe(64);
  expect((await init('--maximum', '9 days')).stderr).toContain('--maximum "9 days" is no duration');
  expect((await init('--maximum', 'P0D')).status).toBe(0);
  expect((await spoor(['ledger', 'show', dir, '0'])).stdout).toContain('retention=P0D\\nmaximum=P0D');
  const lines = Array.from({ length: 300 }, (_, nth) => `line ${nth} of Ana Example\n`).join('');
  expect((await spoor(['ledger', 'append', dir, '--stream', 's'], lines)).stdout).toBe('1..300\n');
  expect(filesWith(dir, 'Ana Example')).toBe(1);
  const pruned = await spoor(['ledger', 'prune', dir, '--who', 'test']);
  expect([pruned.stderr, pruned.stdout]).toEqual(['', expect.stringContaining('512 records were given up')]);
  expect(filesWith(dir, 'Ana Example')).toBe(0);
  const verified = await spoor(['verify', dir]);
  expect([verified.status, verified.stdout]).toEqual([0, expect.stringContaining('were given up under the policy')]);
  expect((await spoor(['ledger', 'append', dir, '--stream', 's'], 'next\n')).status).toBe(0);
  expect((await spoor(['ledger', 'show', dir, '10'])).stderr).toContain('by the policy "retention=P0D maximum=P0D"');
});
