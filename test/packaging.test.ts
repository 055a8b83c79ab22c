import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { has, missing } from '../src/listeners/fixtures/programs.ts';

// What systemd itself says of our units.

const noSystemd = missing('systemd-analyze (systemd)', has('systemd-analyze'));
const said = (program: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 120_000 });
  return { status, words: stdout + stderr };
};

test.skipIf(noSystemd)('the unit is one, and shuts off what Spoor does not need', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-unit-'));
  const unit = join(folder, 'spoor.service');
  writeFileSync(
    unit,
    readFileSync('packaging/systemd/spoor.service', 'utf8').replace('/usr/bin/spoor', process.execPath),
  );
  expect(said('systemd-analyze', 'verify', '--man=no', unit)).toEqual({ status: 0, words: '' });
  const { words } = said('systemd-analyze', 'security', '--offline=yes', '--threshold=40', unit);
  expect(words).toMatch(/exposure level for spoor\.service: [0-3]\.\d/);
  rmSync(folder, { recursive: true });
});

test.skipIf(noSystemd)('the accounts are ones', () => {
  const { status, words } = said('systemd-sysusers', '--dry-run', resolve('packaging/systemd/sysusers.d/spoor.conf'));
  expect([status, words]).toEqual([0, expect.not.stringMatching(/not a valid|Failed/)]);
});
