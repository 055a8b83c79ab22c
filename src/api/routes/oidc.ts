import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import { html, NOTHING } from '../../core/markup.ts';
import type { AccessView } from '../access.ts';
import { AWAY_S, type OidcView } from '../other-ways.ts';
import { cookieOf, setCookie } from '../session-cookie.ts';
import { document } from '../shell.ts';
import { fromOf, startSession } from '../sign-in-ways.ts';

const params = z.strictObject({ provider: z.string().max(40) });
const OPEN = { config: { open: 'sign-in' } } as const;
const LONGEST_QUERY = 8000;

/** /sign-in/oidc/PROVIDER leads to a provider, …/callback is where it sends people back to. Redirects lead to addresses of the configuration alone. */
export function registerOidc(app: FastifyInstance, { oidc, signIn }: AccessView): void {
  app.get('/sign-in/oidc/:provider', OPEN, async (request, reply) =>
    told(reply, async () => {
      const { provider } = params.parse(request.params);
      const elsewhere = ownAddress(oidc, request, provider);
      if (elsewhere !== null) return reply.redirect(elsewhere, 303);
      const { location, cookie } = await oidc.begin(provider);
      setCookie(reply, 'spoor-way', cookie, AWAY_S);
      return reply.redirect(location, 303);
    }),
  );
  app.get('/sign-in/oidc/:provider/callback', OPEN, async (request, reply) =>
    told(reply, async () => {
      const { provider } = params.parse(request.params);
      const cookie = cookieOf(request, 'spoor-way');
      setCookie(reply, 'spoor-way', '', 0); // it holds for one return
      const at = request.url.indexOf('?');
      const query = at === -1 ? '' : request.url.slice(at, at + LONGEST_QUERY);
      const { personId, how } = await oidc.finish(provider, query, cookie, fromOf(request));
      await startSession(signIn, { personId }, how, reply);
      return reply.redirect('/', 303);
    }),
  );
}

/**
 * Cookies are of one host: who asks for us by another than the one he comes back to is led there first; null when that is not so. Once only:
 * a proxy may hide from us what was typed.
 */
function ownAddress(oidc: OidcView, request: FastifyRequest, provider: string): string | null {
  const own = new URL(oidc.origin());
  const wasLed = (request.query as { led?: unknown }).led !== undefined;
  return own.host === request.host || wasLed ? null : `${own.origin}/sign-in/oidc/${provider}?led=1`;
}

/** People stand before this, not programs: what goes wrong is a page, with the way back. */
async function told(reply: FastifyReply, work: () => Promise<FastifyReply>): Promise<FastifyReply> {
  try {
    return await work();
  } catch (error) {
    const known = error instanceof z.ZodError ? new AppError('E_NOT_FOUND', 'there is no such provider') : error;
    if (!(known instanceof AppError)) throw error;
    const body = html`<h1>Not signed in</h1><p class="told">${known.message}</p><p><a href="/sign-in">Back to the sign-in page</a></p>${NOTHING}`;
    return reply
      .code(known.status)
      .type('text/html; charset=utf-8')
      .send(document('Not signed in', body, { caller: null, narrow: true }));
  }
}
