import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { TOKEN_PERMISSIONS } from '../../access/roles.ts';
import type { AccessView } from '../access.ts';
import { tokenPage } from '../account-page.ts';
import { personOf, recentPersonOf } from '../caller.ts';
import { endpoint } from '../endpoint.ts';
import { orTell, read, sendPage } from '../form.ts';
import { idParams, madeToken, tokenDays, tokenName, tokens as tokensAnswer, tokenWish } from '../schemas/accounts.ts';
import { accountWith } from './account.ts';

const ticks = Object.fromEntries(TOKEN_PERMISSIONS.map((one) => [one, z.literal('on').optional()]));
const wishForm = z.object({ name: tokenName, days: tokenDays }).extend(ticks).strict();
const ACCOUNT = { config: { needs: 'account' } } as const;

/** /api/v1/tokens: one's own tokens, for programs that ask in one's name; and the same by the forms of /account. */
export function registerTokens(app: FastifyInstance, access: AccessView): void {
  const { tokens } = access;
  endpoint(
    app,
    'GET /api/v1/tokens',
    { needs: 'account', about: 'One’s own tokens.', answer: tokensAnswer },
    async (_, request) => ({ tokens: await tokens.list(personOf(request)) }),
  );
  endpoint(
    app,
    'POST /api/v1/tokens',
    {
      needs: 'account',
      about: 'Makes a token, for a program that asks in one’s name. Whoever asks signed in within ten minutes.',
      body: tokenWish,
      answer: madeToken,
    },
    async ({ body }, request) => tokens.make(recentPersonOf(request), body),
  );
  endpoint(
    app,
    'DELETE /api/v1/tokens/:id',
    { needs: 'account', about: 'Ends a token of one’s own.', params: idParams, answer: null },
    async ({ params: { id } }, request, reply) => {
      await tokens.revoke(personOf(request), id);
      return reply.code(204).send();
    },
  );
  registerForms(app, access);
}

function registerForms(app: FastifyInstance, access: AccessView): void {
  const { tokens } = access;
  app.post('/account/tokens', ACCOUNT, async (request, reply) => {
    const make = async () => {
      const caller = recentPersonOf(request);
      const form: Readonly<Record<string, unknown>> = read(wishForm, request.body);
      const may = TOKEN_PERMISSIONS.filter((one) => form[one] === 'on');
      const wish = { name: String(form['name']), days: Number(form['days']), may };
      const { text, token } = await tokens.make(caller, wish);
      return sendPage(reply, tokenPage(caller, text, token));
    };
    return orTell({ request, reply, next: '/account' }, make, (fault) => accountWith(access, request, fault));
  });
  app.post('/account/tokens/end', ACCOUNT, async (request, reply) => {
    const end = async () => {
      await tokens.revoke(personOf(request), read(idParams, request.body).id);
      return reply.redirect('/account', 303);
    };
    return orTell({ request, reply, next: '/account' }, end, (fault) => accountWith(access, request, fault));
  });
}
