import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { command } from '../../test/built.ts';
import { spoor } from '../../test/here.ts';

const base = mkdtempSync(join(tmpdir(), 'spoor-cli-at-rest-'));
const dir = join(base, 'ledger');
const keyFile = join(base, 'keys');
const KEY = ['--key-file', keyFile];
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** Where a text stands in the files of a folder. */
function holding(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (path) => statSync(join(folder, path)).isFile() && readFileSync(join(folder, path), 'latin1').includes(text),
  );
}

let vkey = '';
beforeAll(async () => {
  vi.stubEnv('XDG_STATE_HOME', join(base, 'state'));
  vi.stubEnv('SPOOR_LEDGER_TOKEN', '');
  vi.stubEnv('SPOOR_LEDGER_KEY_FILE', '');
  const made = await spoor(['ledger', 'init', dir, '--origin', 'ledger.example/main', '--encrypt', ...KEY]);
  expect(made.stderr).toContain('made the key file');
  vkey = made.stdout.trim();
});

describe('a ledger that is encrypted at rest', () => {
  test('keeps lines that nobody reads without the key; commands say what they need', async () => {
    expect(statSync(keyFile).mode & 0o777).toBe(0o400);
    const append = ['ledger', 'append', dir, '--stream', 'web1/auth'];
    expect(await spoor([...append, ...KEY], 'sekret one\nsekret two\n')).toMatchObject({ status: 0, stdout: '2..3\n' });
    vi.stubEnv('SPOOR_LEDGER_KEY_FILE', keyFile);
    expect((await spoor([...append, '--erasable'], 'sekret three\n')).status).toBe(0);
    vi.stubEnv('SPOOR_LEDGER_KEY_FILE', '');
    for (const text of ['sekret', 'web1']) expect(holding(dir, text)).toEqual([]);
    const refused = await spoor(append, 'never in plain\n');
    expect([refused.status, refused.stderr]).toEqual([77, expect.stringMatching(/encrypted at rest.*--key-file/)]);
    expect((await spoor(['ledger', 'show', dir, '2'])).status).toBe(77);
    expect((await spoor(['ledger', 'show', dir, '2..4', ...KEY])).stdout).toMatch(
      /sekret one[\s\S]*sekret two[\s\S]*sekret three/,
    );
  });

  test('is verified with its key; without, what was not checked is said, and the exit code is not that of a whole one', async () => {
    const whole = await spoor(['verify', dir, '--key', vkey, ...KEY]);
    expect([whole.status, whole.stdout]).toEqual([
      0,
      expect.stringMatching(/^ INTACT {5}ledger\.example\/main: \d+ records/),
    ]);
    const without = await spoor(['verify', dir, '--key', vkey]);
    expect(without.status).toBe(77);
    expect(without.stdout).toMatch(
      /^ ENCRYPTED {2}ledger\.example\/main: NOT verified; what needs no key is as it was sealed/,
    );
    expect(without.stdout).toContain(' Unchecked  no record was read (wal/');
    expect(without.stdout).not.toContain('INTACT');
    const inside = await spoor(['verify', dir, '--key-file', join(dir, 'at-rest')]);
    expect([inside.status, inside.stderr]).toEqual([
      64,
      expect.stringMatching(/may be read by others|lies in the ledger/),
    ]);
  });

  test('is exported, erased and served by who has the key', async () => {
    const out = join(base, 'evidence');
    expect(await spoor(['export', dir, '2..4', out, ...KEY])).toMatchObject({ status: 0, stderr: '' });
    const checked = spawnSync('sh', ['verify.sh', vkey], { cwd: out, encoding: 'utf8' });
    expect([checked.status, checked.stdout]).toEqual([0, expect.stringContaining('ALL HOLDS')]);
    expect(holding(out, 'sekret three').length).toBeGreaterThan(0);
    expect((await spoor(['ledger', 'erase', dir, '4', '--who', 'me', ...KEY])).stdout).toContain(
      '1 payload was erased',
    );
    expect((await spoor(['ledger', 'prune', dir, '--dry-run', ...KEY])).status).toBe(0);
    writeFileSync(join(base, 'token'), 'an-auditor\n');
    const token = ['--token-file', join(base, 'token')];
    const server = spawn(
      process.execPath,
      command('ledger', 'serve', dir, '--listen', '127.0.0.1:0', ...token, ...KEY),
      { stdio: ['ignore', 'inherit', 'pipe'] },
    );
    const [said] = (await once(server.stderr, 'data')) as [Buffer];
    const seen = await spoor(['verify', said.toString().trim(), '--key', vkey, ...token]);
    expect(seen.stdout).toContain('INTACT');
    server.kill('SIGTERM');
    expect(await once(server, 'exit')).toEqual([0, null]);
  });

  test('gets a new key, and all comes under it', async () => {
    const before = readFileSync(keyFile, 'utf8');
    const rotated = await spoor(['ledger', 'rotate-key', dir, '--rewrite', ...KEY]);
    expect([rotated.status, rotated.stderr]).toEqual([0, '']);
    const after = readFileSync(keyFile, 'utf8');
    expect(after.endsWith(before)).toBe(true);
    const [newest, older] = [after.slice(0, 16), before.slice(0, 16)];
    expect(rotated.stdout).toContain(`new files are encrypted with the key ${newest}\n`);
    expect(rotated.stdout).toContain(`no file here needs the key ${older} any more`);
    rmSync(keyFile);
    writeFileSync(keyFile, after.slice(0, after.indexOf('\n') + 1), { mode: 0o400 });
    expect(await spoor(['verify', dir, '--key', vkey, ...KEY])).toMatchObject({ status: 0, stderr: '' });
  });
});

test('a plain ledger is encrypted, with all that it has', async () => {
  const plain = join(base, 'plain');
  const keys = join(base, 'plain-keys');
  await spoor(['ledger', 'init', plain, '--origin', 'plain.example/main']);
  await spoor(['ledger', 'append', plain, '--stream', 'a'], 'sekret four\n');
  expect(holding(plain, 'sekret')).toHaveLength(1);
  expect(await spoor(['ledger', 'append', plain, '--stream', 'a', ...KEY], 'x\n')).toMatchObject({ status: 64 });
  expect((await spoor(['ledger', 'encrypt', plain, '--key-file', join(plain, 'keys')])).status).toBe(64);
  expect(existsSync(join(plain, 'keys'))).toBe(false);
  expect(await spoor(['ledger', 'encrypt', plain, '--key-file', keys])).toMatchObject({ status: 0 });
  expect(holding(plain, 'sekret')).toEqual([]);
  expect((await spoor(['verify', plain, '--key-file', keys])).stdout).toContain('INTACT');
});
