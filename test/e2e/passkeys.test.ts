import { sql } from 'kysely';
import type { CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OidcSettings } from '../../src/access/oidc-config.ts';
import { Secret } from '../../src/core/secret.ts';
import { type OidcPlace, startOidcPlace } from '../oidc-place.ts';
import { type PeopleServer, startPeopleServer } from '../people-server.ts';
import { browser, describeInBrowser } from './browser.ts';

// A real browser with an authenticator of its own (the WebAuthn domain of the Chrome DevTools Protocol).

const PASSWORD = 'a long and quiet river 77';
const BOB = { sub: 'u-7', claims: { preferred_username: 'bob', groups: ['staff'] } };

/** A key in the browser: it knows its owner, or not. */
class Authenticator {
  readonly #cdp: CDPSession;
  readonly id: string;

  constructor(cdp: CDPSession, id: string) {
    this.#cdp = cdp;
    this.id = id;
  }

  static async of(page: Page): Promise<Authenticator> {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('WebAuthn.enable', { enableUI: false });
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return new Authenticator(cdp, authenticatorId);
  }

  async knowsOwner(isUserVerified: boolean): Promise<void> {
    await this.#cdp.send('WebAuthn.setUserVerified', { authenticatorId: this.id, isUserVerified });
  }

  /** What a copy of it would say that was made before the last uses. */
  async goBack(): Promise<void> {
    const { credentials } = await this.#cdp.send('WebAuthn.getCredentials', { authenticatorId: this.id });
    await this.#cdp.send('WebAuthn.clearCredentials', { authenticatorId: this.id });
    for (const one of credentials)
      await this.#cdp.send('WebAuthn.addCredential', {
        authenticatorId: this.id,
        credential: { ...one, signCount: 1 },
      });
  }
}

describeInBrowser('passkeys in a browser', () => {
  const { open } = browser();
  let server: PeopleServer;
  let place: OidcPlace;
  let page: Page;
  let deeds: string[];
  let key: Authenticator;
  beforeAll(async () => {
    server = await startPeopleServer(async (url) => {
      place = await startOidcPlace({ redirectUri: `${url}/sign-in/oidc/place/callback`, who: BOB });
      const provider: OidcSettings = {
        id: 'place',
        label: 'our place',
        issuer: place.issuer,
        clientId: place.clientId,
        clientSecret: new Secret(place.clientSecret),
        scopes: ['profile', 'groups'],
        nameClaim: 'preferred_username',
        roles: [{ claim: 'groups', value: 'staff', role: 'viewer' }],
        clockToleranceSeconds: 30,
      };
      return [provider];
    });
    await server.addPerson('ada', PASSWORD);
    ({ page, deeds } = await open());
    key = await Authenticator.of(page);
  });
  afterAll(async () => {
    await server.stop();
    await place.stop();
  });

  const byPassword = async () => {
    await page.goto(`${server.url}/sign-in`);
    await page.fill('input[name=name]', 'ada');
    await page.fill('input[name=password]', PASSWORD);
    await page.click('text="Sign in"');
  };
  const signOut = () => page.context().clearCookies();
  const byPasskey = async () => {
    await page.goto(`${server.url}/sign-in`);
    await page.click('text=Sign in with a passkey');
    await page.click('text=Use a passkey');
  };
  const said = () => page.textContent('#said:not(:empty)');
  const isIn = async () => {
    await page.waitForURL(`${server.url}/`);
    await page.goto(`${server.url}/account`);
    return page.textContent('h1');
  };

  test('one is added, named and seen', async () => {
    await byPassword();
    await page.waitForURL(`${server.url}/`);
    await page.goto(`${server.url}/account/passkeys`);
    expect(await page.textContent('main')).toContain('There is none yet.');
    await page.fill('#name', 'Telephone <b>');
    await page.click('text=Add a passkey');
    await page.waitForSelector('[data-passkey]');
    expect(await page.inputValue('[data-passkey] input')).toBe('Telephone <b>');
    await page.fill('[data-passkey] input', 'Work telephone');
    await Promise.all([page.waitForEvent('load'), page.click('text=Save the name')]);
    expect(await page.inputValue('[data-passkey] input')).toBe('Work telephone');
    expect(server.acts.slice(-2)).toMatchObject([
      { who: 'ada', what: 'account.passkey-added', detail: { passkey: 'Telephone <b>' } },
      { who: 'ada', what: 'account.passkey-renamed', detail: { passkey: 'Work telephone' } },
    ]);
    await page.click('text=Add a passkey');
    expect(await said()).toContain('has a passkey for this account already');
  });

  test('the page runs its one script, and no other', async () => {
    const before = deeds.length;
    const answered: string[] = [];
    page.on('response', (response) => answered.push(response.url().slice(server.url.length)));
    await page.goto(`${server.url}/account/passkeys`);
    const ran = await page.evaluate(`(async () => {
      for (const given of [{ textContent: 'window.ran = 1' }, { src: '/api/v1/status' }, { src: '/sign-in' }]) {
        const script = Object.assign(document.createElement('script'), given);
        const done = new Promise((resolve) => { script.onerror = resolve; setTimeout(resolve, given.src ? 5000 : 0); });
        document.body.append(script);
        await done;
      }
      return window.ran;
    })()`);
    expect(ran).toBeUndefined();
    expect(answered).toEqual(['/account/passkeys', '/passkeys.js']);
    const refused = deeds.slice(before).filter((one) => one.includes('Content Security Policy'));
    expect(refused.length).toBe(3);
    page.removeAllListeners('response');
  });

  test('lets its owner in without a name and a password', async () => {
    await signOut();
    await byPasskey();
    expect(await isIn()).toContain('ada');
    expect(server.acts.at(-1)).toMatchObject({ who: 'ada', what: 'sign-in', detail: { how: 'passkey' } });
  });

  test('is asked for beside the password, and then need not know its owner', async () => {
    await signOut();
    await key.knowsOwner(false);
    await byPassword();
    await page.waitForURL(/\/sign-in\/passkey/);
    await page.goto(`${server.url}/account`);
    expect(page.url()).toContain('/sign-in?next'); // the password alone is not enough
    await page.goto(`${server.url}/sign-in/code`);
    await page.click('text=Use a passkey instead');
    expect(await page.textContent('main')).toContain('The password of ada was right');
    await page.click('text="Use a passkey"');
    expect(await isIn()).toContain('ada');
    expect(server.acts.at(-1)).toMatchObject({ what: 'sign-in', detail: { how: 'password+passkey' } });
  });

  test('alone, one that does not know its owner lets nobody in, whatever the browser was told', async () => {
    await signOut();
    await page.route('**/passkey/options', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()), userVerification: 'discouraged' } });
    });
    await byPasskey();
    expect(await said()).toContain('his passkey was not accepted');
    await page.unroute('**/passkey/options');
    expect(server.acts.at(-1)).toMatchObject({ what: 'sign-in.failed', detail: { how: 'passkey' } });
    await key.knowsOwner(true);
  });

  test('an answer holds once, and in the browser that was asked', async () => {
    await signOut();
    const sent = page.waitForRequest(
      (request) => request.url().endsWith('/sign-in/passkey') && request.method() === 'POST',
    );
    await byPasskey();
    const request = await sent;
    const [body, { cookie = '' }] = [request.postData() ?? '', await request.allHeaders()];
    expect(await isIn()).toContain('ada');
    const again = async (headers: Record<string, string>) => {
      const response = await fetch(request.url(), {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'sec-fetch-site': 'same-origin',
          origin: server.url,
          ...headers,
        },
      });
      return [response.status, ((await response.json()) as { detail: string }).detail];
    };
    expect(await again({ cookie })).toEqual([403, expect.stringContaining('sent twice')]);
    expect(await again({ cookie: `spoor-way=${'A'.repeat(22)}` })).toEqual([
      403,
      expect.stringContaining('sent twice'),
    ]);
    expect(await again({})).toEqual([401, expect.stringContaining('not begun in this browser')]);
    expect(await again({ cookie, 'sec-fetch-site': 'cross-site' })).toEqual([403, expect.anything()]);
  });

  test('one whose counter went back lets nobody in any more, and it is told', async () => {
    await signOut();
    await key.goBack();
    await byPasskey();
    expect(await said()).toContain('seems to be there twice');
    expect(server.acts.at(-1)).toMatchObject({
      who: 'ada',
      what: 'account.passkey-doubled',
      detail: { passkey: 'Work telephone' },
    });
    await page.click('text=Use a passkey');
    expect(await said()).toContain('seems to be there twice');
    await byPassword();
    await page.waitForURL(`${server.url}/`); // it is no second factor any more, either
    await page.goto(`${server.url}/account/passkeys`);
    expect(await page.textContent('[data-passkey]')).toContain('Remove it, and look who else has it.');
  });

  test('is removed by somebody who proved himself of late only', async () => {
    await sql`update sign_in set began_at = began_at - interval '11 minutes'`.execute(server.state.db);
    await page.goto(`${server.url}/account/passkeys`);
    await page.click('text="Remove"');
    expect(await said()).toContain('sign in again');
    await byPassword();
    await page.waitForURL(`${server.url}/`);
    await page.goto(`${server.url}/account/passkeys`);
    await page.click('text="Remove"');
    await page.waitForSelector('text=There is none yet.');
    expect(server.acts.at(-1)).toMatchObject({ what: 'account.passkey-removed', about: 'ada' });
    await signOut();
    await byPasskey();
    expect(await said()).toBe('This passkey was not accepted');
  });

  test('somebody of another place comes in across sites', async () => {
    await signOut();
    await page.goto(`${server.url.replace('localhost', '127.0.0.1')}/sign-in`);
    await page.click('text=Sign in by our place');
    expect(await isIn()).toContain('bob@place');
    await page.goto(`${server.url}/account/passkeys`);
    await page.click('text=Add a passkey');
    expect(await said()).toContain('of another place');
  });
});
