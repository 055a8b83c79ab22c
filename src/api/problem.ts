import type { FastifyReply } from 'fastify';

/** Answers with a problem document (RFC 9457). */
export function say(reply: FastifyReply, status: number, detail: string): FastifyReply {
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="Spoor"');
  const seconds = status === 429 ? /\bwait (?<seconds>\d+) s\b/.exec(detail)?.groups?.['seconds'] : undefined;
  if (seconds !== undefined) reply.header('retry-after', seconds);
  return reply.code(status).type('application/problem+json').send({ type: 'about:blank', status, detail });
}
