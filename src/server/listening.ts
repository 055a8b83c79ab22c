import { chmodSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../core/errors.ts';
import type { Config } from './config-schema.ts';

/** Something that is listened on. */
export interface Listening {
  readonly address: string;
  close(): Promise<void>;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** Listens for the page and the API. Throws E_CONFIG for an address that others can reach, E_UNAVAILABLE for one that is taken. */
export async function listenHttp(app: FastifyInstance, { host, port }: Config['http']): Promise<Listening> {
  if (!LOOPBACK.test(host))
    throw new AppError(
      'E_CONFIG',
      `http.host ${host}: the page has no accounts yet, so it is for this machine only: use 127.0.0.1, and reach it by ssh -L ${port}:127.0.0.1:${port}`,
    );
  const address = await app.listen({ host, port }).catch((cause: NodeJS.ErrnoException) => {
    throw new AppError(
      'E_UNAVAILABLE',
      `cannot listen on ${host}:${port}: ${cause.message}; another port goes into http.port`,
      { cause },
    );
  });
  return { address, close: () => app.close() };
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
