import { execFile } from 'node:child_process';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../core/errors.ts';

const run = promisify(execFile);

/** Accounts that PostgreSQL may run under when Spoor is root, best first: its own, PostgreSQL's own, the one that every system has. */
const ACCOUNTS = ['spoor-state', 'postgres', 'nobody'] as const;

/** An account of this system. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account that PostgreSQL runs under: null for our own, which is no root. PostgreSQL refuses to run as root, and rightly so.
 * A database that is there keeps the owner it has. Rejects with E_CONFIG when root finds none of the accounts.
 */
export async function accountFor(
  data: string,
  { uid = process.getuid?.() ?? -1, names = ACCOUNTS as readonly string[] } = {},
): Promise<Account | null> {
  if (uid !== 0) return null;
  const owner = ownerOf(data);
  if (owner !== null && owner.uid !== 0) return owner;
  for (const name of names) {
    const account = await accountNamed(name);
    if (account !== null && account.uid !== 0) return account;
  }
  throw new AppError(
    'E_CONFIG',
    `PostgreSQL does not run as root, and there is no account for it: make one with "useradd --system ${names[0]}", or start Spoor as another user`,
  );
}

function ownerOf(path: string): Account | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : { name: `uid ${found.uid}`, uid: found.uid, gid: found.gid };
}

/** The account of that name, asked of `id`, which knows what the name service knows; null when there is none. */
export async function accountNamed(name: string): Promise<Account | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { name, uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

/** The first folder on the way to `path`, itself included, that an account may not pass through; null when there is none. */
export function barrier(path: string, { uid, gid }: Account): string | null {
  const folders: string[] = [];
  for (let at = real(resolve(path)); ; at = dirname(at)) {
    folders.unshift(at);
    if (dirname(at) === at) break;
  }
  const closed = folders.find((folder) => {
    const found = statSync(folder, { throwIfNoEntry: false });
    if (found === undefined) return false;
    const shift = found.uid === uid ? 6 : found.gid === gid ? 3 : 0;
    return ((found.mode >> shift) & 1) === 0;
  });
  return closed ?? null;
}

/** The path without links, as far as it is there. */
function real(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  return dirname(path) === path ? path : join(real(dirname(path)), basename(path));
}
