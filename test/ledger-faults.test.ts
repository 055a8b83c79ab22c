import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { leafHash } from '../src/core/tlog/merkle.ts';
import { formatSecret, parseSecret } from '../src/core/tlog/note.ts';
import { realDisk } from '../src/ledger/disk.ts';
import { Ledger } from '../src/ledger/ledger.ts';
import { parseRecord } from '../src/ledger/record.ts';
import { findLog } from '../src/ledger/recover.ts';
import { Edge } from '../src/ledger/tile.ts';
import { walBundles } from '../src/ledger/wal-scan.ts';
import { SignerCore } from '../src/signer/core.ts';

// A writer and its signer as real processes, under strace, which lets one call to the system fail, or kills the process at it, as
// Tessera's tests do. Only calls on the ledger's own files count.

const ORIGIN = 'ledger.example/main';
const FAULTY = new URL('./ledger-faulty.ts', import.meta.url).pathname;
const FULL = process.env['SPOOR_FULL'] !== undefined;
const works =
  process.platform === 'linux' && spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', 'true']).status === 0;
if (!works)
  process.stderr.write('\nSKIPPED: no strace that may trace, so no call of the ledger to the disk is made to fail\n');

const FILES = [
  '.',
  'wal',
  'wal/0000000000000000.wal',
  'head',
  'head.new',
  'checkpoint',
  'checkpoint.new',
  'signer',
  'signer/signed',
  'signer/signed.new',
];

interface Said {
  readonly lines: readonly string[];
  readonly signal: NodeJS.Signals | null;
}

/** Payloads of a ledger's records, and the root of each of its sizes. */
async function contentOf(folder: string): Promise<{ texts: string[]; roots: Map<number, string> }> {
  const disk = realDisk(folder);
  const edge = new Edge();
  const roots = new Map<number, string>();
  const texts: string[] = [];
  for (const { first } of (await findLog(disk)).wals)
    for await (const bundle of walBundles(disk, first, 256))
      for (const entry of bundle) {
        texts.push(parseRecord(entry).payload.toString());
        edge.appendHash(leafHash(entry));
        roots.set(edge.size, edge.root().toString('base64'));
      }
  return { texts, roots };
}

describe.skipIf(!works)('calls to the disk that fail', () => {
  const base = mkdtempSync(join(tmpdir(), 'spoor-faults-'));
  const start = join(base, 'start');
  const secretText = formatSecret(ORIGIN, randomBytes(32));
  const { key, secret } = parseSecret(secretText);
  let nth = 0;

  const opened = (folder: string) => {
    const disk = realDisk(folder);
    const core = new SignerCore({ origin: ORIGIN, key, secret, ledger: disk, own: realDisk(join(folder, 'signer')) });
    const signer = { key, sign: core.sign.bind(core) };
    return Ledger.open({ disk, random: randomBytes, nowUs: () => 1, origin: ORIGIN, signer, policy: '-\n' });
  };

  beforeAll(async () => {
    mkdirSync(join(start, 'signer'), { recursive: true, mode: 0o700 });
    writeFileSync(join(start, 'signer', 'key'), secretText, { mode: 0o400 });
    const ledger = await opened(start);
    await ledger.seal();
    await ledger.close();
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  function under(inject: string): Promise<Said & { folder: string }> {
    const folder = join(base, `run${nth}`);
    nth += 1;
    cpSync(start, folder, { recursive: true, preserveTimestamps: true });
    const paths = FILES.flatMap((file) => ['-P', join(folder, file)]);
    const args = ['-f', '-qq', '-o', join(base, 'trace'), ...paths, '-e', `inject=${inject}`];
    const program = [process.execPath, '--import', 'tsx', FAULTY, folder, join(folder, 'signer', 'key'), 'faulty'];
    const child = spawn('strace', [...args, ...program], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    });
    let said = '';
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (_, signal) => resolve({ lines: said.split('\n'), signal, folder }));
    });
  }

  /** The next start finds all that was acknowledged, under all that was signed, and goes on. */
  async function expectKept(folder: string, lines: readonly string[]): Promise<void> {
    const again = await opened(folder);
    await again.append([{ stream: 'a', bytes: Buffer.from('on'), receivedAtUs: 1, via: '-', peer: 'none' }]);
    expect(await again.seal()).toContain(`\n${again.size}\n`);
    await again.close();
    const { texts, roots } = await contentOf(folder);
    for (const line of lines) {
      const [what, first, second, batch] = line.split(' ');
      if (what === 'sealed') expect(roots.get(Number(first)), line).toBe(second);
      if (what !== 'ack') continue;
      const kept = texts.slice(Number(first), Number(second) + 1).map((text) => text.split(' ').slice(0, 3).join(' '));
      expect(kept).toEqual([0, 1, 2, 3, 4].map((at) => `faulty ${batch} ${at}`));
    }
  }

  const calls = ['openat', 'pwrite64', 'fdatasync', 'fsync', 'rename'];
  const few = [
    'pwrite64:error=ENOSPC:when=2',
    'fdatasync:error=EIO:when=3',
    'fsync:error=EIO:when=4',
    'rename:error=EIO:when=2',
    'pwrite64:signal=SIGKILL:when=3',
    'fdatasync:signal=SIGKILL:when=4',
    'rename:signal=SIGKILL:when=1',
  ];
  const many = calls.flatMap((call) =>
    ['error=EIO', 'error=ENOSPC', 'signal=SIGKILL'].flatMap((fault) =>
      Array.from({ length: 14 }, (_, at) => `${call}:${fault}:when=${at + 1}`),
    ),
  );

  test.each(FULL ? many : few)('%s: nothing that was acknowledged or signed is lost', async (inject) => {
    const { lines, folder } = await under(inject);
    expect(lines.join('\n')).not.toContain('unhandled');
    if (!inject.includes('SIGKILL')) expect(lines).toContain('end'); // it goes on, and says why
    if (!FULL && inject.includes('error='))
      expect(lines.join('\n')).toMatch(/nack E(?:IO|NOSPC)|unsealed E(?:IO|NOSPC|_UNAVAILABLE)|failed E/);
    await expectKept(folder, lines);
  });

  test('a full disk: once an append was refused, so are all later ones', async () => {
    const { lines, folder } = await under('pwrite64:error=ENOSPC:when=2+');
    expect(lines.filter((line) => line.startsWith('nack')).length).toBeGreaterThan(0);
    const first = lines.findIndex((line) => line.startsWith('nack'));
    expect(lines.slice(first).some((line) => line.startsWith('ack'))).toBe(false);
    await expectKept(folder, lines);
  });

  test('a disk that says it wrote what it did not: the signer reads it back, and does not sign', async () => {
    const { lines } = await under('pwrite64:retval=7:when=1');
    expect(lines).toContain('unsealed E_TAMPERED');
    expect(lines.some((line) => line.startsWith('sealed'))).toBe(false);
  });
});

test('strace is there in CI', () => {
  if (process.env['CI'] && process.platform === 'linux') expect(existsSync('/usr/bin/strace')).toBe(true);
});
