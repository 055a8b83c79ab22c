import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import type { AccessView } from '../access.ts';
import { personOf } from '../caller.ts';
import { nextOf, orTell, read, sendPage } from '../form.ts';
import { setCookie } from '../session-cookie.ts';
import { codePage, endedLinkPage, linkPage, signInPage } from '../sign-in-page.ts';
import { fromOf, type HalfSignIns, startSession } from '../sign-in-ways.ts';
import { secondLinks, wayLinks } from '../way-links.ts';

const text = z.string().max(1000);
const next = z.string().max(600).optional();
const pageQuery = z.strictObject({ next, again: z.stringbool().default(false) });
const signInForm = z.strictObject({ name: text, password: text, next });
const codeForm = z.strictObject({ code: text, next });
const linkForm = z.strictObject({ name: text.default(''), password: text, again: text });
const linkParams = z.strictObject({ token: z.string().max(100) });
const OPEN = { config: { open: 'it is how one signs in' } };

/** /sign-in, /sign-in/code, /sign-out, /link/TOKEN: pages and what their forms do. */
export function registerSignIn(app: FastifyInstance, { signIn, links, oidc }: AccessView, halves: HalfSignIns): void {
  app.get('/sign-in', OPEN, async (request, reply) => {
    const asked = read(pageQuery, request.query);
    return sendPage(reply, signInPage({ next: nextOf(asked.next), again: asked.again, ways: wayLinks(oidc) }));
  });
  app.post('/sign-in', OPEN, async (request, reply) => {
    const form = read(signInForm, request.body);
    const to = nextOf(form.next);
    const enter = async () => {
      const who = await signIn.password(form.name, form.password, fromOf(request));
      if (who.needsCode) {
        halves.begin(who, reply);
        if (!who.hasTotp) return reply.redirect('/sign-in/passkey', 303);
        return reply.redirect(`/sign-in/code?${new URLSearchParams({ next: to })}`, 303);
      }
      await startSession(signIn, who, 'password', reply);
      return reply.redirect(to, 303);
    };
    return orTell({ request, reply, next: to }, enter, (fault) =>
      signInPage({ next: to, fault, name: form.name, ways: wayLinks(oidc) }),
    );
  });
  registerCode(app, signIn, halves);
  registerLinks(app, { signIn, links });
  app.post('/sign-out', { config: { needs: 'account' } }, async (request, reply) => {
    await signIn.end(personOf(request));
    setCookie(reply, 'spoor', '', 0);
    return reply.redirect('/sign-in', 303);
  });
}

function registerCode(app: FastifyInstance, signIn: AccessView['signIn'], halves: HalfSignIns): void {
  app.get('/sign-in/code', OPEN, async (request, reply) => {
    const to = nextOf(read(pageQuery, request.query).next);
    if (halves.of(request) === null) return reply.redirect(`/sign-in?${new URLSearchParams({ next: to })}`, 303);
    return sendPage(reply, codePage({ next: to, ways: secondLinks(halves.of(request)) }));
  });
  app.post('/sign-in/code', OPEN, async (request, reply) => {
    const form = read(codeForm, request.body);
    const to = nextOf(form.next);
    const who = halves.try(request);
    if (who === null) return reply.redirect(`/sign-in?${new URLSearchParams({ next: to })}`, 303);
    const enter = async () => {
      const way = await signIn.code(who, form.code, fromOf(request));
      await startSession(signIn, who, `password+${way}`, reply);
      halves.end(reply);
      return reply.redirect(to, 303);
    };
    return orTell({ request, reply, next: to }, enter, (fault) =>
      codePage({ next: to, fault, ways: secondLinks(who) }),
    );
  });
}

function registerLinks(app: FastifyInstance, { links, signIn }: Pick<AccessView, 'links' | 'signIn'>): void {
  app.get('/link/:token', OPEN, async (request, reply) => {
    const link = await links.look(read(linkParams, request.params).token);
    return link === null ? sendPage(reply, endedLinkPage(), 404) : sendPage(reply, linkPage(link, {}));
  });
  app.post('/link/:token', OPEN, async (request, reply) => {
    const { token } = read(linkParams, request.params);
    const { name, password, again } = read(linkForm, request.body);
    const link = await links.look(token);
    if (link === null) return sendPage(reply, endedLinkPage(), 404);
    const enter = async () => {
      if (password !== again) throw new AppError('E_USAGE', 'the two passwords are not the same');
      const { personId } = await links.use(token, name, password, fromOf(request));
      await startSession(signIn, { personId }, 'link', reply);
      return reply.redirect('/account', 303);
    };
    return orTell({ request, reply, next: '/' }, enter, (fault) => linkPage(link, { fault, name }));
  });
}
