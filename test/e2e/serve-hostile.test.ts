import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Authority, type Paths } from '../../src/listeners/fixtures/certificates.ts';
import { freePort } from '../free-port.ts';
import { ServerProcess, until } from './serving/server-process.ts';
import { indexOf, ledgerOf } from './serving/truth.ts';

// Hostile senders at a server that runs, while two that are good are served: one by syslog, one by RELP.

const CROWD = process.env['SPOOR_FULL'] ? 10_000 : 500;
const LONG_MIB = process.env['SPOOR_FULL'] ? 100 : 20;
/** 0.9 MiB each: more than the 64 MiB that all may hold. */
const HELD = process.env['SPOOR_FULL'] ? 200 : 80;
const MOST_MIB = 1600;
const folder = mkdtempSync(join(tmpdir(), 'spoor-hostile-'));
const sockets = new Set<Socket>();
const ports = { tcp: 0, patient: 0, tls: 0, relp: 0, http: 0 };
let server: ServerProcess;
let web1: Paths;
let stranger: Paths;
let peak = 0;
let watching: NodeJS.Timeout;
const good: Good[] = [];

beforeAll(async () => {
  chmodSync(folder, 0o755);
  const authority = await Authority.make(folder, 'ours');
  const ours = await authority.issue('server', { cn: 'spoor', names: [{ type: 'dns', value: 'spoor' }] });
  web1 = await authority.issue('web-1', { cn: 'web-1', names: [{ type: 'dns', value: 'web-1' }] });
  stranger = await (await Authority.make(folder, 'theirs')).issue('stranger', { cn: 'web-1' });
  for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
  const { certificate, key, ca } = ours;
  const limits = { maxConnections: CROWD + 100, frameSeconds: 2, openSeconds: 2 };
  server = new ServerProcess(join(folder, 'data'), [
    { type: 'syslog-tcp', port: ports.tcp, ...limits },
    { type: 'syslog-tcp', name: 'patient', port: ports.patient, frameSeconds: 600 },
    { type: 'syslog-tls', port: ports.tls, certificate, key, ca, ...limits },
    { type: 'relp', port: ports.relp, ...limits },
    { type: 'http', port: ports.http, maxBodyBytes: 1 << 20 },
  ]);
  await server.start();
  await server.running();
  watching = setInterval(() => {
    peak = Math.max(peak, server.memory());
  }, 1000);
  good.push(new Good('tcp', ports.tcp), new Good('relp', ports.relp));
});

afterAll(async () => {
  clearInterval(watching);
  for (const socket of sockets) socket.destroy();
  await server.killAll();
  rmSync(folder, { recursive: true, force: true });
});

function open(port: number, host = '127.0.0.1', localAddress?: string): Socket {
  const socket = connect({ port, host, ...(localAddress !== undefined && { localAddress }) });
  socket.on('error', () => {});
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
  return socket;
}

/** One who sends numbered lines all the time, and never a wrong one. */
class Good {
  readonly stream: string;
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  readonly #isRelp: boolean;
  sent = 0;
  acknowledged = 0;

  constructor(kind: 'tcp' | 'relp', port: number) {
    this.stream = `${kind === 'relp' ? 'relp' : 'syslog-tcp'}/127.0.0.1`;
    this.#isRelp = kind === 'relp';
    this.#socket = open(port);
    if (this.#isRelp) this.#socket.write('1 open 30 relp_version=0\ncommands=syslog\n');
    this.#socket.on('data', (bytes) => {
      this.acknowledged += bytes.toString('latin1').split('rsp 6 200 OK').length - 1;
    });
    this.#timer = setInterval(() => this.#send(), 20);
  }

  #send(): void {
    const text = `<38>1 2026-11-22T05:49:58Z web-1 sshd 7 - - Failed password for invalid user canary${this.sent} from 192.0.2.7 port 22 ssh2`;
    this.#socket.write(this.#isRelp ? `${this.sent + 2} syslog ${text.length} ${text}\n` : `${text.length} ${text}`);
    this.sent += 1;
  }

  get isServed(): boolean {
    return !this.#socket.destroyed;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Lines that the good ones send from now on are kept soon. */
async function expectServed(): Promise<void> {
  const [tcp, relp] = good as [Good, Good];
  const before = relp.sent;
  await until('acknowledgements for who is good', () => relp.acknowledged > before + 5);
  const sent = tcp.sent;
  await until('lines of who is good', async () => (await sourceOf(tcp.stream)).records > sent);
  expect(good.map((one) => one.isServed)).toEqual([true, true]);
}

async function sourceOf(stream: string) {
  const source = (await server.sources()).find((one) => one.stream === stream);
  if (source === undefined) throw new Error(`${stream} is not known yet`);
  return source;
}

const refused = (source: string, reason: string): Promise<number> =>
  server.metric('spoor_events_discarded_total', { source, reason });

async function crowd(port: number, count: number, each: (socket: Socket, nth: number) => void): Promise<void> {
  for (let nth = 0; nth < count; nth += 1) {
    const socket = open(port, '127.0.0.1', `127.0.${1 + (nth >> 7)}.${1 + (nth & 127)}`);
    socket.on('connect', () => each(socket, nth));
    if (nth % 100 === 99) await pause(20);
  }
}

test('a crowd that is silent, slow or broken', async () => {
  await crowd(ports.tcp, CROWD, (socket, nth) => {
    if (nth % 4 === 0) socket.write('<13>half');
    else if (nth % 4 === 1) socket.write(Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc]));
    else if (nth % 4 === 2) socket.write('9999999 <13>');
  });
  await until('slow ones to be refused', async () => (await refused('syslog-tcp', 'slow_frame')) >= CROWD / 4);
  await until('long ones, too', async () => (await refused('syslog-tcp', 'frame_too_long')) >= CROWD / 4);
  await crowd(ports.relp, CROWD / 2, (socket, nth) => {
    if (nth % 2 === 0) socket.write('1 open 30 relp_version=0\ncommands=syslog\n2 syslog 999999999 x');
    else socket.write('GET / HTTP/1.1\r\n\r\n');
  });
  await until('what is no RELP to be refused', async () => (await refused('relp', 'protocol')) >= CROWD / 4);
  await until('long ones, too', async () => (await refused('relp', 'frame_too_long')) >= CROWD / 4);
  await expectServed();
});

test('lines without end, and frames without end', async () => {
  const piece = Buffer.alloc(1 << 20, 'x');
  const long = async (port: number, begin: string) => {
    const socket = open(port);
    socket.write(begin);
    for (let sent = 0; sent < LONG_MIB && !socket.destroyed; sent += 1)
      await new Promise<void>((done) => {
        socket.once('close', () => done());
        socket.write(piece, () => done());
      });
  };
  const before = await refused('syslog-tcp', 'frame_too_long');
  await Promise.all([long(ports.tcp, '<13>'), long(ports.tcp, '104857600 <13>'), long(ports.relp, '1 open 30 x')]);
  await until('both to be refused', async () => (await refused('syslog-tcp', 'frame_too_long')) >= before + 2);
  // 0.9 MiB each that never end: what all may hold together is bounded
  const held = Array.from({ length: HELD }, () => open(ports.patient));
  for (const socket of held) socket.write(piece.subarray(0, 900_000));
  await until('some to be refused', async () => (await refused('patient', 'frame_memory')) > 0);
  for (const socket of held) socket.destroy();
  await expectServed();
});

test('no TLS, and wrong certificates', async () => {
  for (let nth = 0; nth < 50; nth += 1) open(ports.tls).end(Buffer.alloc(600, nth));
  const tls = (files: object): Promise<TLSSocket> =>
    new Promise((done) => {
      const socket = connectTls({ port: ports.tls, host: '127.0.0.1', rejectUnauthorized: false, ...files });
      socket.on('error', () => done(socket));
      socket.on('close', () => done(socket));
      socket.on('secureConnect', () => socket.write('<13>a line of nobody\n'));
    });
  for (let nth = 0; nth < 10; nth += 1) {
    await tls({});
    await tls({ cert: readFileSync(stranger.certificate), key: readFileSync(stranger.key) });
  }
  await until('both to be refused', async () => (await refused('syslog-tls', 'certificate')) >= 20);
  await until('what is no TLS, too', async () => (await refused('syslog-tls', 'tls')) > 0);
  const known = () => {
    const socket = connectTls({
      port: ports.tls,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      cert: readFileSync(web1.certificate),
      key: readFileSync(web1.key),
    });
    socket.on('error', () => {});
    sockets.add(socket);
    socket.write('<13>a line of web-1\n');
    return socket;
  };
  let ours = known();
  await until('the line of one who is known', async () => {
    if (ours.destroyed) ours = known(); // on a machine that is very busy its handshake takes too long, as a silent one's
    return (await sourceOf('syslog-tls/web-1')).records >= 1;
  });
  expect((await server.sources()).filter(({ stream }) => stream.startsWith('syslog-tls/'))).toHaveLength(1);
  await expectServed();
});

test('a body that unpacks to far more', async () => {
  const bomb = gzipSync(Buffer.alloc(200 << 20, 'a line that repeats itself\n'));
  const post = (body: Buffer) =>
    new Promise<number>((done, failed) => {
      const headers = { 'content-encoding': 'gzip', 'content-type': 'text/plain' };
      const asking = request(
        { port: ports.http, host: '127.0.0.1', method: 'POST', path: '/ingest', headers },
        (answer) => {
          answer.resume();
          done(answer.statusCode ?? 0);
        },
      );
      asking.on('error', failed);
      asking.end(body);
    });
  expect(await Promise.all([post(bomb), post(bomb), post(bomb)])).toEqual([413, 413, 413]);
  expect(await refused('http', 'body_too_long')).toBe(3);
  await expectServed();
});

test('clocks that are years off', async () => {
  const socket = open(ports.tcp);
  const years = ['0001', '1969', '1970', '2038', '2106', '2262', '2299', '2300', '9999'];
  for (const year of years)
    socket.write(
      `<38>1 ${year}-01-01T00:00:00Z web-9 sshd 7 - - Failed password for invalid user clock${year} from 192.0.2.9 port 22 ssh2\n`,
    );
  socket.write(
    '<38>Feb 30 25:61:61 web-9 sshd[7]: Failed password for invalid user clocknone from 192.0.2.9 port 22 ssh2\n',
  );
  const found = (words: string) => server.ask(`/api/v1/events?q=${words}`) as Promise<{ events: unknown[] }>;
  for (const year of [...years, 'none'])
    await until(`the line of ${year}`, async () => (await found(`clock${year}`)).events.length === 1);
  await expectServed();
});

test('at the end all lines of those who are good are there once, and memory stayed bounded', async () => {
  for (const one of good) one.stop();
  await until('the last acknowledgement', () => (good[1] as Good).acknowledged === (good[1] as Good).sent);
  for (const { stream, sent } of good) {
    await until('all lines', async () => (await ledgerOf(server, stream, sent)).times.every((count) => count === 1));
    await until('all in the index', async () => (await server.status()).index.lag === 0);
    expect((await indexOf(server, stream)).parsed).toBeGreaterThanOrEqual(sent);
  }
  expect(peak).toBeLessThan(MOST_MIB);
  if (process.env['SPOOR_SAY']) process.stderr.write(`at most ${Math.round(peak)} MiB\n`);
  expect(await server.stop()).toBe(0);
  expect(await server.left()).toEqual([]);
});
