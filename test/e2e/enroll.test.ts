import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { has, hasRsyslog, missing, Programs } from '../../src/listeners/fixtures/programs.ts';
import commands from '../../src/parsers/commands.ts';
import { command } from '../built.ts';
import { ServerProcess, until } from './serving/server-process.ts';

// From `spoor enroll HOST` to a record in the ledger that is known to be that host's, and to the end of it.

const isRoot = process.getuid?.() === 0;
const noTools =
  missing('omrelp (rsyslog-relp)', hasRsyslog('omrelp')) || missing('openssl', has('openssl')) || !existsSync('/proc');
const folder = mkdtempSync(join(tmpdir(), 'spoor-enrol-'));
const programs = new Programs();
const host = join(folder, 'host');
const own = join(host, 'etc/rsyslog.d/spoor');
let server: ServerProcess;

beforeAll(async () => {
  if (noTools) return;
  chmodSync(folder, 0o755);
  server = new ServerProcess(join(folder, 'data'), [{ type: 'relp-tls', port: 0, tls: 'own', reloadSeconds: 0.2 }], {
    enroll: { host: '127.0.0.1', port: 0, address: '127.0.0.1', zones: ['example.org'] },
  });
  await server.start();
  await server.running();
});

afterAll(async () => {
  await programs.end();
  await server?.killAll();
  rmSync(folder, { recursive: true, force: true });
});

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(program: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (piece) => {
      out += piece;
    });
    child.stderr.on('data', (piece) => {
      err += piece;
    });
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

const spoor = (...args: string[]): Promise<Ran> => {
  return run(process.execPath, command(...args, '--data', server.paths.data));
};

/** Everything in the ledger's log files. */
const ledgerText = (): string => {
  const wal = join(server.paths.ledger, 'wal');
  return readdirSync(wal)
    .map((name) => readFileSync(join(wal, name), 'latin1'))
    .join('');
};

test.skipIf(noTools)('a host enrols, sends, renews, and is put out', async () => {
  const offer = await spoor('enroll', 'Web-1.Example.org');
  expect(offer.err).toMatch(/^spoor: the token for web-1.example.org holds once, until \S+Z\n$/);
  const script = join(folder, 'web-1.sh');
  writeFileSync(script, offer.out);
  mkdirSync(host);
  expect(await run('sh', [script, host])).toMatchObject({ code: 0, err: '' });
  const again = await run('sh', [script, host]);
  expect(again.code).toBe(1);
  expect(again.err).toMatch(/refuses: the token does not hold/);

  const input = join(host, 'in.log');
  writeFileSync(input, 'Accepted password for alice from 192.0.2.7 port 51022 ssh2\n');
  writeFileSync(
    join(host, 'rsyslog.conf'),
    `global(workDirectory="${host}/var/spool/rsyslog")
module(load="imfile")
input(type="imfile" file="${input}" tag="sshd[811]:" freshStartTail="off")
include(file="${host}/etc/rsyslog.d/*.conf")
`,
  );
  programs.start('sh', [
    '-c',
    'exec rsyslogd "$@" 2>"$0"',
    `${host}/said`,
    '-n',
    '-f',
    `${host}/rsyslog.conf`,
    '-i',
    `${host}/pid`,
  ]);
  const known = async () => (await server.sources()).find(({ stream }) => stream === 'relp-tls/web-1.example.org');
  await until('the record', async () => ((await known())?.records ?? 0) > 0);
  expect(await known()).toMatchObject({ trust: 'authenticated', parsed: 1 });
  expect(ledgerText()).toMatch(
    /stream=relp-tls\/web-1\.example\.org\n[^\0]*?peer=web-1\.example\.org\n[^\0]*?Accepted password for alice/,
  );
  expect((await spoor('enroll', '--list')).out).toMatch(/^web-1\.example\.org +certificate until /);

  const renewal = readFileSync(join(own, 'certificate.sh'), 'utf8').replace('-checkend 1728000', '-checkend 9999999');
  writeFileSync(join(own, 'certificate.sh'), renewal);
  expect(await run('sh', [join(own, 'certificate.sh')])).toMatchObject({ code: 0, err: '' });
  writeFileSync(join(folder, 'other.sh'), renewal.replace("'web-1.example.org'", "'web-2.example.org'"));
  const other = await run('sh', [join(folder, 'other.sh')]);
  expect(other.err).toMatch(/refuses: this certificate does not renew web-2\./);

  const revoked = await spoor('enroll', 'web-1.example.org', '--revoke', '--why', 'stolen');
  expect(revoked.out).toBe('2 certificates and 0 tokens of web-1.example.org hold no more\n');
  await until('the cut', async () => (await server.metric('spoor_source_notes_total', { reason: 'revoked' })) > 0);
  expect((await run('sh', [join(own, 'certificate.sh')])).err).toMatch(
    /refuses: this certificate does not renew web-1\./,
  );
  expect((await spoor('enroll', '--list')).out).toMatch(/^web-1\.example\.org +revoked/);
  appendFileSync(input, 'one\ntwo\n');

  const acts = ['host.offer', 'certificate.issue', 'certificate.renew', 'host.revoke'];
  for (const what of acts) expect(ledgerText()).toContain(`what=${what}\nabout=web-1.example.org\n`);
  expect(ledgerText()).toContain('"why":"stolen"');
  const token = /spoor_[A-Za-z0-9_-]{43}/.exec(offer.out)?.[0] ?? '?';
  expect(ledgerText() + server.said).not.toContain(token);
});

test.skipIf(noTools)('says what is wrong before it makes a token', async () => {
  expect(await spoor('enroll', 'web_1')).toMatchObject({ code: 64, err: expect.stringMatching(/is no host name/) });
  expect(await spoor('enroll', "x';reboot;'")).toMatchObject({ code: 64 });
  const elsewhere = await spoor('enroll', 'web-1.example.com');
  expect(elsewhere).toMatchObject({ code: 64, err: expect.stringMatching(/none of the zones/) });
  expect(await spoor('enroll')).toMatchObject({ code: 64, err: expect.stringMatching(/which host/) });
});

test.skipIf(noTools)('what is typed in a bash goes to syslog as the parser reads it', async () => {
  const { out } = await spoor('enroll', '--history');
  writeFileSync(join(folder, 'history.sh'), out);
  const root = join(folder, 'shell');
  expect((await run('sh', [join(folder, 'history.sh'), root])).code).toBe(0);
  const [bin, spaced] = [join(folder, 'bin'), join(folder, 'a b')];
  for (const one of [bin, spaced]) mkdirSync(one);
  writeFileSync(join(bin, 'logger'), `#!/bin/sh\n[ "$1" = --help ] || printf '%s\\n' "$*" >> ${folder}/typed\n`, {
    mode: 0o755,
  });
  writeFileSync(join(folder, 'rc'), `. ${root}/etc/profile.d/spoor-history.sh\n`);
  const { error } = spawnSync('bash', ['--rcfile', join(folder, 'rc'), '-i'], {
    input: `cd /tmp\nfalse\necho "a  b" | cat\n cd "${spaced}"\n`,
    cwd: '/',
    env: { PATH: `${bin}:${process.env['PATH']}`, HOME: folder, HISTFILE: join(folder, 'hist') },
    timeout: 60_000,
  });
  expect(error).toBeUndefined();
  const typed = readFileSync(join(folder, 'typed'), 'utf8').trim().split('\n');
  expect(typed.every((line) => line.startsWith('-p local6.info -t bash -- '))).toBe(true);
  const read = typed.map((line) => {
    const message = line.replace(/^.* -- /, '');
    return commands.parse({ appName: 'bash', hostname: 'web-1', pid: 0, message });
  });
  const said = (command: string, exit: number, at = '/tmp') => ({
    'event.action': 'command',
    'event.outcome': exit === 0 ? 'success' : 'failure',
    'process.command_line': command,
    'process.working_directory': at,
    'process.exit_code': exit,
    'user.name': userInfo().username,
    'user.id': String(userInfo().uid),
  });
  expect(read).toMatchObject([
    said('cd /tmp', 0),
    said('false', 1),
    said('echo "a  b" | cat', 0),
    said(`cd "${spaced}"`, 0, spaced),
  ]);
});

test.skipIf(noTools || !isRoot)('under root the engine, PostgreSQL and the signer are others, and apart', async () => {
  const uids = server.processes().flatMap(({ pid, command }) => {
    const what = /engine\/main|signer\/main|postgres/.exec(command)?.[0] ?? 'spoor';
    try {
      return [{ what, uid: Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) }];
    } catch {
      return []; // PostgreSQL's processes come and go
    }
  });
  const of = (what: string) => new Set(uids.filter((one) => one.what === what).map(({ uid }) => uid));
  const [engine, signer, state] = [of('engine/main'), of('signer/main'), of('postgres')];
  for (const one of [engine, signer, state]) expect([one.size, one.has(0)]).toEqual([1, false]);
  expect(new Set([...engine, ...signer, ...state]).size).toBe(3);
  const [uid] = [...engine];
  const reads = (path: string) =>
    spawnSync('cat', [path], { uid: uid as number, gid: uid as number, stdio: 'ignore' }).status === 0;
  const { ledger, tls, state: stateFolder } = server.paths;
  const kept = [join(ledger, 'signer/key'), join(ledger, 'head'), join(tls, 'ca.key'), join(stateFolder, 'password')];
  expect(kept.map((path) => [existsSync(path), reads(path)])).toEqual(kept.map(() => [true, false]));
  expect(statSync(join(ledger, 'signer')).uid).toBe([...signer][0]);
});
