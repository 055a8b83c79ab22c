import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';
import { type Account, barrier } from './account.ts';
import type { Binaries } from './binaries.ts';
import { runProgram, writeAs } from './postgres-process.ts';

/** Name of the one role that may log in, and of its database. */
export const ROLE = 'spoor';

/** Parts of the state folder. */
export interface Place {
  /** The folder itself: ours. */
  readonly folder: string;
  /** PostgreSQL's data folder: its account's. */
  readonly data: string;
  /** The role's password: ours, 0600. */
  readonly password: string;
}

/** Where things are in a state folder. */
export function placeIn(folder: string): Place {
  return { folder, data: join(folder, 'data'), password: join(folder, 'password') };
}

/**
 * Makes the folder passable for the account, and says so when one above it is not. A folder above is never changed: it is not ours.
 * Throws E_UNREADABLE.
 */
export function openWay(folder: string, account: Account | null): void {
  mkdirSync(folder, { recursive: true, mode: account === null ? 0o700 : 0o711 });
  if (account === null) return;
  chmodSync(folder, 0o711);
  const closed = barrier(folder, account);
  if (closed === null) return;
  throw new AppError(
    'E_UNREADABLE',
    `PostgreSQL runs as ${account.name}, not as root, and "${closed.slice(-80)}" is closed to it: choose a data folder outside of it (such as /var/lib/spoor), or run chmod o+x on it`,
  );
}

/**
 * Makes the database where there is none, whole or not at all, and gives the role's password. Rejects with E_CONFIG when a database of
 * another major version is there, with E_UNREADABLE when it or its password may not be read.
 */
export async function prepareCluster(place: Place, binaries: Binaries, account: Account | null): Promise<string> {
  if (existsSync(place.data)) {
    checkMajor(place, binaries);
    return readPassword(place);
  }
  const half = `${place.data}.new`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { mode: 0o700 });
  if (account !== null) chownSync(half, account.uid, account.gid);
  const password = randomBytes(24).toString('hex');
  const { initdb, postgres } = binaries;
  // Nobody can log in as the superuser: it has no password, and pg_hba.conf does not know it.
  const locale = ['--encoding=UTF8', '--no-locale', '--auth=reject'];
  await runProgram(
    [initdb, '-D', half, '--username=postgres', '--data-checksums', '--wal-segsize=4', ...locale],
    account,
  );
  const made = [`CREATE ROLE ${ROLE} LOGIN PASSWORD '${password}'`, `CREATE DATABASE ${ROLE} OWNER ${ROLE}`];
  const quiet = ['-c', 'log_min_error_statement=panic', '-c', 'password_encryption=scram-sha-256'];
  const said = await runProgram(
    [postgres, '--single', ...quiet, '-D', half, 'postgres'],
    account,
    `${made.join('\n')}\n`,
  );
  if (/\b(?:ERROR|FATAL|PANIC):/.test(said))
    throw new AppError('E_UNAVAILABLE', `could not set up the bundled PostgreSQL: ${said.trim().slice(-300)}`);
  await writeAs(account, join(half, 'pg_hba.conf'), `local ${ROLE} ${ROLE} scram-sha-256\n`);
  writeFileSync(place.password, `${password}\n`, { mode: 0o600 });
  chmodSync(place.password, 0o600);
  renameSync(half, place.data);
  return password;
}

function checkMajor(place: Place, binaries: Binaries): void {
  const had = readOwn(join(place.data, 'PG_VERSION'));
  if (Number(had) === binaries.major) return;
  throw new AppError(
    'E_CONFIG',
    `the state in "${place.data.slice(-80)}" was made by PostgreSQL ${Number.parseInt(had, 10)}, and the bundled one is ${binaries.version}: dump it with the Spoor that made it`,
  );
}

function readPassword(place: Place): string {
  return readOwn(place.password);
}

function readOwn(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing ? 'it is missing' : 'it belongs to another user: start Spoor as the one who made it';
    throw new AppError('E_UNREADABLE', `cannot read "${path.slice(-80)}" of the state: ${why}`, { cause });
  }
}
