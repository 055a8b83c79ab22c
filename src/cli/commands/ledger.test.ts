import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { command } from '../../../test/built.ts';
import { spoor } from '../../../test/here.ts';

let base = '';
let dir = '';
let vkey = '';

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'spoor-cli-ledger-'));
  dir = join(base, 'ledger');
  vi.stubEnv('XDG_STATE_HOME', join(base, 'state'));
  vi.stubEnv('SPOOR_LEDGER_TOKEN', '');
  const made = await spoor(['ledger', 'init', dir, '--origin', 'ledger.example/main']);
  expect(made.stderr).toBe('');
  vkey = made.stdout.trim();
});

afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('a ledger by hand', () => {
  test('is made once, with a key that only its owner reads', async () => {
    expect(vkey).toMatch(/^ledger\.example\/main\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/);
    expect(statSync(join(dir, 'signer/key')).mode & 0o777).toBe(0o400);
    expect(statSync(join(dir, 'signer')).mode & 0o777).toBe(0o700);
    expect((await spoor(['ledger', 'key', dir])).stdout.trim()).toBe(vkey);
    const again = await spoor(['ledger', 'init', dir, '--origin', 'ledger.example/main']);
    expect([again.status, again.stderr]).toEqual([64, expect.stringContaining('holds a ledger already')]);
    const bad = await spoor(['ledger', 'init', join(base, 'bad'), '--origin', 'two words']);
    expect([bad.status, existsSync(join(base, 'bad'))]).toEqual([64, false]);
  });

  test('takes lines, shows them harmlessly, proves them', async () => {
    const lines = 'first\n\n\u001b[31mred\u001b[0m\nlast without an end';
    expect(await spoor(['ledger', 'append', dir, '--stream', 'web1/auth'], lines)).toMatchObject({
      status: 0,
      stdout: '1..4\n',
      stderr: '',
    });
    const shown = await spoor(['ledger', 'show', dir, '1..4']);
    expect(shown.stdout).toMatch(/^#1 {2}\S+Z {2}web1\/auth 0 {2}via=stdin {2}peer=none\n {4}first\n#2/);
    expect(shown.stdout).toContain('    \\x1b[31mred\\x1b[0m\n');
    expect(shown.stdout).not.toContain('NOT SEALED');
    expect((await spoor(['ledger', 'show', dir, '1..4', '--raw'])).stdout).toBe(`${lines}\n`);
    expect(JSON.parse((await spoor(['ledger', 'show', dir, '4', '--json'])).stdout)).toMatchObject({
      index: 4,
      sealed: true,
      kind: 'raw',
      payload: 'last without an end',
    });
    const proof = await spoor(['prove', dir, '4', '--record', join(base, '4.bin')]);
    expect(proof.stdout).toMatch(/^c2sp\.org\/tlog-proof@v1\nindex 4\n/);
    expect(readFileSync(join(base, '4.bin'), 'utf8')).toMatch(/^lrec\/1 raw\n[\s\S]*\n\nlast without an end$/);
    expect(await spoor(['prove', dir, '5'])).toMatchObject({
      status: 66,
      stderr: expect.stringContaining('5 are under the checkpoint'),
    });
    expect((await spoor(['ledger', 'show', dir, '4..2'])).status).toBe(64);
  });

  test('is verified; a later look remembers the earlier', async () => {
    const first = await spoor(['verify', dir]);
    expect([first.status, first.stdout]).toEqual([
      0,
      expect.stringMatching(/^ INTACT {5}ledger\.example\/main: 5 records of 1 stream/),
    ]);
    expect(first.stdout).toContain('the key was taken from the folder itself');
    const second = JSON.parse((await spoor(['verify', dir, '--json'])).stdout);
    expect([second.problems, second.remarks]).toEqual([[], []]);
    const wal = join(dir, 'wal/0000000000000000.wal');
    const bytes = readFileSync(wal);
    writeFileSync(wal, Buffer.from(bytes.toString('latin1').replace('first', 'f1rst'), 'latin1'));
    const tampered = await spoor(['verify', dir, '--key', vkey]);
    expect([tampered.status, tampered.stdout]).toEqual([65, expect.stringMatching(/^ TAMPERED[\s\S]*record 1\b/)]);
    writeFileSync(wal, bytes);
    const other = `${vkey.slice(0, 20)}00000000${vkey.slice(28)}`;
    expect((await spoor(['verify', dir, '--key', other])).status).toBe(65);
  });

  test('is a tree for others, and is served', async () => {
    expect((await spoor(['ledger', 'tree', dir, join(base, 'tree')])).stdout).toBe('5\n');
    expect((await spoor(['verify', join(base, 'tree'), '--key', vkey])).stdout).toContain('INTACT');
    writeFileSync(join(base, 'token'), 'an-auditor\n');
    const args = ['ledger', 'serve', dir, '--listen', '127.0.0.1:0', '--token-file', join(base, 'token')];
    const server = spawn(process.execPath, command(...args), { stdio: ['ignore', 'inherit', 'pipe'] });
    const [said] = (await once(server.stderr, 'data')) as [Buffer];
    const url = said.toString().trim();
    const seen = await spoor(['verify', url, '--key', vkey, '--token-file', join(base, 'token')]);
    expect(seen.stdout).toContain('INTACT');
    server.kill('SIGTERM');
    expect(await once(server, 'exit')).toEqual([0, null]);
  });

  test('without its key’s file it is not written to', async () => {
    chmodSync(join(dir, 'signer/key'), 0o600);
    const key = readFileSync(join(dir, 'signer/key'));
    rmSync(join(dir, 'signer/key'));
    expect((await spoor(['ledger', 'append', dir, '--stream', 'a'], 'x\n')).status).not.toBe(0);
    writeFileSync(join(dir, 'signer/key'), key, { mode: 0o400 });
    expect((await spoor(['ledger', 'append', join(base, 'none'), '--stream', 'a'], 'x\n')).status).toBe(66);
  });
});

describe('the ledger of a data folder', () => {
  const inData = (...args: string[]) => spoor([...args, '--data', base]);

  test('is named by --data wherever a ledger is, and is the one that is meant where none is named', async () => {
    expect((await inData('ledger', 'key')).stdout.trim()).toBe(vkey);
    expect((await inData('ledger', 'show', '1')).stdout).toMatch(/^#1 {2}/);
    expect((await inData('prove', '1')).stdout).toMatch(/^c2sp\.org\/tlog-proof@v1\nindex 1\n/);
    expect((await inData('ledger', 'append', '--stream', 'web1/auth', join(base, 'absent'))).status).toBe(66);
    expect((await inData('export', '1..2', join(base, 'of-data'))).stdout).toMatch(/^2 records from 1 to 2, /);
    vi.stubEnv('SPOOR_DATA', base);
    expect((await spoor(['verify'])).stdout).toMatch(/^ INTACT {5}ledger\.example\/main: /);
    expect((await spoor(['prove', '1'])).stdout).toContain('\nindex 1\n');
    expect((await spoor(['export', '1', join(base, 'of-usual')])).stdout).toMatch(/^1 record from 1 to 1, /);
    expect((await spoor(['export', '--stream', 'web1/auth', join(base, 'of-stream')])).status).toBe(0);
  }, 60_000);

  test.each([
    ['named twice', ['verify', 'DIR', '--data', 'BASE'], 64, 'both --data and the ledger'],
    [
      'named twice, beside a file',
      ['ledger', 'append', 'DIR', 'x', '--data', 'BASE', '--stream', 'a'],
      64,
      'both --data',
    ],
    ['not there', ['verify', '--data', 'BASE/none'], 66, 'there is no ledger in the data folder'],
    ['alone, where more is wanted', ['ledger', 'hold', 'DIR', '--reason', 'x'], 64, 'something is missing behind it'],
    ['left out, as is the rest', ['ledger', 'hold', '--reason', 'x'], 64, 'missing: id'],
    ['one of too much', ['prove', 'DIR', '1', '2'], 64, 'too many arguments'],
  ])('%s: says so', async (_, words, status, said) => {
    const args = words.map((word) => word.replace('DIR', dir).replace('BASE', base));
    expect(await spoor(args)).toMatchObject({ status, stdout: '', stderr: expect.stringContaining(said) });
  });
});
