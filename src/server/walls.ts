import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, lchownSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ENGINE_PACKAGE } from '../engine/chdb.ts';
import { accountNamed } from '../state/account.ts';
import type { Layout } from './paths.ts';

const run = promisify(execFile);

/** A child of ours that has an account of its own when we are root. (PostgreSQL's is chosen in state/account.ts.) */
export type Walled = 'engine' | 'signer';

/**
 * Users that have no name, for systems where nobody made the accounts: numbers that neither systemd (systemd.io/UIDS-GIDS) nor any
 * distribution hands out. The kernel keeps them apart as it does others; we make no accounts behind anybody's back.
 */
const NAMELESS: Readonly<Record<Walled, number>> = { engine: 61_001, signer: 61_002 };

/** Under which account a child runs; and why that is ours, where it is. */
export interface Wall {
  readonly part: Walled;
  readonly ids: { readonly uid?: number; readonly gid?: number };
  /** `spoor-engine`, `uid 61001`; null for our own. */
  readonly account: string | null;
  /** What is in the way of an own account, and what to do; null when it has one. */
  readonly missing: string | null;
}

/** The wall around a child. Its account must be able to read the program and to pass to its data, which is tried out under that account. */
export async function wallFor(part: Walled, { data }: Layout, more: readonly string[] = []): Promise<Wall> {
  const none = (missing: string): Wall => ({ part, ids: {}, account: null, missing });
  if (process.getuid?.() !== 0)
    return none(`the ${part} runs as the same user as Spoor: started by root, or by systemd, each has its own`);
  const account = (await accountNamed(`spoor-${part}`)) ?? (await nameless(NAMELESS[part]));
  if (account === null || account.uid === 0)
    return none(`there is no account for the ${part}: useradd --system spoor-${part}`);
  const closed = closedTo(account, [data, programOf(part), ...(part === 'engine' ? [ENGINE_PACKAGE] : []), ...more]);
  if (closed !== null)
    return none(
      `the ${part} runs as root: ${account.name} may not read ${closed}: ${
        more.includes(closed)
          ? `chown ${account.uid} it`
          : 'keep the data in /var/lib/spoor and the program in /opt or /usr'
      }`,
    );
  return { part, ids: { uid: account.uid, gid: account.gid }, account: account.name, missing: null };
}

async function nameless(uid: number): Promise<{ name: string; uid: number; gid: number } | null> {
  for (const database of ['passwd', 'group']) if (await isTaken(database, uid)) return null; // somebody's after all
  return { name: `uid ${uid}`, uid, gid: uid };
}

async function isTaken(database: string, id: number): Promise<boolean> {
  try {
    await run('getent', [database, String(id)]);
    return true;
  } catch (error) {
    return (error as { code?: number | string }).code !== 2; // 2: no such entry; getent missing: not known, so not used
  }
}

const programOf = (part: Walled): string => {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`../${part}/main.${ending}`, import.meta.url));
};

const TRY =
  'const fs = require("fs"); for (const path of process.argv.slice(1)) try { fs.accessSync(path, fs.statSync(path).isDirectory() ? fs.constants.X_OK : fs.constants.R_OK) } catch { process.stdout.write(path); break }';

/** The first of the paths that an account cannot use; null when it can use all. */
function closedTo({ uid, gid }: { uid: number; gid: number }, paths: readonly string[]): string | null {
  const tried = spawnSync(process.execPath, ['-e', TRY, ...paths], { uid, gid, cwd: '/', env: {}, encoding: 'utf8' });
  if (tried.error !== undefined || tried.status !== 0) return process.execPath;
  return tried.stdout === '' ? null : tried.stdout;
}

/**
 * Gives the signer's folder, with the key, to its account alone, and opens the ledger to that account's group for reading; what is written
 * later is of that group, too. Does nothing to a ledger that is so already. The signer then runs under it (signer/process.ts).
 */
export function wallSigner(ledger: string, { ids: { uid, gid } }: Wall): void {
  const own = join(ledger, 'signer');
  if (process.getuid?.() !== 0 || !existsSync(own)) return;
  if (uid === undefined || gid === undefined) {
    if (statSync(own).uid !== 0) give(own, 0, 0); // it had an account before, which cannot come here any more
    return;
  }
  if (statSync(own).uid !== uid || !isOpenTo(ledger, gid)) {
    give(own, uid, gid);
    openTo(ledger, gid, own);
  }
}

/** Links are given, never what they lead to: who had the folder may have put them there. */
function give(folder: string, uid: number, gid: number): void {
  for (const name of readdirSync(folder)) lchownSync(join(folder, name), uid, gid);
  chownSync(folder, uid, gid);
  chmodSync(folder, 0o700);
}

function isOpenTo(folder: string, gid: number): boolean {
  const { mode, gid: group } = statSync(folder);
  return group === gid && (mode & 0o2050) === 0o2050;
}

/** Folders first their content, then themselves: the outermost one says that all is done. */
function openTo(folder: string, gid: number, except: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const found = lstatSync(path);
    if (path === except || found.isSymbolicLink()) continue;
    if (found.isDirectory()) openTo(path, gid, except);
    else {
      chownSync(path, found.uid, gid);
      chmodSync(path, (found.mode & 0o7777) | 0o040);
    }
  }
  const { uid, mode } = statSync(folder);
  chownSync(folder, uid, gid);
  chmodSync(folder, (mode & 0o7777) | 0o2050);
}
