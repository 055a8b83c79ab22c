import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccessView, OfferedLink } from '../access.ts';
import { askerOf, callerOf, personOf } from '../caller.ts';
import { endpoint } from '../endpoint.ts';
import { orTell, read, sendPage } from '../form.ts';
import { peoplePage } from '../people-page.ts';
import {
  addedPerson,
  link,
  linkWish,
  nameForm,
  nameWish,
  people as peopleAnswer,
  person,
  personForm,
  personWish,
} from '../schemas/accounts.ts';

const WORDS = {
  disable: 'Lets somebody in no more, and ends what he is signed in to.',
  enable: 'Lets somebody in again.',
} as const;
const PEOPLE = { config: { needs: 'people' } } as const;

/** /api/v1/people: GET all; POST adds one; POST /link, /role, /disable, /enable change one (`?name=`). */
export function registerPeople(app: FastifyInstance, { people }: AccessView): void {
  endpoint(
    app,
    'GET /api/v1/people',
    { needs: 'people', about: 'Everybody with an account.', answer: peopleAnswer },
    async () => ({ people: await people.list() }),
  );
  endpoint(
    app,
    'POST /api/v1/people',
    {
      needs: 'people',
      about: 'Makes an account; gives the link by which it is used.',
      query: personWish,
      answer: addedPerson,
    },
    async ({ query: { name, role, who } }, request) => people.add(askerOf(request, who), name, role),
  );
  endpoint(
    app,
    'POST /api/v1/people/link',
    { needs: 'people', about: 'A link by which somebody sets his password anew.', query: linkWish, answer: link },
    async ({ query: { name = null, who } }, request) => people.link(askerOf(request, who), name),
  );
  endpoint(
    app,
    'POST /api/v1/people/role',
    { needs: 'people', about: 'Gives somebody a role.', query: personWish, answer: person },
    async ({ query: { name, role, who } }, request) => people.setRole(askerOf(request, who), name, role),
  );
  for (const what of ['disable', 'enable'] as const)
    endpoint(
      app,
      `POST /api/v1/people/${what}`,
      { needs: 'people', about: WORDS[what], query: nameWish, answer: person },
      async ({ query: { name, who } }, request) => people.setDisabled(askerOf(request, who), name, what === 'disable'),
    );
}

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
