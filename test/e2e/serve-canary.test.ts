import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Authority, type Paths } from '../../src/listeners/fixtures/certificates.ts';
import { hasRsyslog, missing, Programs } from '../../src/listeners/fixtures/programs.ts';
import { command } from '../built.ts';
import { freePort } from '../free-port.ts';
import { CuttingProxy } from './serving/cutting-proxy.ts';
import { RsyslogSender } from './serving/rsyslog-sender.ts';
import { ServerProcess, until } from './serving/server-process.ts';
import { indexOf, ledgerOf, ledgerSize, oddOnes } from './serving/truth.ts';

// The canary of truth: a real rsyslog sends numbered lines while everything is killed, cut and full.

const FULL = process.env['SPOOR_FULL'] !== undefined;
const LINES = FULL ? 2_000_000 : 50_000;
const KILLS = FULL ? 20 : 5;
const PATIENCE_MS = FULL ? 1_800_000 : 120_000;
const noRelp = missing('omrelp (rsyslog-relp)', hasRsyslog('omrelp'));
const noGtls = missing('lmnsd_gtls (rsyslog-gnutls)', hasRsyslog('lmnsd_gtls'));

const folder = mkdtempSync(join(tmpdir(), 'spoor-canary-'));
const programs = new Programs();
const servers: ServerProcess[] = [];
const proxies: CuttingProxy[] = [];
const mounts: string[] = [];
let ours: Paths;
let web1: Paths;

beforeAll(async () => {
  chmodSync(folder, 0o755); // the database has an account of its own when we are root
  const authority = await Authority.make(folder, 'ours');
  ours = await authority.issue('server', { cn: 'spoor', names: [{ type: 'dns', value: 'spoor' }] });
  web1 = await authority.issue('web-1', { cn: 'web-1', names: [{ type: 'dns', value: 'web-1' }] });
});

afterEach(async () => {
  await programs.end();
  for (const server of servers.splice(0)) {
    say(server.said);
    await server.killAll();
  }
  for (const proxy of proxies.splice(0)) await proxy.stop();
  for (const mount of mounts.splice(0)) spawnSync('umount', ['--lazy', mount]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What helps to see why: SPOOR_SAY=1. */
function say(what: string): void {
  if (process.env['SPOOR_SAY']) process.stderr.write(`${what}\n`);
}

/** A disk that can be filled. */
interface SmallDisk {
  fill(): void;
  empty(): void;
}

/** A data folder on a disk of its own, where we may mount one. */
function dataFolder(name: string): { data: string; fill: SmallDisk | null } {
  const data = join(folder, name);
  mkdirSync(data);
  const size = FULL ? '8g' : '1g';
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', data]);
  if (status !== 0) {
    console.warn('SKIPPED: a full disk, for no file system can be mounted here (root only)');
    return { data, fill: null };
  }
  mounts.push(data);
  return { data, fill: smallDisk(join(data, 'filler')) };
}

function smallDisk(filler: string): SmallDisk {
  const block = Buffer.alloc(1 << 20);
  return {
    fill: () => {
      for (let size = block.length; size >= 512; )
        try {
          writeFileSync(filler, block.subarray(0, size), { flag: 'a' });
        } catch {
          size >>= 1; // to the last page
        }
    },
    empty: () => rmSync(filler),
  };
}

async function serve(type: 'relp-tls' | 'syslog-tls', data: string) {
  const port = await freePort();
  const { certificate, key, ca } = ours;
  const server = new ServerProcess(data, [{ type, port, certificate, key, ca }]);
  servers.push(server);
  await server.start();
  const proxy = await CuttingProxy.start(port);
  proxies.push(proxy);
  return { server, proxy };
}

type Trouble = (server: ServerProcess, proxy: CuttingProxy) => Promise<void>;

/** Kills a child, once it is there. */
async function killed(server: ServerProcess, command: RegExp): Promise<void> {
  await until(`a child ${command.source} to kill`, () => server.killChild(command));
}

/** What is done to a server, in turn. */
const TROUBLES: readonly (readonly [string, Trouble])[] = [
  [
    'the main process is killed, its children end by themselves',
    async (server) => {
      await server.kill();
      expect(await server.left()).toEqual([]);
      await server.start();
    },
  ],
  [
    'the line is cut while we acknowledge',
    async (_server, proxy) => {
      await proxy.cut(150, 1000);
    },
  ],
  [
    'all processes are killed at once',
    async (server) => {
      await server.killAll();
      await server.start();
    },
  ],
  ['the engine is killed', (server) => killed(server, /engine\/main\./)],
  [
    'the main process is killed and started again at once',
    async (server) => {
      await server.kill();
      await server.start();
    },
  ],
  ['the database is killed', (server) => killed(server, /postgres/)],
  ['the signer is killed', (server) => killed(server, /signer\/main\./)],
];

/** Gives lines in turns, and makes trouble in the middle of each. */
async function troubled(
  { server, proxy }: { server: ServerProcess; proxy: CuttingProxy },
  sender: RsyslogSender,
  troubles: readonly (readonly [string, Trouble])[],
): Promise<void> {
  const turn = Math.floor(LINES / (troubles.length + 1));
  for (const [name, trouble] of troubles) {
    const before = await ledgerSize(server);
    sender.give(turn);
    await until(`lines before ${name}`, async () => (await ledgerSize(server)) > before + turn / 4, PATIENCE_MS);
    say(`${new Date().toISOString()} ${name}`);
    await trouble(server, proxy);
  }
  sender.give(LINES - sender.given);
}

/** After a graceful stop: nothing runs, nothing is half done, and what is kept is what was sealed. */
async function expectWhole(server: ServerProcess): Promise<void> {
  expect(await server.stop()).toBe(0);
  expect(await server.left()).toEqual([]);
  const verified = spawnSync(process.execPath, command('verify', server.paths.ledger, '--no-memory'), {
    encoding: 'utf8',
  });
  expect(verified.stdout + verified.stderr).toContain('');
  expect(verified.status, verified.stdout + verified.stderr).toBe(0);
  const begun = new Set<number>();
  for (const name of readdirSync(server.paths.pipeline).filter((one) => one.endsWith('.jsonl')))
    for (const line of readFileSync(join(server.paths.pipeline, name), 'utf8').split('\n').filter(Boolean)) {
      const said = JSON.parse(line) as { begin?: { id: number }; done?: number };
      if (said.begin !== undefined) begun.add(said.begin.id);
      if (said.done !== undefined) begun.delete(said.done);
    }
  expect([...begun]).toEqual([]);
  expect(existsSync(server.paths.socket)).toBe(false);
}

test.skipIf(noRelp)(
  `RELP over TLS: ${LINES} lines and ${KILLS} kills, each line kept, each record in the index once`,
  async () => {
    const { data, fill } = dataFolder('relp');
    const { server, proxy } = await serve('relp-tls', data);
    const sender = RsyslogSender.relp(programs, folder, proxy.port, web1);
    const full: readonly (readonly [string, Trouble])[] =
      fill === null
        ? []
        : [
            [
              'the disk is full',
              async () => {
                fill.fill();
                sender.give(1000);
                await until('the ledger to say so', () => {
                  fill.fill(); // what others gave back
                  return /"ledger".*ENOSPC/.test(server.said);
                });
                await pause(2000);
                fill.empty();
              },
            ],
          ];
    const turns = Array.from({ length: FULL ? KILLS + 8 : TROUBLES.length }, (_, i) => TROUBLES[i % TROUBLES.length]);
    await troubled({ server, proxy }, sender, [...(turns as typeof TROUBLES), ...full]);

    const stream = 'relp-tls/web-1';
    await until(
      'all lines in the ledger',
      async () => {
        if ((await ledgerSize(server)) < LINES) return false;
        const { times } = await ledgerOf(server, stream, LINES);
        return times.every((count) => count > 0);
      },
      PATIENCE_MS,
    );
    await until('all of it in the index', async () => (await server.status()).index.lag === 0, PATIENCE_MS);
    const held = await ledgerOf(server, stream, LINES);
    say(`${held.records} records, ${held.again} sent again`);
    expect(oddOnes(held.first, (count) => count === 1)).toEqual([]);
    expect(held.records - held.again).toBe(LINES);
    expect(await indexOf(server, stream)).toEqual({ rows: LINES, places: LINES, numbers: LINES, parsed: LINES });
    const counted = { records: held.records, retransmitted: held.again, parsed: LINES, unparsed: 0, dropped: 0 };
    await until('the sums of the source', async () => {
      const source = (await server.sources()).find((one) => one.stream === stream);
      expect(source).toMatchObject(counted);
      return true;
    });
    await programs.end('SIGTERM');
    await expectWhole(server);
  },
);

test.skipIf(noGtls)(
  'syslog over TLS: what is lost is measured, and the server does not claim that it has all',
  async () => {
    const { data } = dataFolder('tls');
    const { server, proxy } = await serve('syslog-tls', data);
    const sender = RsyslogSender.tls(programs, folder, proxy.port, web1);
    const lines = LINES / 5;
    const cutOff = async () => {
      const done = proxy.cutOff(1000, 500);
      sender.give(1000); // into the system's buffers: nobody knows that they do not arrive
      await done;
    };
    const killed = async () => {
      await server.killAll();
      await server.start();
    };
    const turns: readonly Trouble[] = [cutOff, killed, cutOff];
    for (const trouble of turns) {
      const before = await ledgerSize(server);
      sender.give(lines / 5);
      await until('some lines', async () => (await ledgerSize(server)) > before + 200);
      await trouble(server, proxy);
    }
    sender.give(lines - sender.given);
    const stream = 'syslog-tls/web-1';
    let size = 0;
    await until('the last of what comes', async () => {
      const before = size;
      await pause(2000);
      size = await ledgerSize(server);
      return size === before && (await ledgerOf(server, stream, lines)).times[lines - 1] !== 0;
    });
    await until('all of it in the index', async () => (await server.status()).index.lag === 0);
    const held = await ledgerOf(server, stream, lines);
    const lost = held.times.reduce((sum, count) => sum + (count === 0 ? 1 : 0), 0);
    say(`${lost} of ${lines} lines lost, ${held.records} records`);
    expect(lost).toBeGreaterThan(0);
    expect((await indexOf(server, stream)).rows).toBe(held.records);
    await until('the sums of the source', async () => {
      const source = (await server.sources()).find((one) => one.stream === stream);
      expect(source).toMatchObject({ records: held.records, retransmitted: 0, isAcknowledged: false });
      return true;
    });
    expect(await server.metric('spoor_source_notes_total', { kind: 'disconnected', reason: 'reset' })).toBeGreaterThan(
      0,
    );
    const shown = spawnSync(process.execPath, command('sources', '--data', data), { encoding: 'utf8' });
    expect(shown.stdout).toContain('what is lost on the way is not known here');
    await programs.end('SIGTERM');
    await expectWhole(server);
  },
);
