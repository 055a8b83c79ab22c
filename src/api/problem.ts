import { STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';
import * as z from 'zod';
import { AppError, ERROR_CODES, type ErrorCode } from '../core/errors.ts';

const CODES = Object.keys(ERROR_CODES) as [string, ...string[]];

/** What went wrong (RFC 9457). */
export const problem = z
  .strictObject({
    type: z.literal('about:blank'),
    title: z.string().describe('What the status says.'),
    status: z.int().min(400).max(599),
    code: z
      .enum([...CODES, 'E_BUG'])
      .describe('What it is, for programs: never changes its meaning (docs/reference/errors.md).'),
    detail: z.string().describe('What is wrong and what to do, for people.'),
  })
  .meta({ id: 'Problem' });

/** Of the errors that are raised on purpose, the first with that status; what the framework refuses is a request that is off. */
function codeOf(status: number): string {
  if (status === 500) return 'E_BUG';
  return CODES.find((code) => ERROR_CODES[code as keyof typeof ERROR_CODES].status === status) ?? 'E_USAGE';
}

/** A problem document (RFC 9457). */
export const problemOf = (status: number, detail: string, code = codeOf(status)): z.output<typeof problem> => ({
  type: 'about:blank',
  title: STATUS_CODES[status] ?? '',
  status,
  code,
  detail,
});

/** What whoever asked is told of an error. Of one that nobody raised on purpose it is nothing: the server's own log has it. */
export function toldOf(error: unknown): {
  readonly status: number;
  readonly detail: string;
  readonly code?: ErrorCode;
} {
  if (error instanceof AppError) return { status: error.status, detail: error.message, code: error.code };
  process.stderr.write(
    `spoor: this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return { status: 500, detail: 'something went wrong here; the server’s log says what' };
}

/** Answers with a problem document. */
export function say(reply: FastifyReply, status: number, detail: string, code?: string): FastifyReply {
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="Spoor"');
  const seconds = status === 429 ? /\bwait (?<seconds>\d+) s\b/.exec(detail)?.groups?.['seconds'] : undefined;
  if (seconds !== undefined) reply.header('retry-after', seconds);
  return reply
    .code(status)
    .type('application/problem+json')
    .send(problemOf(status, detail, code));
}
