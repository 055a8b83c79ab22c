import { spawn, spawnSync } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { has, hasRsyslog, missing, Programs } from '../listeners/fixtures/programs.ts';
import { type Running, start } from '../listeners/fixtures/running.ts';
import relpTls from '../listeners/relp-tls.ts';
import { Authority } from './authority.ts';
import { type Door, openDoor } from './door.ts';
import { enrollScript } from './enroll-script.ts';
import { tlsFiles } from './key-files.ts';
import { readRequest } from './request.ts';
import { putRevoked } from './revoked-file.ts';
import { keepServerCertificate, reachedBy } from './server-certificate.ts';

// A host enrols with the script that is printed for it, run by a real sh with a real openssl; a real rsyslogd sends with what it wrote.

const DAY_MS = 86_400_000;
const noOpenssl = missing('openssl', has('openssl'));
const noRelp = missing('omrelp (rsyslog, rsyslog-relp)', hasRsyslog('omrelp'));

let folder = '';
let authority: Authority;
let nowMs = Date.now();
const programs = new Programs();
const files = () => tlsFiles(join(folder, 'tls'));
const open = (zones: readonly string[] = [], at = files()) =>
  Authority.open({ files: at, random: randomBytes, nowMs: () => nowMs, zones, addresses: ['203.0.113.9'] });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'spoor-enroll-'));
  authority = await open();
  await keepServerCertificate(files(), authority, reachedBy(['Spoor.example', '127.0.0.1', '8.8.8.8']), nowMs);
});

afterAll(async () => {
  await programs.end();
  rmSync(folder, { recursive: true });
});

function openssl(...args: string[]): { code: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8', timeout: 120_000, input: '' });
  return { code: status, said: stdout + stderr };
}

function request(host: string, ...how: string[]): string {
  const key = how.length > 0 ? how : ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const asked = ['req', '-new', '-newkey', ...key, '-nodes', '-keyout', join(folder, 'k.key'), '-subj', host];
  return /-----BEGIN[\s\S]*-----END [A-Z ]+-----\n/.exec(openssl(...asked).said)?.[0] ?? '';
}

describe.skipIf(noOpenssl)('the authority', () => {
  test('issues what OpenSSL accepts, each for its purpose alone', async () => {
    const { host, publicKey } = await readRequest(request('/CN=web-1'));
    const { pem, serial } = await authority.issueHost(publicKey, host);
    const path = join(folder, 'web-1.pem');
    writeFileSync(path, pem);
    const verify = (purpose: string, what: string) =>
      openssl('verify', '-x509_strict', '-CAfile', files().authority, '-purpose', purpose, what).code;
    expect(verify('sslclient', path)).toBe(0);
    expect(verify('sslserver', path)).not.toBe(0);
    expect(verify('sslserver', files().certificate)).toBe(0);
    expect(verify('sslclient', files().certificate)).not.toBe(0);
    expect(openssl('x509', '-in', path, '-noout', '-serial').said.trim().toLowerCase()).toBe(`serial=${serial}`);
    const made = new X509Certificate(pem);
    expect(made.subjectAltName).toBe('DNS:web-1');
    expect(Math.round((Date.parse(made.validTo) - nowMs) / DAY_MS)).toBe(30);
    expect(openssl('x509', '-in', files().authority, '-noout', '-text').said).toMatch(
      /Name Constraints: critical\s+Permitted:\s+IP:127\.0\.0\.0\/255\.0\.0\.0/,
    );
    expect(statSync(files().authorityKey).mode & 0o777).toBe(0o400);
    expect(statSync(files().folder).mode & 0o777).toBe(0o700);
  });

  test('vouches for no address but private ones and its own, and for no name outside of its zones', async () => {
    const server = new X509Certificate(readFileSync(files().certificate));
    expect(server.subjectAltName).toBe(`DNS:${authority.serverName}, DNS:spoor.example, IP Address:127.0.0.1`);
    expect(authority.limits.allowsAddress('203.0.113.9')).toBe(true);
    expect(authority.limits.allowsAddress('2001:db8::1')).toBe(false);
    expect(authority.limits.allowsAddress('fd00::1')).toBe(true);
    const zoned = await open(['example.org'], tlsFiles(join(folder, 'zoned')));
    const { publicKey } = await readRequest(request('/CN=web-1'));
    await expect(zoned.issueHost(publicKey, 'web-1')).rejects.toThrow(/none of the zones.*example\.org/);
    await expect(zoned.issueHost(publicKey, 'badexample.org')).rejects.toThrow(/none of the zones/);
    const path = join(folder, 'zoned.pem');
    writeFileSync(path, (await zoned.issueHost(publicKey, 'a.example.org')).pem);
    expect(openssl('verify', '-CAfile', join(folder, 'zoned/ca.pem'), path).code).toBe(0);
  });

  test('is the same after a restart, and is never made anew over what hosts trust', async () => {
    expect((await open()).pem).toBe(authority.pem);
    const own = tlsFiles(join(folder, 'own'));
    const made = await open([], own);
    rmSync(own.authority);
    expect((await open([], own)).serverName).toBe(made.serverName); // a crash between the two files
    rmSync(own.authorityKey);
    await expect(open([], own)).rejects.toThrow(/ca\.key is gone, and hosts trust/);
    writeFileSync(own.authorityKey, readFileSync(files().authorityKey));
    await expect(open([], own)).rejects.toThrow(/is not the key of/);
    chmodSync(own.authorityKey, 0o600);
    writeFileSync(own.authorityKey, 'no key');
    await expect(open([], own)).rejects.toThrow(/holds no key/);
  });

  test('the server’s certificate is made again when a third of its life is left, and when names are new', async () => {
    const own = tlsFiles(join(folder, 'renewing'));
    const mine = await open([], own);
    const keep = (names: string[], at: number) => keepServerCertificate(own, mine, reachedBy(names), at);
    const made = [
      await keep(['a.example'], nowMs),
      await keep(['a.example'], nowMs + 59 * DAY_MS),
      await keep(['a.example', '10.0.0.1'], nowMs),
      await keep(['10.0.0.1', '8.8.8.8'], nowMs),
      await keep(['a.example'], nowMs + 61 * DAY_MS),
    ];
    expect(made).toEqual([true, false, true, false, true]);
    expect(openssl('pkey', '-in', own.key, '-noout').code).toBe(0);
  });

  test.each([
    ['no PEM', () => 'hello', /no certificate request in PEM/],
    ['an RSA key', () => request('/CN=web-1', 'rsa:2048'), /not ECDSA P-256/],
    ['more than a name', () => request('/O=x/CN=web-1'), /CN=HOST alone/],
    ['two names', () => request('/CN=web-1/CN=web-2'), /CN=HOST alone/],
    ['no host name', () => request('/CN=web 1'), /no host name/],
    ['capitals', () => request('/CN=WEB-1'), /no host name/],
    ['another’s signature', () => forged(request('/CN=web-1')), /not signed by its own key|cannot be read/],
    ['what is endless', () => 'x'.repeat(10_000), /no certificate request/],
  ])('refuses %s', async (_name, text, message) => {
    await expect(readRequest(text())).rejects.toThrow(message);
  });
});

/** The same request for web-2, without the key to sign it. */
function forged(pem: string): string {
  const der = Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  der[der.indexOf('web-1') + 4] = 0x32;
  return `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
}

describe.skipIf(noOpenssl)('the script', () => {
  let door: Door;
  const calls: string[] = [];
  const refusals: string[] = [];
  const TOKEN = `spoor_${'T'.repeat(43)}`;

  beforeAll(async () => {
    const options = { host: '127.0.0.1', port: 0, files: files(), perMinute: 20, nowMs: () => Date.now() };
    door = await openDoor(options, {
      enroll: async (token, text) => {
        const { host, publicKey } = await readRequest(text);
        calls.push(`enroll ${host} ${token === TOKEN}`);
        return (await authority.issueHost(publicKey, host)).pem;
      },
      renew: async (serial, text) => {
        const { host, publicKey } = await readRequest(text);
        calls.push(`renew ${host} ${serial}`);
        return (await authority.issueHost(publicKey, host)).pem;
      },
      refused: (_, why) => refusals.push(why),
    });
  });

  afterEach(() => {
    calls.length = 0;
    refusals.length = 0;
    nowMs = Date.now();
  });

  afterAll(async () => door.close());

  function run(
    root: string,
    { recordsPort = 2515, enrollPort = door.port, pem = authority.pem } = {},
  ): Promise<string> {
    const script = enrollScript({
      host: 'web-1',
      token: TOKEN,
      authority: pem,
      server: authority.serverName,
      address: '127.0.0.1',
      enrollPort,
      recordsPort,
      expires: '2026-01-01T00:00Z',
    });
    writeFileSync(join(folder, 'enroll.sh'), script);
    return sh([join(folder, 'enroll.sh'), root]);
  }

  function sh(args: string[]): Promise<string> {
    return new Promise((resolve) => {
      const child = spawn('sh', args, { stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      for (const output of [child.stdout, child.stderr])
        output.on('data', (bytes) => {
          said += bytes;
        });
      child.on('close', (code) => resolve(`${said}exit ${code}`));
    });
  }

  const serialIn = (path: string) => new X509Certificate(readFileSync(path)).serialNumber.toLowerCase();

  test.skipIf(noRelp)('enrols, sends by rsyslog, renews, and is cut off when revoked', async () => {
    const keys = { ...withPaths(), reloadSeconds: 0.1 };
    putRevoked(files().revoked, new Set());
    const listener: Running = await start(relpTls, keys);
    const root = join(folder, 'host');
    mkdirSync(join(root, 'run/systemd/system'), { recursive: true });
    const said = await run(root, { recordsPort: listener.port });
    expect(said).toMatch(/nothing is started\nexit 0$/);
    expect(calls).toEqual(['enroll web-1 true']);
    const own = join(root, 'etc/rsyslog.d/spoor');
    expect(statSync(join(own, 'host.pem')).mode & 0o7777).toBe(0o640);
    expect(existsSync(join(root, 'etc/systemd/system/spoor-certificate.timer'))).toBe(true);
    for (const file of ['60-spoor.conf', 'spoor/certificate.sh'])
      expect(readFileSync(join(root, 'etc/rsyslog.d', file), 'utf8')).not.toMatch(/@[A-Z_]+@|spoor_T/);

    const conf = join(root, 'etc/rsyslog.d/60-spoor.conf'); // a test does not wait as long
    writeFileSync(conf, readFileSync(conf, 'utf8').replace('resumeInterval="10"', 'resumeInterval="1"'));
    const input = join(root, 'in.log');
    writeFileSync(input, 'first\n');
    writeFileSync(
      join(root, 'rsyslog.conf'),
      `global(workDirectory="${root}/var/spool/rsyslog")
module(load="imfile" mode="polling" pollingInterval="1")
input(type="imfile" file="${input}" tag="test:" freshStartTail="off")
include(file="${root}/etc/rsyslog.d/*.conf")
`,
    );
    programs.start('rsyslogd', ['-n', '-f', join(root, 'rsyslog.conf'), '-i', join(root, 'pid')]);
    await listener.until(() => listener.records.length > 0);
    expect(listener.records[0]).toMatchObject({ stream: 'relp-tls/web-1', peer: 'web-1' });
    expect(listener.texts().join('\n')).toContain('first');

    const first = serialIn(join(own, 'host.pem'));
    expect(await sh([join(own, 'certificate.sh')])).toBe('exit 0'); // nothing is due
    expect(calls).toEqual(['enroll web-1 true']);
    const shorter = readFileSync(join(own, 'certificate.sh'), 'utf8').replace('-checkend 1728000', '-checkend 9999999');
    writeFileSync(join(own, 'certificate.sh'), shorter);
    expect(await sh([join(own, 'certificate.sh')])).toBe('exit 0');
    expect(calls.at(-1)).toBe(`renew web-1 ${first}`);
    expect(serialIn(join(own, 'host.pem'))).not.toBe(first);

    putRevoked(files().revoked, new Set([first, serialIn(join(own, 'host.pem'))]));
    await listener.until(() => listener.said()['refused/revoked'] === 1); // its connection was cut
    // omrelp sees that a connection is gone when it sends the next line but one; then it comes again.
    for (let line = 'second'; (listener.said()['refused/revoked'] ?? 0) < 2; line = 'another') {
      appendFileSync(input, `${line}\n`);
      await delay(1500);
    }
    expect(listener.texts().join('\n')).not.toContain('second');
    putRevoked(files().revoked, new Set());
    await listener.until(() => listener.texts().some((text) => text.includes('second'))); // its queue kept it
    await programs.end('SIGTERM');
    await listener.stop();
  });

  const withPaths = () => {
    const { certificate, key, authority: ca, revoked } = files();
    return { certificate, key, ca, revoked };
  };

  test('gives nothing to a server that is not the one', async () => {
    const strangers = tlsFiles(join(folder, 'strangers'));
    const other = await open([], strangers);
    const said = await run(join(folder, 'misled'), { pem: other.pem });
    expect(said).toMatch(/no answer from the server[\s\S]*verify[\s\S]*exit 1$/);
    expect(calls).toEqual([]);
    expect(existsSync(join(folder, 'misled/etc/rsyslog.d/spoor/host.pem'))).toBe(false);
  });

  test('says when nobody answers, or when it is refused', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as { port: number };
    await new Promise((resolve) => free.close(resolve));
    expect(await run(join(folder, 'nobody'), { enrollPort: port })).toMatch(/no answer from the server[\s\S]*exit 1$/);
    const renew = await sh([join(folder, 'nobody/etc/rsyslog.d/spoor/certificate.sh')]);
    expect(renew).toMatch(/run spoor enroll web-1 on the server again\nexit 1$/);
  });

  test('the door tells strangers nothing, and each only so often', async () => {
    const ask = (path: string) =>
      new Promise<number>((resolve) => {
        const child = spawn('openssl', ['s_client', '-quiet', '-connect', `127.0.0.1:${door.port}`], {
          stdio: ['pipe', 'pipe', 'ignore'],
        });
        let heard = '';
        child.stdout.on('data', (bytes) => {
          heard += bytes;
        });
        child.stdin.end(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
        child.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(heard)?.[1])));
      });
    expect([await ask('/v1/enroll'), await ask('/v1/renew'), await ask('/')]).toEqual([401, 401, 404]);
    const many: number[] = [];
    for (let i = 0; i < 25 && many.at(-1) !== 429; i += 1) many.push(await ask('/v1/renew'));
    expect(many.at(-1)).toBe(429);
    expect(refusals.at(-1)).toMatch(/too many requests/);
  });
});
