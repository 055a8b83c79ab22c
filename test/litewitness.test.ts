import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange } from '../src/core/exchange.ts';
import { openCheckpoint } from '../src/core/tlog/checkpoint.ts';
import { COSIGNATURE, formatVerifierKey, verifierKey } from '../src/core/tlog/note.ts';
import { WitnessClient } from '../src/ledger/witness/client.ts';
import { freePort } from './free-port.ts';
import { ran, unpackedFolder } from './strangers-tools.ts';
import { TestLog } from './test-log.ts';

// A witness that is not ours: litewitness, of Debian's package torchwood. Found on the PATH, in SPOOR_LITEWITNESS (a folder), or where
// `strangers-tools.ts` looks.

const folders = [
  process.env['SPOOR_LITEWITNESS'] ?? '',
  join(unpackedFolder() ?? '', 'root/usr/bin'),
  ...(process.env['PATH'] ?? '').split(delimiter),
];
const found = folders.find((folder) => folder !== '' && existsSync(join(folder, 'litewitness')));
if (found === undefined)
  process.stderr.write(
    '\nSKIPPED: no litewitness, so no witness of others is asked. Set SPOOR_LITEWITNESS to its folder\n',
  );
else ran('litewitness');

describe.skipIf(found === undefined)('litewitness', () => {
  const log = new TestLog().grow(20);
  const children: ChildProcess[] = [];
  let folder = '';
  let url = '';
  let key = log.key;

  const run = (command: string, ...args: readonly string[]) =>
    execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  const start = (command: string, ...args: readonly string[]) => {
    const child = spawn(command, args, { cwd: folder, stdio: 'ignore' });
    children.push(child);
    return child;
  };
  const until = async (ready: () => boolean | Promise<boolean>) => {
    while (!(await ready())) await new Promise((next) => setTimeout(next, 50));
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'spoor-lite-'));
    const at = (name: string) => join(found ?? '', name);
    run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', 'key');
    const agent = join(folder, 'agent');
    start('ssh-agent', '-D', '-a', agent);
    await until(() => existsSync(agent));
    execFileSync('ssh-add', ['-q', 'key'], {
      cwd: folder,
      env: { ...process.env, SSH_AUTH_SOCK: agent },
      stdio: 'pipe',
    });
    const [, fingerprint = ''] = run('ssh-keygen', '-lf', 'key.pub').split(' ');
    const wire = Buffer.from(readFileSync(join(folder, 'key.pub'), 'utf8').split(' ')[1] ?? '', 'base64');
    key = verifierKey('lite.example/w', COSIGNATURE, wire.subarray(wire.length - 32));
    run(at('witnessctl'), 'add-log', '-db', 'db', '-origin', log.origin);
    run(at('witnessctl'), 'add-key', '-db', 'db', '-origin', log.origin, '-key', formatVerifierKey(log.key));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    start(
      at('litewitness'),
      '-db',
      'db',
      '-key',
      fingerprint,
      '-name',
      key.name,
      '-listen',
      `127.0.0.1:${port}`,
      '-ssh-agent',
      agent,
    );
    await until(() =>
      fetch(url).then(
        () => true,
        () => false,
      ),
    );
  });

  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const client = () => new WitnessClient({ name: 'lite', key, url }, exchange);
  const submission = (from: TestLog, size: number) => ({
    checkpoint: openCheckpoint(from.signed(size), [from.key], from.origin),
    keys: [log.key],
    proof: (old: bigint) => from.proof(old, { size: BigInt(size) }),
    nowSeconds: Math.floor(Date.now() / 1000),
  });

  test('cosigns our checkpoints, and refuses a fork, in answers that we understand', async () => {
    const first = client();
    expect(await first.submit(submission(log, 5))).toMatchObject({ kind: 'cosigned', words: null });
    expect(await first.submit(submission(log, 9))).toMatchObject({ kind: 'cosigned' });
    expect(await client().submit(submission(log, 20))).toMatchObject({ kind: 'cosigned' }); // it says where it is
    expect(await client().submit(submission(log, 9))).toMatchObject({ kind: 'ahead', size: 20n });
    const forked = log.fork(7).grow(30, 'forged');
    expect(await client().submit(submission(forked, 30))).toMatchObject({ kind: 'forked' });
    expect(await client().submit(submission(forked, 20))).toMatchObject({ kind: 'forked' });
    const stranger = new TestLog('other.example/log').grow(3);
    expect(await client().submit(submission(stranger, 3))).toMatchObject({ kind: 'unknown' });
    expect(await client().submit(submission(new TestLog(log.origin, 8).grow(25), 25))).toMatchObject({
      kind: 'unknown',
    });
  });
});
