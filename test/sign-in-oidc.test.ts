import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OidcSettings } from '../src/access/oidc-config.ts';
import { Secret } from '../src/core/secret.ts';
import { Jar, type OidcPlace, startOidcPlace, walk } from './oidc-place.ts';
import { type PeopleServer, startPeopleServer } from './people-server.ts';

// People of another place come in: a real provider, a real PostgreSQL, and our routes between them.

const ALICE = { sub: 'u-1', claims: { preferred_username: 'Alice', groups: ['staff', 'secops'] } };

describe('sign-in by a provider', () => {
  let place: OidcPlace;
  let server: PeopleServer;
  beforeAll(async () => {
    server = await startPeopleServer(async (url) => {
      place = await startOidcPlace({ redirectUri: `${url}/sign-in/oidc/place/callback`, who: ALICE });
      const provider: OidcSettings = {
        id: 'place',
        label: 'our place <b>',
        issuer: place.issuer,
        clientId: place.clientId,
        clientSecret: new Secret(place.clientSecret),
        scopes: ['profile', 'email', 'groups'],
        nameClaim: 'preferred_username',
        roles: [
          { claim: 'groups', value: 'secops', role: 'analyst' },
          { claim: 'groups', value: 'staff', role: 'viewer' },
        ],
        clockToleranceSeconds: 30,
      };
      return [provider, { ...provider, id: 'away', issuer: 'http://127.0.0.1:10' }];
    });
  });
  afterAll(async () => {
    await server.stop();
    await place.stop();
  });

  const start = () => `${server.url}/sign-in/oidc/place`;
  const get = (url: URL | string, jar: Jar) =>
    fetch(url, { redirect: 'manual', headers: { cookie: jar.header(new URL(url)), accept: 'text/html' } });
  /** To the address of return, where the browser is about to ask for it. */
  const goBack = (jar: Jar) => walk(start(), `${start()}/callback`, jar);
  const signIn = async (jar = new Jar()) => {
    const back = await goBack(jar);
    const response = await get(back, jar);
    jar.take(back, response.headers.getSetCookie());
    return { response, jar, back };
  };
  const account = (jar: Jar) => get(`${server.url}/account`, jar);

  test('makes an account with the role of the first rule that fits', async () => {
    const { response, jar } = await signIn();
    expect([response.status, response.headers.get('location')]).toEqual([303, '/']);
    expect(await server.state.people.byName('alice@place')).toMatchObject({ role: 'analyst', hasPassword: false });
    expect((await account(jar)).status).toBe(200);
    expect(server.acts.slice(-2)).toMatchObject([
      { who: 'server', what: 'account.make', about: 'alice@place', detail: { role: 'analyst', subject: 'u-1' } },
      { who: 'alice@place', what: 'sign-in', detail: { how: 'oidc place' } },
    ]);
  });

  test('is the same account the next time, whatever its name there', async () => {
    place.who = { sub: 'u-1', claims: { ...ALICE.claims, preferred_username: 'alicia' } };
    await signIn();
    expect(await server.state.people.byName('alicia@place')).toBeNull();
    expect((await server.state.people.list()).length).toBe(1);
  });

  test('somebody else of that name is somebody else', async () => {
    place.who = { sub: 'u-2', claims: ALICE.claims };
    const { jar } = await signIn();
    expect(await (await account(jar)).text()).toContain('alice-2@place');
  });

  test('another role at the next sign-in ends what was begun with the one before', async () => {
    place.who = ALICE;
    const before = await signIn();
    place.who = { ...ALICE, claims: { ...ALICE.claims, groups: ['staff'] } };
    const { jar } = await signIn();
    expect(await server.state.people.byName('alice@place')).toMatchObject({ role: 'viewer' });
    expect((await account(before.jar)).status).toBe(303);
    expect((await account(jar)).status).toBe(200);
  });

  test('without a role, nobody comes in, and who was in is out', async () => {
    place.who = ALICE;
    const before = await signIn();
    place.who = { ...ALICE, claims: { preferred_username: 'alice', groups: ['guests'] } };
    const { response, jar } = await signIn();
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('you have no role here');
    expect((await account(jar)).status).toBe(303);
    expect((await account(before.jar)).status).toBe(303);
    expect(server.acts.at(-2)).toMatchObject({ what: 'account.role', detail: { role: null, before: 'analyst' } });
    place.who = { sub: 'u-9', claims: place.who.claims };
    expect((await signIn()).response.status).toBe(403);
    expect((await server.state.people.list()).length).toBe(2);
    place.who = ALICE;
    expect((await signIn()).response.status).toBe(303);
  });

  test('who is disabled here stays out', async () => {
    place.who = ALICE;
    const { id } = (await server.state.people.byName('alice@place')) ?? { id: 0 };
    await server.state.people.setDisabled(id, Date.now());
    const { response } = await signIn();
    expect([response.status, await response.text()]).toEqual([
      401,
      expect.stringContaining('an admin can change that'),
    ]);
    await server.state.people.setDisabled(id, null);
  });

  test('a password set at its side lets nobody in: the role would outlive the provider’s word', async () => {
    const { id } = (await server.state.people.byName('alice@place')) ?? { id: 0 };
    expect(await server.state.oidcLinks.has(id)).toBe(true);
    const { jar } = await signIn();
    const form = (path: string, fields: Record<string, string>) =>
      fetch(`${server.url}${path}`, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams(fields),
        headers: { cookie: jar.header(new URL(server.url)), 'sec-fetch-site': 'same-origin', origin: server.url },
      });
    const password = 'a long and quiet river 77';
    await form('/account/password', { current: '', password, again: password });
    const { status } = await form('/sign-in', { name: 'alice@place', password });
    expect(status).toBe(401);
  });

  test('the return holds once, in the browser that began, for a while', async () => {
    const { back, jar } = await signIn();
    const again = await get(back, jar); // the cookie is gone
    expect([again.status, await again.text()]).toEqual([401, expect.stringContaining('not begun in this browser')]);
    const kept = new Jar();
    const first = await goBack(kept);
    const cookie = kept.header(first);
    expect((await get(first, kept)).status).toBe(303);
    const replay = await fetch(first, { redirect: 'manual', headers: { cookie } });
    expect([replay.status, await replay.text()]).toEqual([403, expect.stringContaining('invalid_grant')]);
    expect((await get(await goBack(new Jar()), new Jar())).status).toBe(401); // another browser
    const slow = new Jar();
    const late = await goBack(slow);
    server.pass(11 * 60_000);
    expect((await get(late, slow)).status).toBe(401);
  });

  test('what does not fit is refused, told and counted', async () => {
    const jar = new Jar();
    const back = await goBack(jar);
    back.searchParams.set('state', 'another');
    const told = server.acts.length;
    const response = await get(back, jar);
    expect(response.status).toBe(403);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(server.acts.slice(told)).toMatchObject([{ what: 'sign-in.failed', detail: { how: 'oidc place' } }]);
    const other = new Jar();
    const theirs = await goBack(other);
    const away = new URL(theirs.href.replace('/place/', '/away/'));
    expect((await get(away, other)).status).toBe(401); // begun at one provider, brought back as from another
  });

  test('a provider that is away hurts nobody else, and is told', async () => {
    const response = await get(`${server.url}/sign-in/oidc/away`, new Jar());
    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining('the provider is away')]);
    expect((await get(`${server.url}/sign-in/oidc/none`, new Jar())).status).toBe(404);
    expect((await signIn()).response.status).toBe(303);
  });

  test('cookies of one host: who comes by another name is led to the own one', async () => {
    const elsewhere = start().replace('localhost', '127.0.0.1');
    const response = await get(elsewhere, new Jar());
    expect(response.headers.get('location')).toBe(`${start()}?led=1`);
    const page = await (await get(`${server.url}/sign-in`, new Jar())).text();
    expect(page).toContain('<a href="/sign-in/oidc/place">Sign in by our place &lt;b&gt;</a>');
  });
});
