import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { Decrypter, Encrypter } from 'age-encryption';
import { extract, pack } from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ledgerKey } from '../../src/cli/ledger-writing.ts';
import { formatSecret, formatVerifierKey, parseSecret } from '../../src/core/tlog/note.ts';
import { lastCosigned } from '../../src/ledger/cosigned.ts';
import { realDisk } from '../../src/ledger/disk.ts';
import { hasEngine } from '../../src/store/fixtures/engine.ts';
import { command } from '../built.ts';
import { freePort } from '../free-port.ts';
import { passableFolder } from '../state-folder.ts';
import { ServerProcess, until } from './serving/server-process.ts';

// A server that takes records is backed up, and restored elsewhere: the same answers, the same log for its witness, and no way back.

const base = passableFolder('spoor-backup-');
const at = (name: string) => join(base.path, name);
const children: ChildProcess[] = [];
const servers: ServerProcess[] = [];
let port = 0;
let server: ServerProcess;
let recipient = '';

function run(...args: string[]) {
  const child = spawn(process.execPath, command(...args), { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return child;
}

async function spoor(...args: string[]) {
  const child = run(...args);
  const said = { out: '', err: '' };
  child.stdout.on('data', (piece: Buffer) => {
    said.out += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    said.err += piece.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...said };
}

/** A witness in a process of its own; gives its public key and its address. */
async function witness(log: string): Promise<{ readonly key: string; readonly url: string }> {
  await spoor('witness', 'add', log, '--dir', at('witness'));
  const child = run('witness', 'serve', '--listen', '127.0.0.1:0', '--name', 'w.example/w1', '--dir', at('witness'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { key: (await lines.next()).value as string, url: (await lines.next()).value as string };
}

function serverIn(name: string): ServerProcess {
  const made = new ServerProcess(at(name), [{ type: 'syslog-tcp', port }]);
  servers.push(made);
  return made;
}

async function send(lines: readonly string[]): Promise<void> {
  const socket = await until('the listener takes connections', async () => {
    const trying = connect(port, '127.0.0.1');
    await once(trying, 'connect');
    return trying;
  });
  socket.end(lines.map((line) => `<38>1 ${new Date().toISOString()} web-1 sshd 811 - - ${line}\n`).join(''));
  await once(socket, 'close');
}

const failed = (from: number, count: number) =>
  Array.from({ length: count }, (_, nth) => `Failed password for user${from + nth} from 192.0.2.7 port 4022 ssh2`);
const found = (of: ServerProcess) => of.found('failed');
const cosignedSize = async (of: ServerProcess) =>
  Number((await lastCosigned(realDisk(of.paths.ledger)))?.split('\n', 2)[1] ?? 0);

beforeAll(async () => {
  port = await freePort();
  server = serverIn('first');
  await server.start();
  await server.stop();
  const log = formatVerifierKey(ledgerKey(server.paths.ledger));
  const { key, url } = await witness(log);
  writeFileSync(join(server.paths.ledger, 'policy.txt'), `log ${log}\nwitness w1 ${key} ${url}\nquorum w1\n`);
  await server.start();
  await send(failed(0, 300));
  await until('they are in the index', async () => (await found(server)).length === 300);
  const made = await spoor('backup', at('early.age'), '--data', server.paths.data, '--new-key', at('key.txt'));
  expect(made).toMatchObject({ code: 0 });
  recipient = /age1[a-z0-9]+/.exec(readFileSync(at('key.txt'), 'utf8'))?.[0] ?? '';
});
afterAll(async () => {
  for (const one of servers) await one.killAll();
  for (const child of children) child.kill('SIGKILL');
  base.remove();
});

const restore = (file: string, name: string) => spoor('restore', at(file), '--data', at(name), '--key', at('key.txt'));

test.skipIf(!hasEngine)(
  'a backup restored elsewhere answers the same, goes on under its witness, and nothing older does after it',
  async () => {
    const sending = send(failed(300, 500)); // while it is made
    expect(await spoor('backup', at('late.age'), '--data', server.paths.data, '--to', recipient)).toMatchObject({
      code: 0,
    });
    await sending;
    await until('they are in the index', async () => (await found(server)).length === 800);
    const before = await found(server);
    expect(statSync(at('late.age')).mode & 0o777).toBe(0o600);
    await server.killAll(); // the machine is gone

    const restored = await restore('late.age', 'second');
    expect(restored).toMatchObject({ code: 0, out: expect.stringContaining('The ledger is whole') });
    const second = serverIn('second');
    await second.start();
    const sizeThen = (await second.status()).ledger.size;
    await until('all of it is in the index', async () => (await second.status()).index.lag === 0);
    const now = await found(second);
    expect(now.length).toBeGreaterThanOrEqual(300);
    const older = before.slice(before.length - now.length); // newest first: what came after the backup is not in it
    expect(now).toEqual(older);
    const counted = async () => (await second.sources())[0]?.records;
    await until('its sums are of what it holds', async () => (await counted()) === now.length);
    await send(failed(1000, 10));
    await until('what comes now is there, too', async () => (await found(second)).length === now.length + 10);
    await until('the witness says so', async () => (await cosignedSize(second)) > sizeThen);
    expect(await spoor('verify', second.paths.ledger, '--no-memory')).toMatchObject({ code: 0 });
    await second.stop();

    expect(await restore('late.age', 'third')).toMatchObject({ code: 0 });
    const third = serverIn('third');
    await third.start();
    expect((await third.status()).ledger.tampered).toMatch(/it cosigned \d+ records.*was set back/);
  },
);

test('a backup that is cut, changed, not ours or meant for a full folder leaves nothing', async () => {
  cpSync(at('early.age'), at('cut.age'));
  truncateSync(at('cut.age'), statSync(at('early.age')).size - 100);
  expect(await restore('cut.age', 'none')).toMatchObject({ code: 77, err: expect.stringMatching(/cut or changed/) });
  writeFileSync(at('text.age'), 'no backup\n');
  expect(await restore('text.age', 'none')).toMatchObject({ code: 77 });
  expect(existsSync(at('none'))).toBe(false);
  expect(await restore('early.age', 'first')).toMatchObject({ code: 64, err: expect.stringMatching(/not empty/) });
  const other = await spoor('backup', at('x.age'), '--data', at('nowhere'), '--to', recipient);
  expect(other).toMatchObject({ code: 69, err: expect.stringMatching(/no server runs/) });
  expect(existsSync(at('x.age'))).toBe(false);
});

/** A backup as whoever knows its reader can make one: with one file of it changed. */
async function forged(file: string, change: (name: string, bytes: Buffer) => Buffer): Promise<void> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(/^AGE-SECRET-KEY-\S+$/m.exec(readFileSync(at('key.txt'), 'utf8'))?.[0] ?? '');
  const tar = extract();
  tar.end(Buffer.from(await decrypter.decrypt(readFileSync(at('early.age')))));
  const made = pack();
  const blocks: Buffer[] = [];
  made.on('data', (block) => blocks.push(block as Buffer));
  for await (const entry of tar) {
    const bytes = await buffer(entry as unknown as AsyncIterable<Uint8Array>);
    const { name, mode } = entry.header;
    made.entry({ name, ...(mode !== undefined && { mode }) }, change(name, bytes));
  }
  made.finalize();
  await once(made, 'end');
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  writeFileSync(at(file), await encrypter.encrypt(Buffer.concat(blocks)));
}

test('a backup that somebody else made for its reader is told from the server’s own', async () => {
  const log = readFileSync(join(server.paths.ledger, 'log.vkey'), 'utf8').trim();
  expect(await restore('early.age', 'own')).toMatchObject({ code: 0, out: expect.stringContaining('Its server made') });
  const changes: Record<string, (name: string, bytes: Buffer) => Buffer> = {
    state: (name, bytes) => (name.includes('.setting.') || name.includes('.source') ? Buffer.from('{}') : bytes),
    policy: (name, bytes) => (name === 'ledger/policy.txt' ? Buffer.from(`log ${log}\nquorum none\n`) : bytes),
    tables: (name, bytes) =>
      name === 'manifest.json' ? Buffer.from(bytes.toString().replace('"sign_in"', '"signing"')) : bytes,
  };
  for (const [name, change] of Object.entries(changes)) {
    await forged(`${name}.age`, change);
    expect(await restore(`${name}.age`, 'forged')).toMatchObject({
      code: 65,
      err: expect.stringContaining('no record of it says what else is in this backup'),
    });
    expect(existsSync(at('forged'))).toBe(false);
  }
  writeFileSync(at('bare.txt'), readFileSync(at('key.txt'), 'utf8').replace(/^# log.*\n/m, ''));
  const bare = ['--data', at('forged'), '--key', at('bare.txt')];
  expect(await spoor('restore', at('policy.age'), ...bare)).toMatchObject({
    code: 0,
    out: expect.stringContaining('NOT PROVEN'),
  });
  const other = formatVerifierKey(parseSecret(formatSecret(server.origin, Buffer.alloc(32, 7))).key);
  const elsewhere = ['--data', at('other'), '--key', at('key.txt'), '--vkey', other];
  expect(await spoor('restore', at('early.age'), ...elsewhere)).toMatchObject({ code: 65 });
  expect(existsSync(at('other'))).toBe(false);
});
