import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

let base = '';
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'spoor-cli-keep-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

function spoor(args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/spoor.ts', ...args], {
    input,
    env: { ...process.env, XDG_STATE_HOME: join(base, 'state') },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const filesWith = (folder: string, text: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name), 'latin1').includes(text),
  ).length;

test('a policy from the start is kept to: what is too old is in no file any more', () => {
  const dir = join(base, 'ledger');
  const init = (...options: readonly string[]) =>
    spoor(['ledger', 'init', dir, '--origin', 'ledger.example/main', ...options]);
  expect(init('--minimum', 'P9D', '--maximum', 'P2D').stderr).toContain('at least P9D and at most P2D');
  expect(init('--minimum', 'P9D', '--retention', 'P9D').status).toBe(64);
  expect(init('--maximum', '9 days').stderr).toContain('--maximum "9 days" is no duration');
  expect(init('--maximum', 'P0D').status).toBe(0);
  expect(spoor(['ledger', 'show', dir, '0']).stdout).toContain('retention=P0D\\nmaximum=P0D');
  const lines = Array.from({ length: 300 }, (_, nth) => `line ${nth} of Ana Example\n`).join('');
  expect(spoor(['ledger', 'append', dir, '--stream', 's'], lines).stdout).toBe('1..300\n');
  expect(filesWith(dir, 'Ana Example')).toBe(1);
  const pruned = spoor(['ledger', 'prune', dir, '--who', 'test']);
  expect([pruned.stderr, pruned.stdout]).toEqual(['', expect.stringContaining('512 records were given up')]);
  expect(filesWith(dir, 'Ana Example')).toBe(0);
  const verified = spoor(['verify', dir]);
  expect([verified.status, verified.stdout]).toEqual([0, expect.stringContaining('were given up under the policy')]);
  expect(spoor(['ledger', 'append', dir, '--stream', 's'], 'next\n').status).toBe(0);
  expect(spoor(['ledger', 'show', dir, '10']).stderr).toContain('by the policy "retention=P0D maximum=P0D"');
}, 120_000);
