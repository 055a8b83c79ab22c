import type { FastifyReply } from 'fastify';
import { AppError } from '../core/errors.ts';

/** Aborts when the client leaves before it has its answer. */
export function leaving({ raw }: FastifyReply): AbortSignal {
  const left = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) left.abort(new AppError('E_UNAVAILABLE', 'the client left'));
  });
  return left.signal;
}

/** What a client asks that is there to hear the answer. That it left is no fault of anything. */
export async function unlessLeft<T>(reply: FastifyReply, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = leaving(reply);
  try {
    return await ask(signal);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}
