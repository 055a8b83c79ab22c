import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { ROLE_NAMES } from '../../access/roles.ts';
import type { AccessView, OfferedLink } from '../access.ts';
import { askerOf, callerOf, personOf } from '../caller.ts';
import { orTell, read, sendPage } from '../form.ts';
import { peoplePage } from '../people-page.ts';

const name = z.string().min(1).max(300);
const role = z.enum(ROLE_NAMES);
/** On the local socket, the person at the keyboard. */
const who = z.string().min(1).max(200).optional();
const personWish = z.strictObject({ name, role, who });
const linkWish = z.strictObject({ name: name.optional(), who });
const nameWish = z.strictObject({ name, who });
const PEOPLE = { config: { needs: 'people' } } as const;

/** /api/v1/people: GET all; POST adds one; POST /link, /role, /disable, /enable change one (`?name=`). */
export function registerPeople(app: FastifyInstance, { people }: AccessView): void {
  app.get('/api/v1/people', PEOPLE, async () => ({ people: await people.list() }));
  app.post('/api/v1/people', PEOPLE, async (request) => {
    const asked = read(personWish, request.query);
    return people.add(askerOf(request, asked.who), asked.name, asked.role);
  });
  app.post('/api/v1/people/link', PEOPLE, async (request) => {
    const asked = read(linkWish, request.query);
    return people.link(askerOf(request, asked.who), asked.name ?? null);
  });
  app.post('/api/v1/people/role', PEOPLE, async (request) => {
    const asked = read(personWish, request.query);
    return people.setRole(askerOf(request, asked.who), asked.name, asked.role);
  });
  for (const what of ['disable', 'enable'] as const)
    app.post(`/api/v1/people/${what}`, PEOPLE, async (request) => {
      const asked = read(nameWish, request.query);
      return people.setDisabled(askerOf(request, asked.who), asked.name, what === 'disable');
    });
}

const personForm = z.strictObject({ name, role });
const nameForm = z.strictObject({ name });

/** /people and what its forms do. */
export function registerPeoplePage(app: FastifyInstance, { people }: AccessView): void {
  const page = async (request: FastifyRequest, shown: Parameters<typeof peoplePage>[2]) =>
    peoplePage(personOf(request), await people.list(), shown);
  app.get('/people', PEOPLE, async (request, reply) => sendPage(reply, await page(request, {})));
  type Offered = (OfferedLink & { readonly name: string }) | null;
  const change = (url: string, work: (request: FastifyRequest, asker: string) => Promise<Offered>) =>
    app.post(url, PEOPLE, async (request: FastifyRequest, reply: FastifyReply) => {
      const done = async () =>
        sendPage(reply, await page(request, { offered: await work(request, callerOf(request).name) }));
      return orTell({ request, reply, next: '/people' }, done, (fault) => page(request, { fault }));
    });
  change('/people/add', async (request, asker) => {
    const asked = read(personForm, request.body);
    const { person, link } = await people.add(asker, asked.name, asked.role);
    return { ...link, name: person.name };
  });
  change('/people/link', async (request, asker) => {
    const asked = read(nameForm, request.body);
    return { ...(await people.link(asker, asked.name)), name: asked.name };
  });
  change('/people/role', async (request, asker) => {
    const asked = read(personForm, request.body);
    await people.setRole(asker, asked.name, asked.role);
    return null;
  });
  for (const what of ['disable', 'enable'] as const)
    change(`/people/${what}`, async (request, asker) => {
      await people.setDisabled(asker, read(nameForm, request.body).name, what === 'disable');
      return null;
    });
}
