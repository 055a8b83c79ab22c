import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import type { AccessView } from '../access.ts';
import { personOf, recentPersonOf } from '../caller.ts';
import { endpoint } from '../endpoint.ts';
import { AWAY_S, type PasskeysView } from '../other-ways.ts';
import { passkeySignInPage, passkeysPage } from '../passkey-pages.ts';
import { passkeyScript, SCRIPT_PATH, scriptPolicy } from '../passkey-script.ts';
import {
  passkeyBody,
  passkeyOptions,
  passkeyParams,
  passkeys as passkeysAnswer,
  renameBody,
  signInBody,
} from '../schemas/accounts.ts';
import { cookieOf, setCookie } from '../session-cookie.ts';
import { fromOf, type HalfSignIns, startSession } from '../sign-in-ways.ts';

const BROWSER_BYTES = 16;
const BROWSER = /^[A-Za-z0-9_-]{22}$/;

const OPEN = { config: { open: 'sign-in' } } as const;
const OPTIONS = {
  open: 'sign-in',
  about: 'Options to sign in by a passkey. Sets a cookie that the answer must come with.',
  answer: passkeyOptions,
} as const;
const SIGN_IN = { open: 'sign-in', about: 'Signs in by a passkey.', body: signInBody, answer: null } as const;
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
  endpoint(app, 'POST /api/v1/sign-in/passkey/options', OPTIONS, async (_, request, reply) => {
    const browser = browserOf(request) ?? randomBytes(BROWSER_BYTES).toString('base64url');
    const options = await passkeys.ask(browser, halves.of(request));
    setCookie(reply, 'spoor-way', browser, AWAY_S);
    return reply.send(options);
  });
  endpoint(app, 'POST /api/v1/sign-in/passkey', SIGN_IN, async ({ body: { answer } }, request, reply) => {
    const browser = browserOf(request);
    if (browser === null) throw new AppError('E_SIGN_IN', 'this was not begun in this browser: begin anew');
    const half = halves.try(request);
    const { personId, how } = await passkeys.signIn(answer, browser, half, fromOf(request));
    await startSession(signIn, { personId, ...(half !== null && { proof: half.proof }) }, how, reply);
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
  endpoint(
    app,
    'GET /api/v1/passkeys',
    { needs: 'account', about: 'One’s own passkeys.', answer: passkeysAnswer },
    async (_, request) => ({ passkeys: await passkeys.list(personOf(request)) }),
  );
  endpoint(
    app,
    'POST /api/v1/passkeys/options',
    { needs: 'account', about: 'Options for a new passkey.', answer: passkeyOptions },
    async (_, request) => ({ ...(await passkeys.offer(recentPersonOf(request))) }),
  );
  endpoint(
    app,
    'POST /api/v1/passkeys',
    { needs: 'account', about: 'Adds a passkey.', body: passkeyBody, answer: null },
    async ({ body: { name, answer } }, request, reply) => {
      await passkeys.add(recentPersonOf(request), name, answer);
      return reply.code(204).send();
    },
  );
  endpoint(
    app,
    'PUT /api/v1/passkeys/:id',
    { needs: 'account', about: 'Gives a passkey another name.', params: passkeyParams, body: renameBody, answer: null },
    async ({ params: { id }, body: { name } }, request, reply) => {
      await passkeys.rename(personOf(request), id, name);
      return reply.code(204).send();
    },
  );
  endpoint(
    app,
    'DELETE /api/v1/passkeys/:id',
    { needs: 'account', about: 'Ends a passkey.', params: passkeyParams, answer: null },
    async ({ params: { id } }, request, reply) => {
      await passkeys.remove(recentPersonOf(request), id);
      return reply.code(204).send();
    },
  );
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
