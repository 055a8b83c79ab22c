import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import type { DoctorLine, ShownEvent, ShownSourceEvent } from '../../src/api/view.ts';
import { Authority } from '../../src/listeners/fixtures/certificates.ts';
import { command } from '../built.ts';
import { freePort } from '../free-port.ts';
import { passableFolder } from '../state-folder.ts';
import { sendText } from './serving/sending.ts';
import { ServerProcess, until } from './serving/server-process.ts';

// A server that is asked how it is, and that watches who sends to it.

const base = passableFolder('spoor-doctor-');
const folder = base.path;
const servers: ServerProcess[] = [];
afterAll(async () => {
  for (const server of servers) await server.killAll();
  base.remove();
});

async function started(name: string, sources: readonly object[]): Promise<ServerProcess> {
  const server = new ServerProcess(join(folder, name), sources);
  servers.push(server);
  await server.start();
  await until('the index and the state', async () => {
    const { parts } = await server.status();
    return parts.every(({ name, state }) => name.startsWith('source ') || state === 'running');
  });
  return server;
}

/** Runs a command against the server. */
async function spoor(server: ServerProcess, ...args: string[]): Promise<{ code: number | null; stdout: string }> {
  const child = spawn(process.execPath, command(...args, '--data', server.paths.data), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.on('data', (piece: Buffer) => {
    stdout += piece.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout };
}

async function examined(server: ServerProcess): Promise<{ code: number | null; lines: DoctorLine[] }> {
  const { code, stdout } = await spoor(server, 'doctor', '--json');
  return { code, lines: JSON.parse(stdout) as DoctorLine[] };
}

async function atLeastOne<T>(what: string, ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
  let got: readonly T[] = [];
  await until(what, async () => {
    got = await ask();
    return got.length > 0;
  });
  return got;
}

const search = async (server: ServerProcess, words: string) =>
  ((await server.ask(`/api/v1/events?q=${encodeURIComponent(words)}`)) as { events: ShownEvent[] }).events;

test('doctor: a line goes in by each source and comes out proven, whatever the door asks for', async () => {
  const authority = await Authority.make(folder, 'ours');
  const tls = await authority.issue('server', { cn: 'spoor', names: [{ type: 'dns', value: 'spoor' }] });
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  const { certificate, key } = await (await Authority.make(folder, 'others')).issue('stranger', {
    cn: 'spoor',
    names: [],
  });
  const stranger = { certificate, key };
  const server = await started('whole', [
    { type: 'syslog-udp', port: 0 },
    { type: 'syslog-tcp', port: 0 },
    { type: 'syslog-tls', port: 0, ...tls },
    { type: 'relp', port: 0 },
    { type: 'relp-tls', port: 0, ...tls },
    { type: 'syslog-tls', name: 'own-tls', port: 0, tls: 'own' },
    { type: 'relp-tls', name: 'own-relp', port: 0, tls: 'own' },
    { type: 'gelf-udp', port: 0 },
    { type: 'gelf-tcp', port: 0 },
    { type: 'lumberjack', port: 0 },
    ...['http', 'otlp-http', 'loki', 'splunk-hec', 'elasticsearch', 'gelf-http', 'journal-upload'].flatMap((type) => [
      { type, port: 0 },
      { type, name: `closed-${type}`, port: 0, tokens: [{ name: 'a', sha256: '0'.repeat(64) }] },
    ]),
    { type: 'splunk-hec', name: 'acknowledged', port: 0, acknowledge: true },
    { type: 'file', include: [join(logs, '*.log')] },
    { type: 'syslog-tls', name: 'others', port: 0, openSeconds: 1, ...tls, ...stranger, ca: tls.ca },
  ]);
  const { code, lines } = await examined(server);
  const canaries = lines.filter(({ area }) => area.startsWith('canary '));
  const proven = canaries.filter(({ what }) => /^record \d+: found after [\d.]+ s, proven after [\d.]+ s$/.test(what));
  expect(canaries.filter((line) => !proven.includes(line))).toMatchObject([
    { area: 'canary others', level: 'warn', what: expect.stringContaining('we hold no certificate') },
  ]);
  expect(canaries).toHaveLength(27);
  expect(lines.filter(({ level }) => level === 'bad')).toEqual([]);
  expect(code).toBe(0);
  expect(
    lines.find(({ area }) => area === 'certificate of relp-tls' || area === 'certificate of syslog-tls'),
  ).toBeDefined();
  expect(lines.find(({ area }) => area === 'protection')?.what).toMatch(/^not yet protected/);
  expect(lines.find(({ area }) => area === 'ledger')?.what).toMatch(/as (?:it was|they were) signed$/);
  const found = await search(server, 'spoor doctor');
  // Spoor's own record names the senders too, a while after it first saw them: `spoor-doctor` has the same words.
  const ofSpoor = found.filter(({ message }) => /^act who=spoor what=source_first_seen /.test(message));
  const asFound = found
    .filter((event) => !ofSpoor.includes(event))
    .map(({ position, message }) => {
      const name = / a line of spoor doctor, by (?<name>[\w-]+)/.exec(message)?.groups?.['name'];
      return { record: Number(position), area: `canary ${name ?? message}` };
    });
  const asTold = proven.map(({ area, what }) => ({
    record: Number(/^record (?<n>\d+)/.exec(what)?.groups?.['n']),
    area,
  }));
  const inOrder = (all: typeof asTold) => all.toSorted((a, b) => a.record - b.record);
  expect(inOrder(asFound), server.said).toEqual(inOrder(asTold));
  expect(readdirSync(logs)).toEqual([]);
  await server.stop();
  expect(await server.left()).toEqual([]);
  expect(server.said).not.toMatch(/"others".*refused/); // by our own looking at its certificate
});

test('doctor: a listener that has no port is bad, and the others are tried all the same', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const server = await started('broken', [
    { type: 'relp', port: 0 },
    { type: 'syslog-tcp', port },
  ]);
  await until('the failure of a source', async () =>
    (await server.status()).parts.some(({ state }) => state === 'failed'),
  );
  const { code, lines } = await examined(server);
  expect(code).toBe(1);
  expect(lines).toContainEqual(expect.objectContaining({ area: 'source syslog-tcp', level: 'bad' }));
  expect(lines.find(({ area }) => area === 'canary relp')?.level).toBe('ok');
  taken.close();
  await server.stop();
});

test('a gap in a sender’s own numbers is told: in the state, in the ledger and so in the index, and once over a restart', async () => {
  const port = await freePort();
  const server = await started('watched', [{ type: 'syslog-tcp', port }]);
  const send = async (from: number, to: number) => {
    const head = `<38>1 ${new Date().toISOString()} web-1 app 7 -`;
    const numbers = Array.from({ length: to - from + 1 }, (_, nth) => from + nth);
    await sendText(port, numbers.map((n) => `${head} [meta sequenceId="${n}"] line ${n}\n`).join(''));
  };
  await send(1, 30);
  await send(34, 40);
  const told = async (kind: string) =>
    ((await server.ask(`/api/v1/source-events?kind=${kind}`)) as { events: ShownSourceEvent[] }).events;
  const [gap] = await atLeastOne('the gap', () => told('sequence_gap'));
  expect(gap).toMatchObject({ stream: 'syslog-tcp/127.0.0.1', detail: { missing: 3, after: 30, next: 34 } });
  expect(gap?.words).toMatch(/^3 messages did not come/);
  expect(await told('first_seen')).toHaveLength(1);
  const [event] = await atLeastOne(
    'its event',
    async () => (await search(server, 'source_sequence_gap')).filter(({ message }) => !message.includes('what=search')), // that we asked is kept, too
  );
  expect(event?.message).toContain('about=syslog-tcp/127.0.0.1: 3 messages did not come');
  expect((await spoor(server, 'sources', '--events')).stdout).toContain('sequence gap   syslog-tcp/127.0.0.1');

  expect(await server.stop()).toBe(0);
  await server.start();
  await until('the index and the state', async () => (await server.ask('/readyz')) !== null);
  await send(41, 60);
  await until('the sums', async () => (await server.sources()).some(({ records }) => records === 57));
  await pause(8000); // longer than a number may be on its way, and a look
  expect(await told('sequence_gap')).toHaveLength(1);
  expect(await told('first_seen')).toHaveLength(1);
  await server.stop();
});
