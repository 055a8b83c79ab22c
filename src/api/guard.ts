import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PERMISSIONS, type Permission, permissionsOf } from '../access/roles.ts';
import { AppError } from '../core/errors.ts';
import type { AccessView } from './access.ts';
import type { Caller } from './caller.ts';
import { say } from './problem.ts';
import { cookieOf, hasCookie } from './session-cookie.ts';
import { fromOf } from './sign-in-ways.ts';

/** What stands before every route that strangers can reach. */
export interface GuardOptions {
  readonly access: AccessView;
  /** Names and addresses, in small letters, that this server is asked for by, beside those of loopback. */
  readonly names: ReadonlySet<string>;
  /** Browsers are to come by TLS only, from now on. */
  readonly strictTransport: boolean;
  /** How often it is asked of an answer that goes on, whether who asked still may. */
  readonly recheckMs: number;
}

const SAFE = new Set(['GET', 'HEAD']);
const BEARER = /^Bearer (?<token>[A-Za-z0-9_-]{1,200})$/i;
const HALF_A_YEAR_S = 15_552_000;

/** Whoever can open the socket owns the data folder. */
const LOCAL: Caller = {
  kind: 'local',
  name: 'local socket',
  may: new Set([...permissionsOf('admin')].filter((one) => one !== 'account')),
};
const WHO = /^[\w.-]{1,64}$/;

/** The socket tells nobody's name. What a command says of whose it is goes into the ledger as such: no account has a name that ends so. */
function localCaller({ headers }: FastifyRequest): Caller {
  const { 'x-spoor-who': who } = headers;
  return typeof who === 'string' && WHO.test(who) ? { ...LOCAL, name: `${who}@server` } : LOCAL;
}
const ANYONE: Caller = { kind: 'anyone', name: 'anyone on this machine', may: new Set(['status', 'search'] as const) };

/** Puts the guard before all routes: who asks, by which name of ours, from which page, and whether he may. */
export function guard(app: FastifyInstance, options: GuardOptions | 'local'): void {
  app.addHook('onRequest', async (request, reply) => {
    harden(reply, options !== 'local' && options.strictTransport);
    if (options === 'local') {
      request.caller = localCaller(request);
      return;
    }
    if (!isOurName(request.host, options.names))
      return say(reply, 421, 'this server is not asked for by that name: http.names in its spoor.yml can allow it');
    if (comesFromElsewhere(request))
      return say(reply, 403, 'this came from a page of another site, or from none: it is not done');
    const { needs } = request.routeOptions.config;
    if (needs === undefined) return; // open, or nothing is there
    request.caller = await callerOf(request, options.access);
    if (request.caller === null) return signInFirst(request, reply);
    if (!request.caller.may.has(needs))
      return say(reply, 403, `this needs the permission to ${PERMISSIONS[needs]}: ${request.caller.name} has it not`);
    if (SAFE.has(request.method)) recheck(request, reply, needs, options); // what changes something may end the very session that asks
  });
}

async function callerOf(request: FastifyRequest, { callers }: AccessView): Promise<Caller | null> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = BEARER.exec(authorization)?.groups?.['token'];
    return token === undefined ? null : callers.byToken(token); // a wrong token is not made good by a cookie
  }
  const session = cookieOf(request, 'spoor');
  const person = session === null ? null : await callers.bySession(session, fromOf(request));
  return person ?? ((await callers.isOpen()) ? ANYONE : null);
}

/** An answer that goes on, as those of `tail`, is cut off when who asked signed out, or may no more. While nobody can tell, it goes on. */
function recheck(request: FastifyRequest, { raw }: FastifyReply, needs: Permission, options: GuardOptions): void {
  const timer = setInterval(() => {
    callerOf(request, options.access).then(
      (caller) => {
        if (caller === null || !caller.may.has(needs)) raw.destroy();
      },
      () => {}, // the state is away; the next time tells
    );
  }, options.recheckMs).unref();
  raw.once('close', () => clearInterval(timer));
}

/** A person is led to the page; a program is told. */
function signInFirst(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { accept = '', authorization } = request.headers;
  if (request.method === 'GET' && authorization === undefined && accept.includes('text/html'))
    return reply.redirect(`/sign-in?${new URLSearchParams({ next: request.url.slice(0, 500) })}`, 303);
  const words = authorization === undefined ? 'sign in first' : 'this token does not hold, or no more';
  return say(reply, new AppError('E_SIGN_IN', words).status, words);
}

/** A name that a page of another site cannot make its own: no DNS record of theirs may lead here. */
function isOurName(host: string, names: ReadonlySet<string>): boolean {
  if (/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/.test(host)) return true;
  return names.has(
    host
      .toLowerCase()
      .replace(/:\d{1,5}$/, '')
      .replace(/^\[(.*)\]$/, '$1'),
  );
}

/**
 * Browsers say which page a request is from (Sec-Fetch-Site, and Origin with what changes something): what changes something must be from
 * our own, and so must what programs of pages read. A program that says neither has no cookie that a page could misuse.
 */
function comesFromElsewhere(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  const { origin } = request.headers;
  if (SAFE.has(request.method)) {
    const isPage = request.headers['sec-fetch-mode'] === 'navigate';
    return !isPage && (site === 'cross-site' || site === 'same-site');
  }
  if (site !== undefined && site !== 'same-origin') return true;
  if (origin !== undefined) return origin !== `${request.protocol}://${request.host}`;
  return site === undefined && hasCookie(request);
}

function harden(reply: FastifyReply, strictTransport: boolean): void {
  reply.headers({
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin', // with no-referrer, browsers would not say of a form which page it is from
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    'cache-control': 'no-store',
    ...(strictTransport && { 'strict-transport-security': `max-age=${HALF_A_YEAR_S}` }),
  });
}
