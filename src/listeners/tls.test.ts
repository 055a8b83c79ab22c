import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Authority, type Paths } from './fixtures/certificates.ts';
import { type HowToEmit, type Running, start } from './fixtures/running.ts';
import relpTls from './relp-tls.ts';
import { peerNameOf } from './stream/peer-name.ts';
import syslogTls from './syslog-tls.ts';

let folder = '';
let authority: Authority;
let server: Paths;
let web1: Paths;
const running: Running[] = [];
const clients: TLSSocket[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'spoor-tls-'));
  authority = await Authority.make(folder, 'ours');
  server = await authority.issue('server', { cn: 'spoor', names: [{ type: 'dns', value: 'localhost' }] });
  web1 = await authority.issue('web-1', {
    cn: 'cn',
    names: [
      { type: 'ip', value: '192.0.2.7' },
      { type: 'dns', value: 'web-1' },
    ],
  });
});

afterAll(() => rmSync(folder, { recursive: true }));

afterEach(async () => {
  for (const socket of clients.splice(0)) socket.destroy();
  await Promise.all(running.splice(0).map((listener) => listener.stop()));
});

async function listen(config: object = {}, how: HowToEmit = {}): Promise<Running> {
  const listener = await start(syslogTls, { ...server, ...config }, how);
  running.push(listener);
  return listener;
}

const shown = ({ certificate, key }: Paths) => ({ cert: readFileSync(certificate), key: readFileSync(key) });

function client(listener: Running, options: ConnectionOptions = {}): TLSSocket {
  const socket = connect({
    port: listener.port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: readFileSync(authority.ca),
    ...options,
  });
  socket.on('error', () => {});
  clients.push(socket);
  return socket;
}

const closed = (socket: Socket) => new Promise<void>((resolve) => socket.on('close', () => resolve()));

/** Connects with a certificate and writes a line; resolves when the connection is over or the line has come. */
async function tell(listener: Running, options: ConnectionOptions): Promise<void> {
  const before = listener.records.length;
  const socket = client(listener, options);
  socket.write('<13>hello\n');
  await Promise.race([closed(socket), listener.until(() => listener.records.length > before)]);
  socket.destroy();
}

describe('syslog-tls', () => {
  test('names the sender by its certificate', async () => {
    const listener = await listen();
    const uri = await authority.issue('uri', {
      cn: 'cn',
      names: [
        { type: 'url', value: 'spiffe://acme/web' },
        { type: 'dns', value: 'later' },
      ],
    });
    const named = await authority.issue('named', { cn: 'only-cn' });
    for (const paths of [web1, uri, named]) await tell(listener, shown(paths));
    expect(listener.records.map(({ stream, peer, via }) => [stream, peer, via.replace(/\d+$/, 'N')])).toEqual([
      ['syslog-tls/web-1', 'web-1', 'tls:127.0.0.1:N'],
      ['syslog-tls/spiffe://acme/web', 'spiffe://acme/web', 'tls:127.0.0.1:N'],
      ['syslog-tls/only-cn', 'only-cn', 'tls:127.0.0.1:N'],
    ]);
    expect(listener.notes[0]).toMatchObject({ kind: 'connected', peer: 'web-1' });
  });

  test('refuses certificates that are not right, and says why', async () => {
    const listener = await listen();
    const strangers = await Authority.make(folder, 'strangers');
    const stranger = await strangers.issue('stranger', { cn: 'web-1' });
    const ended = await authority.issue('ended', { cn: 'ended', days: -1 });
    const nameless = await authority.issue('nameless', {});
    const none = await authority.issue('none', { cn: 'none' });
    for (const paths of [stranger, ended, nameless, none]) await tell(listener, shown(paths));
    await tell(listener, {});
    await listener.until(() => listener.said()['refused/certificate'] === 5);
    expect(listener.notes.map(({ detail }) => detail)).toEqual([
      expect.stringContaining('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
      expect.stringContaining('CERT_HAS_EXPIRED'),
      expect.stringContaining('has no name'),
      expect.stringContaining('has no name'),
      expect.stringContaining('showed no certificate'),
    ]);
    expect(listener.records).toEqual([]);
    await tell(listener, shown(web1));
    expect(listener.records.length).toBe(1);
  });

  test('where none is required, none is fine, and a wrong one is not', async () => {
    const listener = await listen({ clients: 'optional' });
    const stranger = await (await Authority.make(folder, 'others')).issue('other', { cn: 'web-1' });
    await tell(listener, {});
    await tell(listener, shown(stranger));
    await tell(listener, shown(web1));
    expect(listener.records.map(({ peer, stream }) => [peer, stream])).toEqual([
      ['none', 'syslog-tls/127.0.0.1'],
      ['web-1', 'syslog-tls/web-1'],
    ]);
    expect(listener.said()['refused/certificate']).toBe(1);
  });

  test('speaks TLS 1.2 and 1.3, and nothing older', async () => {
    const listener = await listen();
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
      await tell(listener, { ...shown(web1), minVersion: version, maxVersion: version });
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await tell(listener, { ...shown(web1), ...old });
    await listener.until(() => listener.said()['refused/tls'] === 1);
    expect(listener.records.length).toBe(2);
  });

  test('garbage and half handshakes are refused, each with its reason, and the others are served', async () => {
    const listener = await listen({ openSeconds: 2 });
    const garbage = connectPlain(listener.port, '127.0.0.1');
    garbage.on('error', () => {});
    garbage.write('<13>this is no TLS\n');
    await closed(garbage);
    const half = connectPlain(listener.port, '127.0.0.1');
    half.on('error', () => {});
    half.write(Buffer.from('160301', 'hex'));
    await closed(half);
    const gone = connectPlain(listener.port, '127.0.0.1');
    gone.on('error', () => {});
    gone.write(Buffer.from('160301', 'hex'), () => gone.resetAndDestroy());
    await listener.until(() => listener.said()['refused/handshake'] === 2);
    expect(listener.said()).toEqual({ 'refused/tls': 1, 'refused/handshake': 2 });
    await tell(listener, shown(web1));
    expect(listener.records.length).toBe(1);
  });

  test('a sender may go without close_notify: what came before is kept', async () => {
    const listener = await listen({}, { keep: () => delay(20) });
    const raw = connectPlain(listener.port, '127.0.0.1');
    const socket = client(listener, { ...shown(web1), socket: raw });
    await once(socket, 'secureConnect');
    const lines = Array.from({ length: 5000 }, (_, i) => `<13>line ${i}\n`);
    socket.write(`${lines.join('')}<13>no end`);
    await delay(100);
    raw.destroy(); // a FIN on TCP, and no alert on TLS
    await listener.until(() => listener.records.length === 5001);
    await listener.until(() => listener.notes.some(({ kind }) => kind === 'disconnected'));
    const said = listener.said();
    expect((said['trouble/unended_line'] ?? 0) + (said['lost/cut_frame'] ?? 0)).toBe(1);
  });

  test('certificates are read again when they change; what cannot be used is said, and not used', async () => {
    const copy = (from: Paths) => {
      for (const [path, as] of [
        [from.certificate, 'live.pem'],
        [from.key, 'live.key'],
        [from.ca, 'live.ca'],
      ] as const) {
        copyFileSync(path, join(folder, 'next'));
        renameSync(join(folder, 'next'), join(folder, as));
      }
    };
    copy(server);
    const live = { certificate: join(folder, 'live.pem'), key: join(folder, 'live.key'), ca: join(folder, 'live.ca') };
    const listener = await listen({ ...live, reloadSeconds: 0.05 });
    await tell(listener, shown(web1));
    writeFileSync(live.key, 'no key');
    await listener.until(() => listener.said()['trouble/certificate_files'] === 1);
    expect(listener.notes.at(-1)?.detail).toMatch(/live\.key .*cannot be used.*stay in use/);
    await tell(listener, shown(web1));
    const next = await Authority.make(folder, 'next-ca');
    const mine = await next.issue('web-2', { cn: 'web-2' });
    copy(await next.issue('server-2', { cn: 'spoor', names: [{ type: 'dns', value: 'localhost' }] }));
    const deadline = Date.now() + 10_000;
    while (listener.records.length < 3 && Date.now() < deadline)
      await tell(listener, { ...shown(mine), ca: readFileSync(next.ca) });
    expect(listener.records.map(({ peer }) => peer)).toEqual(['web-1', 'web-1', 'web-2']);
    utimesSync(live.key, 1, 1);
    await tell(listener, { ...shown(web1), ca: readFileSync(next.ca) });
    expect(listener.records.length).toBe(3);
  });

  test.each([
    ['a file that is not there', { key: '/nowhere/key.pem' }, /cannot read \/nowhere\/key\.pem: ENOENT/],
    ['a key of another certificate', 'other', /key .*web-1\.key .*cannot be used/],
    ['a folder', { ca: '/' }, /cannot read \/: EISDIR/],
  ])('%s is an error that names it', async (_name, config, message) => {
    const wrong = config === 'other' ? { key: web1.key } : (config as object);
    await expect(listen(wrong)).rejects.toThrow(message);
  });
});

test('relp-tls acknowledges over TLS', async () => {
  const listener = await start(relpTls, server);
  running.push(listener);
  const socket = client(listener, shown(web1));
  let heard = '';
  socket.on('data', (bytes) => {
    heard += bytes.toString();
  });
  socket.write('1 open 30 relp_version=0\ncommands=syslog\n2 syslog 5 hello\n3 close 0\n');
  await once(socket, 'end');
  expect(heard).toMatch(/^1 rsp \d+ 200 OK\n[\s\S]*\n2 rsp 6 200 OK\n3 rsp 0\n0 serverclose 0\n$/);
  expect(listener.records[0]).toMatchObject({ stream: 'relp-tls/web-1', peer: 'web-1', sourceSeq: 2 });
  expect(listener.records[0]?.via).toMatch(/^relp-tls:127\.0\.0\.1:\d+$/);
});

test.each([
  [{ subjectaltname: 'DNS:web-1, DNS:b', subject: { CN: 'cn' } }, 'web-1'],
  [{ subjectaltname: 'IP Address:192.0.2.7, email:a@b, DNS:web-2', subject: {} }, 'web-2'],
  [{ subjectaltname: 'othername:"1.2.3:DNS:evil, DNS:evil", DNS:good', subject: {} }, 'good'],
  [{ subjectaltname: 'DNS:"evil.example, DNS:good"', subject: {} }, 'evil.example, DNS:good'],
  [{ subjectaltname: 'DNS:"a\\u001b[31m"', subject: {} }, 'a\\x1b[31m'],
  [{ subjectaltname: '"broken', subject: { CN: 'cn' } }, 'cn'],
  [{ subject: { CN: 'cn' } }, 'cn'],
  [{ subject: { CN: ['a', 'b'] } }, null],
  [{ subject: {} }, null],
  [{ subject: { CN: 'none' } }, null],
  [{ subject: { CN: 'x'.repeat(201) } }, null],
])('the name in %j is %j', (certificate, name) => {
  expect(peerNameOf(certificate as unknown as Parameters<typeof peerNameOf>[0])).toBe(name);
});
