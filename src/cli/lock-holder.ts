import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import { type FolderLock, lockFolder } from '../ledger/lock.ts';
import { quotePath } from '../trace/actions/words.ts';

const TRIES = 10;
const PAUSE_MS = 100;
const SERVER = /spoor\S* serve(?: |$)/;

/** Which process holds a ledger's folder. */
interface LockHolder {
  readonly pid: number;
  /** Its command line, safe to print. */
  readonly command: string;
}

/**
 * Takes a ledger's folder. Another that holds it only for a moment (`spoor ledger serve`, to write cosignatures) is waited for. Rejects with
 * E_UNAVAILABLE, and says which process it is where the system tells.
 */
export async function takeFolder(folder: string): Promise<FolderLock> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await lockFolder(folder);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'E_UNAVAILABLE') throw error;
      if (tried >= TRIES) throw explained(folder, error);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

function explained(folder: string, error: AppError): AppError {
  const holder = lockHolder(folder);
  if (holder === null) return error;
  const who = `process ${holder.pid} (${holder.command})`;
  const ledger = `the ledger "${folder.slice(0, 80)}"`;
  const data = quotePath(dirname(folder));
  const message = SERVER.test(holder.command)
    ? `${who} is a server that keeps ${ledger}: spoor status --data ${data} says how it is, spoor import --data ${data} gives it lines; a second server needs another --data, and another http.port`
    : `${who} writes to ${ledger}, and it does not take records of others: append there, or end it first`;
  return new AppError('E_UNAVAILABLE', message, { cause: error });
}

/** The process that holds a folder's lock; null where the system does not tell (it is another user's, say, or this is no Linux). */
function lockHolder(folder: string): LockHolder | null {
  try {
    const { dev, ino } = statSync(folder, { bigint: true });
    const socket = socketNamed(`@spoor-ledger-${dev}-${ino}`);
    return socket === null ? null : processWith(socket);
  } catch {
    return null; // the message is without it then
  }
}

/** Inode of a socket in the abstract namespace (proc_net(5)). */
function socketNamed(name: string): string | null {
  for (const line of readFileSync('/proc/net/unix', 'utf8').split('\n')) {
    const [, , , , , , inode, path] = line.split(/ +/);
    if (path?.replace(/@+$/, '') === name && inode !== undefined) return inode; // filled up with NULs, shown as @
  }
  return null;
}

function processWith(socket: string): LockHolder | null {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (!opened(pid).includes(`socket:[${socket}]`)) continue;
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid: Number(pid), command: printable(words, 120) };
  }
  return null;
}

function opened(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  } catch {
    return []; // it ended, or is not ours to look into
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // closed meanwhile
  }
}
