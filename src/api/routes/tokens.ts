import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { type Permission, TOKEN_PERMISSIONS } from '../../access/roles.ts';
import type { AccessView } from '../access.ts';
import { tokenPage } from '../account-page.ts';
import { personOf, recentPersonOf } from '../caller.ts';
import { orTell, read, sendPage } from '../form.ts';
import { accountWith } from './account.ts';

const name = z.string().min(1).max(100);
const days = z.coerce.number().int().min(1).max(366).default(90);
const permission = z.enum(TOKEN_PERMISSIONS as [Permission, ...Permission[]]);
const wishBody = z.strictObject({ name, days, may: z.array(permission).min(1).max(TOKEN_PERMISSIONS.length) });
const ticks = Object.fromEntries(TOKEN_PERMISSIONS.map((one) => [one, z.literal('on').optional()]));
const wishForm = z.object({ name, days }).extend(ticks).strict();
const idParams = z.strictObject({ id: z.coerce.number().int().positive() });
const ACCOUNT = { config: { needs: 'account' } } as const;

/** /api/v1/tokens: one's own tokens, for programs that ask in one's name; and the same by the forms of /account. */
export function registerTokens(app: FastifyInstance, access: AccessView): void {
  const { tokens } = access;
  app.get('/api/v1/tokens', ACCOUNT, async (request) => ({ tokens: await tokens.list(personOf(request)) }));
  app.post('/api/v1/tokens', ACCOUNT, async (request) => {
    const caller = recentPersonOf(request);
    return tokens.make(caller, read(wishBody, request.body));
  });
  app.delete('/api/v1/tokens/:id', ACCOUNT, async (request, reply) => {
    await tokens.revoke(personOf(request), read(idParams, request.params).id);
    return reply.code(204).send();
  });
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
