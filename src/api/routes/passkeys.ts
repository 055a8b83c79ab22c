import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { assertionAnswer, registrationAnswer } from '../../access/passkey-answers.ts';
import { AppError } from '../../core/errors.ts';
import type { AccessView } from '../access.ts';
import { personOf, recentPersonOf } from '../caller.ts';
import { AWAY_S, type PasskeysView } from '../other-ways.ts';
import { passkeySignInPage, passkeysPage } from '../passkey-pages.ts';
import { passkeyScript, SCRIPT_PATH, scriptPolicy } from '../passkey-script.ts';
import { cookieOf, setCookie } from '../session-cookie.ts';
import { fromOf, type HalfSignIns, startSession } from '../sign-in-ways.ts';

const BROWSER_BYTES = 16;
const BROWSER = /^[A-Za-z0-9_-]{22}$/;

const name = z.string().trim().min(1).max(60);
const addBody = z.strictObject({ answer: registrationAnswer, name: name.default('Passkey') });
const renameBody = z.strictObject({ name });
const signInBody = z.strictObject({ answer: assertionAnswer });
const idParams = z.strictObject({ id: z.string().min(1).max(1364) });

const OPEN = { config: { open: 'sign-in' } } as const;
const ACCOUNT = { config: { needs: 'account' } } as const;

/** /sign-in/passkey and /account/passkeys, their script, and what it asks for under /api/v1. */
export function registerPasskeys(app: FastifyInstance, access: AccessView, halves: HalfSignIns): void {
  app.get(SCRIPT_PATH, OPEN, async (_, reply) => reply.type('text/javascript; charset=utf-8').send(passkeyScript()));
  registerSignIn(app, access, halves);
  registerOwn(app, access.passkeys);
}

function registerSignIn(app: FastifyInstance, { passkeys, signIn }: AccessView, halves: HalfSignIns): void {
  app.get('/sign-in/passkey', OPEN, async (request, reply) =>
    withScript(request, reply, passkeys, (works) => passkeySignInPage(halves.of(request), works)),
  );
  app.post('/api/v1/sign-in/passkey/options', OPEN, async (request, reply) => {
    const browser = browserOf(request) ?? randomBytes(BROWSER_BYTES).toString('base64url');
    const options = await passkeys.ask(browser, halves.of(request));
    setCookie(reply, 'spoor-way', browser, AWAY_S);
    return reply.send(options);
  });
  app.post('/api/v1/sign-in/passkey', OPEN, async (request, reply) => {
    const { answer } = read(signInBody, request.body);
    const browser = browserOf(request);
    if (browser === null) throw new AppError('E_SIGN_IN', 'this was not begun in this browser: begin anew');
    const half = halves.try(request);
    const { personId, how } = await passkeys.signIn(answer, browser, half, fromOf(request));
    await startSession(signIn, personId, how, reply);
    if (half !== null) halves.end(reply);
    setCookie(reply, 'spoor-way', '', 0);
    return reply.code(204).send();
  });
}

function registerOwn(app: FastifyInstance, passkeys: PasskeysView): void {
  app.get('/account/passkeys', ACCOUNT, async (request, reply) => {
    const caller = personOf(request);
    const list = await passkeys.list(caller);
    return withScript(request, reply, passkeys, (works) => passkeysPage(caller, list, works));
  });
  app.get('/api/v1/passkeys', ACCOUNT, async (request) => ({ passkeys: await passkeys.list(personOf(request)) }));
  app.post('/api/v1/passkeys/options', ACCOUNT, async (request) => passkeys.offer(recentPersonOf(request)));
  app.post('/api/v1/passkeys', ACCOUNT, async (request, reply) => {
    const made = read(addBody, request.body);
    await passkeys.add(recentPersonOf(request), made.name, made.answer);
    return reply.code(204).send();
  });
  app.put('/api/v1/passkeys/:id', ACCOUNT, async (request, reply) => {
    const { id } = read(idParams, request.params);
    await passkeys.rename(personOf(request), id, read(renameBody, request.body).name);
    return reply.code(204).send();
  });
  app.delete('/api/v1/passkeys/:id', ACCOUNT, async (request, reply) => {
    await passkeys.remove(recentPersonOf(request), read(idParams, request.params).id);
    return reply.code(204).send();
  });
}

/** A page whose script works at one origin: who asks for it at another is led there, once (a proxy may hide from us what was typed). */
async function withScript(
  request: FastifyRequest,
  reply: FastifyReply,
  passkeys: PasskeysView,
  page: (works: boolean) => string,
): Promise<FastifyReply> {
  const origin = passkeys.origin();
  const wasLed = (request.query as { led?: unknown }).led !== undefined;
  if (origin !== null && new URL(origin).host !== request.host && !wasLed)
    return reply.redirect(`${origin}${request.routeOptions.url ?? '/'}?led=1`, 303);
  if (origin !== null) reply.header('content-security-policy', scriptPolicy(origin));
  return reply.type('text/html; charset=utf-8').send(page(origin !== null));
}

/** What tells this browser from others, where it began. */
function browserOf(request: FastifyRequest): string | null {
  const text = cookieOf(request, 'spoor-way') ?? '';
  return BROWSER.test(text) ? text : null;
}

function read<T>(schema: z.ZodType<T>, said: unknown): T {
  const asked = schema.safeParse(said);
  if (!asked.success) throw new AppError('E_USAGE', z.prettifyError(asked.error).slice(0, 300));
  return asked.data;
}
