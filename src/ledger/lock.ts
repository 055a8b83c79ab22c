import { statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';

/** Held by the one process that writes to a folder; the system lets go of it when that process ends, however it ends. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes a folder for one writer. Linux: a socket in the abstract namespace, named by the folder's device and inode, so that two
 * paths to one folder are one lock, and a killed process leaves nothing. Elsewhere: a socket in the folder.
 * Throws E_UNAVAILABLE when another process writes.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const { dev, ino } = statSync(folder, { bigint: true });
  const name = process.platform === 'linux' ? `\0spoor-ledger-${dev}-${ino}` : join(folder, '.lock');
  const server = createServer((socket) => socket.destroy());
  server.unref();
  await listen(server, name, folder);
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function listen(server: Server, name: string, folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE';
      const why = taken ? 'another process writes to it' : cause.message;
      reject(new AppError('E_UNAVAILABLE', `cannot take the ledger ${folder}: ${why}`, { cause }));
    });
    server.listen(name, resolve);
  });
}
