import { statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';

/** Lets go of a folder. */
export type Release = () => Promise<void>;

/**
 * Takes the state folder for this process. As the ledger does it: on Linux a socket in the abstract namespace, named by device and
 * inode, which is gone with the process however that ends; elsewhere a socket in the folder. Rejects with E_UNAVAILABLE when another
 * holds it.
 */
export function lockState(folder: string): Promise<Release> {
  const { dev, ino } = statSync(folder, { bigint: true });
  const name = process.platform === 'linux' ? `\0spoor-state-${dev}-${ino}` : join(folder, '.lock');
  const server = createServer((socket) => socket.destroy());
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'EADDRINUSE'
          ? 'another Spoor is running on it: end it first, or choose another data folder'
          : cause.message;
      reject(new AppError('E_UNAVAILABLE', `cannot take the state folder "${folder.slice(-80)}": ${why}`, { cause }));
    });
    server.listen(name, () => resolve(() => new Promise((done) => server.close(() => done()))));
  });
}
