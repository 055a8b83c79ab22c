import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import type { AccessView } from '../access.ts';
import { accountPage, recoveryPage, totpPage } from '../account-page.ts';
import { callerOf, personOf, recentPersonOf } from '../caller.ts';
import { endpoint } from '../endpoint.ts';
import { orTell, read, sendPage } from '../form.ts';
import { account as accountAnswer } from '../schemas/accounts.ts';
import { fromOf, startSession } from '../sign-in-ways.ts';

const text = z.string().max(1000);
const passwordForm = z.strictObject({
  username: text.optional(),
  current: text.default(''),
  password: text,
  again: text,
});
const codeForm = z.strictObject({ code: text });
const idForm = z.strictObject({ id: z.coerce.number().int().positive() });
const ACCOUNT = { config: { needs: 'account' } } as const;

/** What is told on the account's page that a form was refused for. */
export async function accountWith(
  { account, tokens }: AccessView,
  request: FastifyRequest,
  fault: string | null = null,
): Promise<string> {
  const caller = personOf(request);
  const [shown, held] = await Promise.all([account.look(caller), tokens.list(caller)]);
  return accountPage(caller, { account: shown, tokens: held, fault });
}

/** /account and what its forms do; GET /api/v1/account says who asks, and what he may. */
export function registerAccount(app: FastifyInstance, access: AccessView): void {
  const { account } = access;
  endpoint(
    app,
    'GET /api/v1/account',
    { needs: 'account', about: 'Who asks, and what he may.', answer: accountAnswer },
    (_, request) => {
      const { kind, name, may } = callerOf(request);
      return { kind, name, may: [...may] };
    },
  );
  app.get('/account', ACCOUNT, async (request, reply) => sendPage(reply, await accountWith(access, request)));
  const change = (url: string, work: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>) =>
    app.post(url, ACCOUNT, async (request, reply) => {
      const done = async () => {
        await work(request, reply);
        return reply.redirect('/account', 303);
      };
      return orTell({ request, reply, next: '/account' }, done, (fault) => accountWith(access, request, fault));
    });
  change('/account/password', async (request, reply) => {
    const { current, password, again } = read(passwordForm, request.body);
    if (password !== again) throw new AppError('E_USAGE', 'the two passwords are not the same');
    const caller = recentPersonOf(request);
    await account.setPassword(caller, current, password, fromOf(request));
    await startSession(access.signIn, caller, 'password', reply);
  });
  change('/account/totp/remove', (request) => account.removeTotp(recentPersonOf(request)));
  change('/account/sign-ins/end', (request) => account.endSignIn(personOf(request), read(idForm, request.body).id));
  change('/account/sign-ins/end-others', (request) => account.endOthers(personOf(request)));
  registerTotp(app, access);
}

function registerTotp(app: FastifyInstance, { account, signIn }: AccessView): void {
  const next = '/account/totp';
  const page = async (request: FastifyRequest, fault: string | null) => {
    const caller = recentPersonOf(request);
    return totpPage(caller, await account.offerTotp(caller), fault);
  };
  app.get('/account/totp', ACCOUNT, async (request, reply) =>
    orTell(
      { request, reply, next },
      async () => sendPage(reply, await page(request, null)),
      (fault) => fault,
    ),
  );
  app.post('/account/totp', ACCOUNT, async (request, reply) => {
    const done = async () => {
      const caller = recentPersonOf(request);
      const codes = await account.setTotp(caller, read(codeForm, request.body).code);
      await startSession(signIn, caller, 'password+totp', reply);
      return sendPage(reply, recoveryPage(caller, codes));
    };
    return orTell({ request, reply, next }, done, (fault) => page(request, fault));
  });
}
