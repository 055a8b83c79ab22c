import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { AppError } from '../core/errors.ts';

const MOST = 16_384;
/** A path of this server: no other host can stand in it. */
const OWN_PATH = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}$/;

/** Makes an app take what forms of pages send. */
export function takeForms(app: FastifyInstance): void {
  const options = { parseAs: 'string', bodyLimit: MOST } as const;
  app.addContentTypeParser('application/x-www-form-urlencoded', options, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
}

/** What a request's body or query says. Throws E_USAGE, with what is wrong, for anything else. */
export function read<T>(schema: z.ZodType<T>, said: unknown): T {
  const asked = schema.safeParse(said ?? {});
  if (!asked.success) throw new AppError('E_USAGE', z.prettifyError(asked.error).slice(0, 300));
  return asked.data;
}

/** Answers with a page. */
export const sendPage = (reply: FastifyReply, text: string, status = 200): FastifyReply =>
  reply.code(status).type('text/html; charset=utf-8').send(text);

/** Where to go after a sign-in: a path of ours that was asked for, else the page. */
export const nextOf = (next: string | undefined): string => (next !== undefined && OWN_PATH.test(next) ? next : '/');

/** Does what a form asks. What is refused is told on the page that it came from; who has to sign in again is led there. */
export async function orTell(
  { request, reply, next }: { request: FastifyRequest; reply: FastifyReply; next: string },
  work: () => Promise<FastifyReply>,
  page: (fault: string) => Promise<string> | string,
): Promise<FastifyReply> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'E_SIGN_IN' && request.caller !== null)
      return reply.redirect(`/sign-in?${new URLSearchParams({ next, again: 'true' })}`, 303);
    return sendPage(reply, await page(error.message), error.status);
  }
}
