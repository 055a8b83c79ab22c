import type { FastifyReply } from 'fastify';

/** How slowly a client may take what holds a place that others wait for. */
interface Patience {
  /** While something waits for it, it is looked at as often as this. */
  readonly everyMs: number;
  /** So many bytes it has to have taken by then. */
  readonly bytes: number;
}

/** The slowest line that somebody may still have: 2 KiB a second. */
export const PATIENCE: Patience = { everyMs: 30_000, bytes: 60 << 10 };

/**
 * Ends the connection of a client that does not take what is sent to it. Time in which nothing is sent does not count: it is then we
 * who are slow.
 */
export function unlessTaken({ raw }: FastifyReply, { everyMs, bytes }: Patience): void {
  const { socket } = raw;
  if (socket === null) return;
  const taken = () => socket.bytesWritten - socket.writableLength;
  let [before, waited] = [taken(), false];
  const timer = setInterval(() => {
    const [now, waits] = [taken(), socket.writableLength > 0];
    if (waits && waited && now - before < bytes) raw.destroy();
    [before, waited] = [now, waits];
  }, everyMs);
  raw.once('close', () => clearInterval(timer));
}
