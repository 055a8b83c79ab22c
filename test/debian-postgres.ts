import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Account, accountFor } from '../src/state/account.ts';
import { freePort } from './free-port.ts';
import { passableFolder } from './state-folder.ts';

/** A PostgreSQL of one's own, as Debian's package `postgresql` brings it, in a folder for the test. */
export interface OwnPostgres {
  /** By TCP on loopback, with a password. */
  readonly url: string;
  /** By its socket. */
  readonly socketUrl: string;
  readonly version: string;
  stop(): Promise<void>;
}

/** Where Debian's programs are: the newest version; null when there is none. */
export function debianPrograms(): string | null {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const version = versions.find((name) => existsSync(join(root, name, 'bin', 'initdb')));
  return version === undefined ? null : join(root, version, 'bin');
}

/** Starts one. The test fails when it does not come up. */
export async function startOwn(bin: string): Promise<OwnPostgres> {
  const folder = passableFolder('spoor-own-');
  const account = await accountFor(join(folder.path, 'data'));
  const data = makeCluster(bin, folder.path, account);
  const port = await freePort();
  const sockets = join(folder.path, 'run');
  const where = ['-h', '127.0.0.1', '-p', String(port), '-k', sockets];
  const child = spawn(join(bin, 'postgres'), ['-D', data, ...where, '-c', 'fsync=off'], {
    ...identity(account),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await ready(child);
  const who = 'postgres://spoor:s%40cret@';
  return {
    url: `${who}127.0.0.1:${port}/postgres`,
    socketUrl: `${who}/postgres?host=${encodeURIComponent(sockets)}&port=${port}`,
    version: bin.split('/').at(-2) ?? '',
    stop: async () => {
      const gone = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGINT');
      await gone;
      folder.remove();
    },
  };
}

function makeCluster(bin: string, folder: string, account: Account | null): string {
  const data = join(folder, 'data');
  for (const name of ['data', 'run']) {
    mkdirSync(join(folder, name), { mode: 0o700 });
    if (account !== null) chownSync(join(folder, name), account.uid, account.gid);
  }
  const password = join(folder, 'password');
  writeFileSync(password, 's@cret\n', { mode: 0o644 });
  const options = [
    '--username=spoor',
    '--encoding=UTF8',
    '--no-locale',
    '--auth=scram-sha-256',
    `--pwfile=${password}`,
  ];
  execFileSync(join(bin, 'initdb'), ['-D', data, '--no-sync', ...options], { ...identity(account), stdio: 'ignore' });
  return data;
}

function identity(account: Account | null) {
  return { cwd: '/', ...(account !== null && { uid: account.uid, gid: account.gid }) };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
      if (said.includes('ready to accept connections')) resolve();
    });
    child.once('close', () => reject(new Error(`PostgreSQL did not come up: ${said}`)));
  });
}
