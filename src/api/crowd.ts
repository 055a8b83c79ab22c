import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { say } from './problem.ts';

/** What one server has to do at once, at most. */
export interface CrowdLimits {
  /** Requests that have no whole answer yet. */
  readonly requests: number;
  /** Of answers that nobody has read yet, bytes. */
  readonly unread: number;
  /** A client that reads nothing of its answer for so long is cut off. */
  readonly unreadMs: number;
}

export const CROWD: CrowdLimits = { requests: 800, unread: 256 << 20, unreadMs: 30_000 };

/** Keeps many clients, or slow ones, from all of the server's memory: what is too much is answered by 503 at once. */
export function bounded(app: FastifyInstance, limits: CrowdLimits): void {
  let requests = 0;
  let unread = 0;
  app.addHook('onRequest', async (_, reply) => {
    if (requests >= limits.requests || unread >= limits.unread) {
      reply.header('retry-after', '2');
      return say(reply, 503, 'too much is asked at once: try again in a moment');
    }
    requests += 1;
    reply.raw.once('close', () => {
      requests -= 1;
    });
  });
  app.addHook('onSend', async (_, reply, payload) => {
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return; // a stream waits for its reader
    const bytes = Buffer.byteLength(payload);
    unread += bytes;
    reply.raw.once('close', () => {
      unread -= bytes;
    });
    const { socket } = reply.raw;
    if (socket instanceof Socket) socket.setTimeout(limits.unreadMs); // until the next request on it
  });
}
