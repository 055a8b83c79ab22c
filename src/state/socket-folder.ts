import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account } from './account.ts';

/** PostgreSQL names its socket by a port, though no port is open. */
export const SOCKET_PORT = 5432;
const SOCKET = `.s.PGSQL.${SOCKET_PORT}`;

/** Bytes of a path in sockaddr_un, less the NUL: unix(7); macOS has four fewer. */
const MAX_PATH = process.platform === 'linux' ? 107 : 103;

/**
 * Where the server's socket lies: in the state folder, or, where that path is too long for a socket, in a new folder under `short`,
 * whose name is kept in the state folder so that the next start clears it away. Readable by the account alone (and by root).
 */
export function socketFolder(folder: string, account: Account | null, short = tmpdir()): string {
  const remembered = join(folder, 'socket-folder');
  if (existsSync(remembered)) {
    removeSocketFolder(readFileSync(remembered, 'utf8').trim());
    rmSync(remembered);
  }
  const own = join(folder, 'run');
  if (Buffer.byteLength(join(own, SOCKET)) <= MAX_PATH) {
    mkdirSync(own, { recursive: true, mode: 0o700 });
    return give(own, account);
  }
  const made = mkdtempSync(join(short, 'spoor-state-'));
  writeFileSync(remembered, `${made}\n`, { mode: 0o600 });
  return give(made, account);
}

function give(folder: string, account: Account | null): string {
  if (account !== null) chownSync(folder, account.uid, account.gid);
  return folder;
}

/**
 * Removes what a killed server left: its socket, and that socket's lock, which has a process number in it that may be another's by now.
 * The caller knows that no server runs.
 */
export function removeSockets(folder: string): void {
  for (const name of [SOCKET, `${SOCKET}.lock`]) rmSync(join(folder, name), { force: true });
}

/** Removes a short folder and the socket in it; nothing else, whatever its path was made to say. */
export function removeSocketFolder(folder: string): void {
  try {
    removeSockets(folder);
    rmdirSync(folder);
  } catch {
    // it is gone, or somebody put something into it: an empty folder in /tmp is no harm
  }
}
