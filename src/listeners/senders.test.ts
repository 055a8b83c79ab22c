import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type * as z from 'zod';
import type { Source } from '../core/stages.ts';
import { Authority, type Paths } from './fixtures/certificates.ts';
import { has, hasRsyslog, missing, Programs, syslogNg } from './fixtures/programs.ts';
import { type HowToEmit, type Running, start } from './fixtures/running.ts';
import relp from './relp.ts';
import relpTls from './relp-tls.ts';
import syslogTcp from './syslog-tcp.ts';
import syslogTls from './syslog-tls.ts';
import syslogUdp from './syslog-udp.ts';

// Programs of others send to our listeners: util-linux's logger, rsyslog, syslog-ng, OpenSSL.

const LINES = 2000;
const noLogger = missing('logger (bsdutils)', has('logger'));
const noOpenssl = missing('openssl', has('openssl'));
const noRsyslog = missing('rsyslog', has('rsyslogd'));
const noRelp = noRsyslog || missing('omrelp (rsyslog-relp)', hasRsyslog('omrelp'));
const noGtls = noRsyslog || missing('lmnsd_gtls (rsyslog-gnutls)', hasRsyslog('lmnsd_gtls'));
const ng = syslogNg();
const noNg = missing('syslog-ng (syslog-ng-core, or SPOOR_SYSLOG_NG)', ng !== null);

let folder = '';
let server: Paths;
let web1: Paths;
const programs = new Programs();
const running: Running[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'spoor-senders-'));
  const authority = await Authority.make(folder, 'ours');
  server = await authority.issue('server', {
    cn: 'spoor',
    names: [
      { type: 'dns', value: 'spoor' },
      { type: 'ip', value: '127.0.0.1' },
    ],
  });
  web1 = await authority.issue('web-1', { cn: 'web-1', names: [{ type: 'dns', value: 'web-1' }] });
});

afterEach(async () => {
  await programs.end();
  await Promise.all(running.splice(0).map((listener) => listener.stop()));
});

afterAll(() => rmSync(folder, { recursive: true }));

async function listen<C extends z.ZodType>(
  source: Source<C>,
  config: object = {},
  how: HowToEmit = {},
): Promise<Running> {
  const listener = await start(source, config, how);
  running.push(listener);
  return listener;
}

const lines = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `line ${from + i} of many`);
const lineIn = (text: string): string => /line \d+ of many/.exec(text)?.[0] ?? `? ${text}`;

describe.skipIf(noLogger)('logger', () => {
  test.each([
    ['over UDP', syslogUdp, ['--udp']],
    ['over UDP, RFC 3164', syslogUdp, ['--udp', '--rfc3164']],
    ['over TCP', syslogTcp, ['--tcp']],
    ['over TCP, octets counted', syslogTcp, ['--tcp', '--octet-count', '--rfc5424']],
  ] as const)('%s', async (_name, source, options) => {
    const listener = await listen(source as Source);
    const args = [
      ...options,
      '--server',
      '127.0.0.1',
      '--port',
      String(listener.port),
      '--tag',
      'test',
      '--priority',
      'auth.info',
    ];
    const child = spawn('logger', args, { stdio: ['pipe', 'inherit', 'inherit'] });
    child.stdin.end(`${lines(20).join('\n')}\n`);
    expect(await once(child, 'exit')).toEqual([0, null]);
    await listener.until(() => listener.records.length >= 20);
    expect(listener.texts().map(lineIn)).toEqual(lines(20));
    expect(listener.texts().every((text) => text.startsWith('<38>') && !text.endsWith('\n'))).toBe(true);
    await listener.stop();
    expect(Object.keys(listener.said()).filter((said) => /refused|lost/.test(said))).toEqual([]);
  });
});

/** Starts rsyslog with an input that follows a file, and gives what appends to it. */
function rsyslog(actions: readonly string[], before = ''): (text: readonly string[]) => void {
  const own = mkdtempSync(join(folder, 'rsyslog-'));
  const input = join(own, 'in.log');
  writeFileSync(input, '');
  const config = [
    `global(workDirectory="${own}" ${before})`,
    'module(load="imfile" mode="inotify")',
    `input(type="imfile" file="${input}" tag="test:" freshStartTail="off")`,
    ...actions,
  ];
  writeFileSync(join(own, 'rsyslog.conf'), `${config.join('\n')}\n`);
  programs.start('rsyslogd', ['-n', '-f', join(own, 'rsyslog.conf'), '-i', join(own, 'pid')]);
  return (text) => appendFileSync(input, `${text.join('\n')}\n`);
}

const target = ({ port }: Running): string => `target="127.0.0.1" port="${port}"`;

describe.skipIf(noRsyslog)('rsyslog', () => {
  test('omfwd: UDP, TCP with both framings', async () => {
    const [udp, traditional, counted] = [await listen(syslogUdp), await listen(syslogTcp), await listen(syslogTcp)];
    const append = rsyslog([
      `action(type="omfwd" protocol="udp" ${target(udp)} template="RSYSLOG_SyslogProtocol23Format")`,
      `action(type="omfwd" protocol="tcp" ${target(traditional)})`,
      `action(type="omfwd" protocol="tcp" TCP_Framing="octet-counted" ${target(counted)} template="RSYSLOG_SyslogProtocol23Format")`,
    ]);
    append(lines(LINES));
    for (const listener of [traditional, counted]) {
      await listener.until(() => listener.records.length >= LINES);
      expect(listener.texts().map(lineIn)).toEqual(lines(LINES));
      expect(listener.records[0]?.stream).toBe('syslog-tcp/127.0.0.1');
    }
    // What a small receive buffer had no room for is known.
    await udp.until(() => udp.records.length + (udp.said()['lost/receive_buffer'] ?? 0) === LINES);
    expect(udp.records[0]?.stream).toBe('syslog-udp/127.0.0.1');
    expect(counted.texts()[0]).toMatch(/^<133>1 /);
  });

  test.skipIf(noGtls)('omfwd: TLS with certificates of both sides', async () => {
    const [plain, counted] = [await listen(syslogTls, server), await listen(syslogTls, server)];
    const files = `defaultNetstreamDriverCAFile="${server.ca}" defaultNetstreamDriverCertFile="${web1.certificate}" defaultNetstreamDriverKeyFile="${web1.key}"`;
    const tls =
      'StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="spoor"';
    const append = rsyslog(
      [
        `action(type="omfwd" protocol="tcp" ${target(plain)} ${tls})`,
        `action(type="omfwd" protocol="tcp" TCP_Framing="octet-counted" ${target(counted)} ${tls})`,
      ],
      files,
    );
    append(lines(LINES));
    for (const listener of [plain, counted]) {
      await listener.until(() => listener.records.length >= LINES);
      expect(listener.texts().map(lineIn)).toEqual(lines(LINES));
      expect(listener.records[0]).toMatchObject({ stream: 'syslog-tls/web-1', peer: 'web-1' });
    }
    await programs.end('SIGTERM');
    await counted.until(() => counted.notes.some(({ kind }) => kind === 'disconnected'));
    const [connected, ended, ...more] = Object.keys(counted.said()).sort();
    expect([connected, more]).toEqual(['connected/connected', []]);
    expect(ended).toMatch(/^disconnected\/(?:closed|reset)$/); // rsyslog leaves without close_notify, and resets when it is quick
  });

  test.skipIf(noRelp)('omrelp: plain, and TLS with certificates of both sides', async () => {
    const [plain, tls] = [await listen(relp), await listen(relpTls, server)];
    const files = `tls.caCert="${server.ca}" tls.myCert="${web1.certificate}" tls.myPrivKey="${web1.key}"`;
    const append = rsyslog([
      'module(load="omrelp")',
      `action(type="omrelp" ${target(plain)})`,
      `action(type="omrelp" ${target(tls)} tls="on" ${files} tls.authMode="name" tls.permittedPeer=["spoor"])`,
    ]);
    append(lines(LINES));
    for (const listener of [plain, tls]) {
      await listener.until(() => listener.records.length >= LINES);
      expect(listener.texts().map(lineIn)).toEqual(lines(LINES));
      expect(listener.records.map(({ sourceSeq }) => sourceSeq)).toEqual(lines(LINES).map((_, i) => i + 2));
    }
    expect(tls.records[0]).toMatchObject({ stream: 'relp-tls/web-1', peer: 'web-1' });
    await programs.end('SIGTERM');
    await tls.until(() => tls.notes.some(({ kind }) => kind === 'disconnected'));
    expect(tls.said()).toEqual({ 'connected/connected': 1, 'disconnected/closed': 1 });
  });

  test.skipIf(noRelp)(
    'omrelp with a disk queue, however often we break off: no message of a session is missing before one that is kept',
    async () => {
      const total = 6000;
      const kept: string[] = [];
      const numbers: string[] = [];
      // Like a kill: before what is under way is durable, or after it and before it is acknowledged.
      let killed: 'no' | 'before' | 'after' = 'no';
      const how: HowToEmit = {
        keep: async (batch) => {
          await delay(2);
          if (killed === 'before') throw new Error('stopping');
          for (const { bytes, via, sourceSeq } of batch) {
            kept.push(lineIn(Buffer.from(bytes).toString()));
            numbers.push(`${via} ${sourceSeq}`);
          }
          if (killed === 'after') throw new Error('stopping');
        },
      };
      let listener = await start(relp, {}, how);
      const { port } = listener;
      const queue =
        'queue.type="LinkedList" queue.filename="q" queue.saveOnShutdown="on" action.resumeRetryCount="-1" action.resumeInterval="1"';
      const append = rsyslog(['module(load="omrelp")', `action(type="omrelp" ${target(listener)} ${queue})`]);
      for (let round = 0; round < 5; round++) {
        const before = kept.length;
        append(lines(total / 6, (round * total) / 6));
        await listener.until(() => kept.length > before + 150);
        killed = (['before', 'after', 'no'] as const)[round % 3] ?? 'no';
        await listener.stop();
        killed = 'no';
        listener = await start(relp, { port }, how);
      }
      running.push(listener);
      append(lines(total / 6, (5 * total) / 6));
      await listener.until(() => kept.includes(`line ${total - 1} of many`), 'the last line');
      const vias = new Set(numbers.map((number) => number.split(' ')[0] ?? ''));
      for (const via of vias) {
        const all = numbers.filter((number) => number.startsWith(`${via} `));
        expect([via, all.map((number) => Number(number.split(' ')[1]))]).toEqual([via, all.map((_, i) => i + 2)]);
      }
      // rsyslog 8.2302 does not always send again what we never acknowledged (rsyslog issues 841, 884, 979): it is said, for it is not ours.
      const unsent = total - new Set(kept).size;
      if (unsent > 0)
        process.stderr.write(
          `senders: rsyslog never sent ${unsent} of ${total} lines again that were not acknowledged\n`,
        );
    },
  );
});

describe.skipIf(noNg)('syslog-ng', () => {
  test('network() and syslog(), over TCP and TLS', async () => {
    const own = mkdtempSync(join(folder, 'ng-'));
    const listeners = [
      await listen(syslogTcp),
      await listen(syslogTcp),
      await listen(syslogTls, server),
      await listen(syslogTls, server),
    ];
    const [tcp = 0, counted = 0, tls = 0, countedTls = 0] = listeners.map(({ port }) => port);
    const files = `tls(ca-file("${server.ca}") cert-file("${web1.certificate}") key-file("${web1.key}") peer-verify(required-trusted))`;
    const input = join(own, 'in.log');
    writeFileSync(input, `${lines(LINES).join('\n')}\n`);
    const config = [
      '@version: 3.35',
      'options { stats-freq(0); time-reopen(1); };',
      `source s { file("${input}" follow-freq(0.1) flags(no-parse)); };`,
      `destination d1 { network("127.0.0.1" port(${tcp}) transport("tcp")); };`,
      `destination d2 { syslog("127.0.0.1" port(${counted}) transport("tcp")); };`,
      `destination d3 { network("127.0.0.1" port(${tls}) transport("tls") ${files}); };`,
      `destination d4 { syslog("127.0.0.1" port(${countedTls}) transport("tls") ${files}); };`,
      ...[1, 2, 3, 4].map((d) => `log { source(s); destination(d${d}); };`),
    ];
    writeFileSync(join(own, 'ng.conf'), `${config.join('\n')}\n`);
    const paths = [
      '-f',
      join(own, 'ng.conf'),
      '-R',
      join(own, 'persist'),
      '-c',
      join(own, 'ctl'),
      '-p',
      join(own, 'pid'),
    ];
    programs.start(ng?.program ?? '', ['-F', '--no-caps', ...(ng?.args ?? []), ...paths], ng?.env);
    for (const listener of listeners) {
      await listener.until(() => listener.records.length >= LINES);
      expect(listener.texts().map(lineIn)).toEqual(lines(LINES));
    }
    expect(listeners.map(({ records }) => records[0]?.peer)).toEqual(['none', 'none', 'web-1', 'web-1']);
  });
});

test.skipIf(noOpenssl)('a sender that does not trust us says so, and it is told', async () => {
  const listener = await listen(syslogTls, server);
  const wrong = await Authority.make(folder, 'wrong');
  const args = [
    's_client',
    '-connect',
    `127.0.0.1:${listener.port}`,
    '-CAfile',
    wrong.ca,
    '-verify_return_error',
    '-quiet',
  ];
  const child = spawn('openssl', args, { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(child, 'exit');
  await listener.until(() => listener.said()['refused/own_certificate'] === 1);
  expect(listener.notes[0]?.detail).toContain('does not accept our certificate');
});
