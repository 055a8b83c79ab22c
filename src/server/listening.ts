import { chmodSync, rmSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import type { Server } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../core/errors.ts';
import type { Config } from './config-schema.ts';
import type { PageTls } from './page-tls.ts';

/** Something that is listened on. */
export interface Listening {
  readonly address: string;
  close(): Promise<void>;
}

const LOOK_MS = 60_000;

/**
 * Listens for the page and the API, and takes another certificate when its files change. Throws E_UNAVAILABLE for an address that is taken.
 */
export async function listenHttp(
  app: FastifyInstance,
  { host, port }: Config['http'],
  tls: PageTls | null,
  onError: (why: string) => void,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  await app.listen({ host, port }).catch((cause: NodeJS.ErrnoException) => {
    throw new AppError(
      'E_UNAVAILABLE',
      `cannot listen on ${host}:${port}: ${cause.message}; another port goes into http.port`,
      { cause },
    );
  });
  const timer = tls === null ? undefined : setInterval(() => look(app.server, tls, onError), LOOK_MS).unref();
  const bound = app.server.address() as AddressInfo;
  return {
    port: bound.port,
    close: async () => {
      clearInterval(timer);
      await app.close();
    },
  };
}

function look(server: object, tls: PageTls, onError: (why: string) => void): void {
  try {
    const fresh = tls.again();
    if (fresh !== null) (server as Server).setSecureContext({ ...fresh, minVersion: 'TLSv1.2' });
  } catch (error) {
    onError(error instanceof Error ? error.message : String(error)); // what was there before stays in use
  }
}

/** Listens on a unix socket that only the owner can open. One that a killed server left is taken over. */
export async function listenLocal(app: FastifyInstance, path: string): Promise<Listening> {
  if (Buffer.byteLength(path) > 107)
    throw new AppError(
      'E_CONFIG',
      `the path ${path.slice(0, 120)} is too long for a socket (107 bytes): choose a shorter data folder`,
    );
  if (await answers(path))
    throw new AppError('E_UNAVAILABLE', `another Spoor runs in this data folder (${path} answers)`);
  rmSync(path, { force: true });
  const mask = process.umask(0o177);
  try {
    await app.listen({ path });
  } finally {
    process.umask(mask);
  }
  chmodSync(path, 0o600);
  return { address: path, close: () => app.close() };
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
