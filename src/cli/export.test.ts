import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { command } from '../../test/built.ts';
import { spoor } from '../../test/here.ts';
import { parseCheckpoint } from '../core/tlog/checkpoint.ts';
import { splitNote } from '../core/tlog/note.ts';

// The whole way, with processes of their own: a witness, a ledger that it cosigns, an anchor, evidence out of it.

let base = '';
let dir = '';
let vkey = '';
let address = '';
const running: ChildProcess[] = [];

function start(args: readonly string[]) {
  const child = spawn(process.execPath, command(...args), { stdio: ['pipe', 'pipe', 'pipe'] });
  running.push(child);
  return child;
}

async function startWitness(listen: string): Promise<{ child: ChildProcess; key: string; url: string }> {
  const args = ['witness', 'serve', '--dir', join(base, 'witness'), '--listen', listen, '--name', 'w.example/w1'];
  const child = start(args);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, key: (await lines.next()).value as string, url: (await lines.next()).value as string };
}

const ended = async (child: ChildProcess) => {
  child.kill('SIGTERM');
  await once(child, 'exit');
};
const sizeOf = (name: string) => parseCheckpoint(splitNote(readFileSync(join(dir, name), 'utf8')).text).size;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'spoor-cli-export-'));
  dir = join(base, 'ledger');
  vi.stubEnv('XDG_STATE_HOME', join(base, 'state'));
  vi.stubEnv('SPOOR_LEDGER_TOKEN', '');
  vkey = (await spoor(['ledger', 'init', dir, '--origin', 'ledger.example/main'])).stdout.trim();
  const witness = await startWitness('127.0.0.1:0');
  address = new URL(witness.url).host;
  expect((await spoor(['witness', 'add', vkey, '--dir', join(base, 'witness')])).status).toBe(0);
  const policy = `log ${vkey}\nwitness w1 ${witness.key} ${witness.url}\nquorum w1\n`;
  writeFileSync(join(dir, 'policy.txt'), policy);
});

afterAll(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  rmSync(base, { recursive: true, force: true });
});

describe('a ledger with a witness', () => {
  test('is cosigned, anchored and exported', async () => {
    const appended = await spoor(['ledger', 'append', dir, '--stream', 'web1/auth'], 'one\ntwo\nthree\n');
    expect(appended).toMatchObject({ status: 0, stdout: '1..3\n', stderr: '' });
    expect(sizeOf('cosigned')).toBe(4n);
    const worm = join(base, 'worm');
    const anchored = await spoor(['ledger', 'anchor', dir, '--to', `file:${worm}`]);
    expect(anchored).toMatchObject({ status: 0, stdout: `file:${worm}: 4 records, record 4\n`, stderr: '' });
    expect(readdirSync(worm)).toHaveLength(1);
    const bad = await spoor(['ledger', 'anchor', dir, '--to', `file:${join(dir, 'policy.txt')}/x`]);
    expect(bad).toMatchObject({ status: 69, stderr: expect.stringContaining('1 of 1 place did not keep') });
    expect((await spoor(['verify', dir, '--policy', join(dir, 'policy.txt')])).stdout).toContain('INTACT');
    const out = join(base, 'evidence');
    const exported = await spoor(['export', dir, '2..3', out]);
    expect(exported).toEqual({ status: 0, stdout: '2 records from 2 to 3, under 5, witnesses w1\n', stderr: '' });
    const { status, stdout } = spawnSync('sh', [join(out, 'verify.sh'), vkey], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([
      0,
      expect.stringContaining('The log continues the anchored checkpoint of 4 rec'),
    ]);
    expect(stdout).toContain('Stream web1/auth: numbers 1 to 2');
    expect(await spoor(['export', dir, '2..3', out])).toMatchObject({
      status: 74,
      stderr: expect.stringContaining('not empty'),
    });
    const zip = join(base, 'evidence.zip');
    expect((await spoor(['export', dir, '--stream', 'web1/auth', '--since', '2020-01-01', zip])).status).toBe(0);
    expect(readFileSync(zip).subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004');
    for (const args of [
      ['export', dir, out],
      ['export', dir, '1', out, 'x'],
      ['export', dir, '--since', 'noon', out],
    ])
      expect((await spoor(args)).status).toBe(64);
  });

  test('of which another process holds the folder says which', async () => {
    const holder = start(['ledger', 'append', dir, '--stream', 'slow']);
    holder.stdin?.write('line\n');
    const wal = join(dir, 'wal/0000000000000000.wal');
    while (!readFileSync(wal).includes('stream=slow')) await new Promise((resolve) => setTimeout(resolve, 50));
    const second = await spoor(['ledger', 'append', dir, '--stream', 'web1/auth'], 'x\n');
    expect(second.status).toBe(69);
    if (process.platform === 'linux')
      expect(second.stderr).toMatch(new RegExp(`process ${holder.pid} \\(.*ledger append.*\\) writes to the ledger`));
    holder.stdin?.end();
    expect(await once(holder, 'exit')).toEqual([0, null]);
  });

  test('goes on without its witness, says so, and is cosigned while it is served', async () => {
    const [witness] = running;
    await ended(witness as ChildProcess);
    const before = sizeOf('cosigned');
    const alone = await spoor(['ledger', 'append', dir, '--stream', 'web1/auth'], 'four\n');
    expect(alone).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\.\d+\n$/) });
    expect(alone.stderr).toMatch(/^spoor: witness w1: no answer.*\nspoor: too few witnesses have cosigned/);
    const newest = sizeOf('checkpoint');
    expect([sizeOf('cosigned'), newest > before]).toEqual([before, true]);
    const index = String(newest - 1n);
    const refused = await spoor(['export', dir, index, join(base, 'early')]);
    expect(refused).toMatchObject({ status: 69, stderr: expect.stringContaining('--uncosigned') });
    expect(existsSync(join(base, 'early'))).toBe(false);
    expect((await spoor(['export', dir, index, join(base, 'early'), '--uncosigned'])).status).toBe(0);
    const checked = spawnSync('sh', [join(base, 'early/verify.sh')], { encoding: 'utf8' });
    expect([checked.status, checked.stdout]).toEqual([0, expect.stringContaining('No witness is required')]);
    await startWitness(address);
    const server = start(['ledger', 'serve', dir, '--listen', '127.0.0.1:0']);
    while (sizeOf('cosigned') < newest && server.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await ended(server);
    expect(sizeOf('cosigned')).toBe(newest);
  });

  test('that was set back is not written to', async () => {
    cpSync(dir, join(base, 'old'), { recursive: true });
    expect((await spoor(['ledger', 'append', dir, '--stream', 'web1/auth'], 'five\n')).status).toBe(0);
    rmSync(dir, { recursive: true });
    cpSync(join(base, 'old'), dir, { recursive: true });
    const back = await spoor(['ledger', 'append', dir, '--stream', 'web1/auth'], 'other\n');
    expect(back).toMatchObject({ status: 65, stdout: '', stderr: expect.stringContaining('the ledger was set back') });
    appendFileSync(join(dir, 'policy.txt'), 'quorum nobody\n');
    expect(await spoor(['ledger', 'append', dir, '--stream', 'web1/auth'], 'x\n')).toMatchObject({
      status: 78,
      stderr: expect.stringContaining('policy.txt'),
    });
  });
});
