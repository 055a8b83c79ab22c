import { beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { accessServer, codeOf, PASSWORD, type TestBrowser } from './fixtures/access-server.ts';

const server = accessServer();
let people = 0;
const newName = () => {
  people += 1;
  return `person-${people}`;
};
const whats = () => server().acts.map(({ what }) => what);

beforeEach(() => {
  server().acts.length = 0;
  server().broken = null;
  server().again(true);
});

describe('the first account', () => {
  test('while there is none, this machine may read, and nothing else; a link makes one, once', async () => {
    const { accounts } = server();
    const stranger = server().browser();
    expect((await stranger.get('/api/v1/search')).statusCode).toBe(200);
    expect((await stranger.get('/')).statusCode).not.toBe(401);
    expect((await stranger.get('/api/v1/people')).statusCode).toBe(403);
    expect((await stranger.get('/account')).statusCode).toBe(403);

    const earlier = new URL((await accounts.firstLink()).url).pathname;
    const link = new URL((await accounts.firstLink()).url).pathname;
    expect((await stranger.get(earlier)).statusCode).toBe(404); // the newest holds
    for (let look = 0; look < 3; look += 1) expect((await stranger.get(link)).statusCode).toBe(200);
    for (const [form, words] of [
      [{ name: 'ann', password: 'short', again: 'short' }, '12 characters'],
      [{ name: 'ann', password: PASSWORD, again: 'other' }, 'not the same'],
      [{ name: 'a b', password: PASSWORD, again: PASSWORD }, 'a name has'],
      [{ name: 'root@server', password: PASSWORD, again: PASSWORD }, '@server'],
    ] as const) {
      const refused = await stranger.post(link, form);
      expect([refused.statusCode, refused.body]).toEqual([400, expect.stringContaining(words)]);
    }
    expect(whats()).toEqual(['account.link', 'account.link']); // so far nothing was done
    const both = await Promise.all(
      [stranger, server().browser()].map((one) => one.post(link, { name: 'Ann', password: PASSWORD, again: PASSWORD })),
    );
    expect(both.map(({ statusCode }) => statusCode).filter((status) => status === 303)).toHaveLength(1);
    expect((await server().browser().get(link)).statusCode).toBe(404);
    expect(server().acts).toContainEqual({
      who: 'ann',
      what: 'account.make',
      about: 'ann',
      detail: { role: 'admin', address: '192.0.2.1', agent: 'test' },
    });
    expect(await accounts.needsFirst()).toBe(false);
  });

  test('once there is one, everything asks who is there', async () => {
    const stranger = server().browser();
    const asked = await stranger.get('/api/v1/search');
    expect([asked.statusCode, asked.headers['www-authenticate']]).toEqual([401, expect.stringContaining('Bearer')]);
    expect(asked.json()).toMatchObject({ type: 'about:blank', status: 401 });
    const page = await stranger.get('/account', { accept: 'text/html' });
    expect([page.statusCode, page.headers.location]).toEqual([303, '/sign-in?next=%2Faccount']);
  });
});

describe('signing in', () => {
  test('by name and password, whatever the capitals; the cookie is new each time, and kept from scripts and strangers', async () => {
    const name = newName();
    await server().person(name, 'viewer');
    const browser = server().browser();
    const first = await browser.signIn(` ${name.toUpperCase()} `);
    expect([first.statusCode, first.headers.location]).toEqual([303, '/']);
    expect(first.headers['set-cookie']).toMatch(
      /^spoor=[\w-]{43}; Max-Age=604\d\d\d; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    const before = browser.cookies.get('spoor');
    await browser.signIn(name);
    expect(browser.cookies.get('spoor')).not.toBe(before);
    const old = server().browser();
    old.cookies.set('spoor', before ?? '');
    expect((await old.get('/api/v1/account')).statusCode).toBe(401); // the one before ended
    expect((await browser.get('/api/v1/account')).json()).toMatchObject({ kind: 'person', name });
    expect((await browser.post('/sign-out')).statusCode).toBe(303);
    expect((await browser.get('/api/v1/account')).statusCode).toBe(401);
    expect(whats()).toEqual(expect.arrayContaining(['sign-in', 'sign-out']));
  });

  test('what is wrong is said in the same words for whoever there is and is not; a name that is none stays out of the ledger', async () => {
    const name = newName();
    await server().person(name, 'viewer');
    const [wrong, nobody] = [
      await server().browser().signIn(name, 'x'),
      await server().browser().signIn('hunter2-oops', 'x'),
    ];
    expect(wrong.statusCode).toBe(401);
    expect(nobody.body.replaceAll('hunter2-oops', name)).toBe(wrong.body);
    const failed = server().acts.filter(({ what }) => what === 'sign-in.failed');
    expect(failed.map(({ who, about }) => [who, about])).toEqual([
      [name, name],
      ['nobody', ''],
    ]);
    expect(JSON.stringify(server().acts)).not.toContain('hunter2');
  });

  test('too many tries wait, by name; its owner gets in where he was before', async () => {
    const name = newName();
    await server().person(name, 'viewer');
    const home = server().browser('198.51.100.7');
    expect((await home.signIn(name)).statusCode).toBe(303);
    const tries = Array.from({ length: 12 }, (_, at) => server().browser(`203.0.113.${at}`).signIn(name, 'wrong'));
    const statuses = (await Promise.all(tries)).map(({ statusCode }) => statusCode);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(6);
    const stranger = await server().browser('203.0.113.99').signIn(name);
    expect([stranger.statusCode, Number(stranger.headers['retry-after'])]).toEqual([429, expect.any(Number)]);
    expect((await home.signIn(name)).statusCode).toBe(303);
  });

  test('a ledger that takes nothing lets nobody in', async () => {
    const name = newName();
    await server().person(name, 'viewer');
    server().broken = new AppError('E_UNAVAILABLE', 'the ledger takes nothing');
    const browser = server().browser();
    expect((await browser.signIn(name)).statusCode).toBe(503);
    expect(browser.cookies.size).toBe(0);
  });

  test('leads to paths of ours only', async () => {
    const name = newName();
    await server().person(name, 'viewer');
    for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', '/a\r\nb: c'])
      expect((await server().browser().post('/sign-in', { name, password: PASSWORD, next })).headers.location).toBe(
        '/',
      );
    const kept = await server().browser().post('/sign-in', { name, password: PASSWORD, next: '/account?x=1' });
    expect(kept.headers.location).toBe('/account?x=1');
  });
});

describe('the second factor', () => {
  let browser: TestBrowser;
  let name: string;
  let secret: string;
  let codes: string[];
  beforeEach(async () => {
    name = newName();
    browser = await server().person(name, 'viewer');
    ({ secret, codes } = await browser.setUpTotp(server()));
  });

  test('is asked for after the password, holds once, and not before or after its time', async () => {
    const other = server().browser();
    expect((await other.signIn(name)).headers.location).toBe('/sign-in/code?next=%2F');
    expect(other.cookies.has('spoor')).toBe(false);
    expect((await other.get('/api/v1/account')).statusCode).toBe(401);
    const used = codeOf(secret, server().nowMs);
    expect((await other.post('/sign-in/code', { code: used })).statusCode).toBe(401); // used up when it was set up
    server().nowMs += 30_000;
    const code = codeOf(secret, server().nowMs);
    expect((await other.post('/sign-in/code', { code: codeOf(secret, server().nowMs + 90_000) })).statusCode).toBe(401);
    expect((await other.post('/sign-in/code', { code: `${code.slice(0, 3)} ${code.slice(3)}` })).statusCode).toBe(303);
    expect((await other.get('/api/v1/account')).statusCode).toBe(200);
    const third = server().browser();
    await third.signIn(name);
    expect((await third.post('/sign-in/code', { code })).statusCode).toBe(401);
    expect(server().acts.findLast(({ what }) => what === 'sign-in')?.detail).toMatchObject({ how: 'password+totp' });
  });

  test('of one code that is sent by many at once, one gets in', async () => {
    server().nowMs += 60_000;
    const code = codeOf(secret, server().nowMs);
    const many = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const one = server().browser();
        await one.signIn(name);
        return (await one.post('/sign-in/code', { code })).statusCode;
      }),
    );
    expect(many.filter((status) => status === 303)).toHaveLength(1);
  });

  test('a recovery code holds once; five wrong codes begin anew', async () => {
    expect(codes).toHaveLength(10);
    const other = server().browser();
    await other.signIn(name);
    expect((await other.post('/sign-in/code', { code: codes[3]?.toUpperCase() ?? '' })).statusCode).toBe(303);
    expect((await other.get('/account')).body).toContain('9 recovery codes');
    expect(whats()).toContain('account.recovery-code');
    const third = server().browser();
    await third.signIn(name);
    for (let tries = 0; tries < 5; tries += 1) await third.post('/sign-in/code', { code: codes[3] ?? '' });
    expect((await third.post('/sign-in/code', { code: codes[4] ?? '' })).headers.location).toBe('/sign-in?next=%2F');
  });

  test('after the clock was set back, no code of before holds; a recovery code does, and all is said', async () => {
    const late = server().nowMs + 60_000;
    server().nowMs = late;
    const enter = async (code: string) => {
      const one = server().browser();
      await one.signIn(name);
      return one.post('/sign-in/code', { code });
    };
    const code = codeOf(secret, late);
    expect((await enter(code)).statusCode).toBe(303);
    server().nowMs -= 86_400_000;
    for (const wrong of [code, codeOf(secret, server().nowMs)]) {
      const { statusCode, body } = await enter(wrong);
      expect([statusCode, body]).toEqual([401, expect.stringContaining('the clock of this server was set back')]);
    }
    expect((await enter(codes[0] ?? '')).statusCode).toBe(303);
    server().nowMs = late + 30_000;
    expect((await enter(code)).statusCode).toBe(401);
    expect((await enter(codeOf(secret, server().nowMs))).statusCode).toBe(303);
  });

  test('what was begun with a password ends when it is changed', async () => {
    const thief = server().browser();
    expect((await thief.signIn(name)).headers.location).toMatch(/code/);
    const fresh = 'a password that nobody else knows';
    for (const [current, password] of [
      [PASSWORD, fresh],
      [fresh, PASSWORD],
    ] as const) {
      const changed = await browser.post('/account/password', { current, password, again: password });
      expect(changed.statusCode).toBe(303);
      if (password === PASSWORD) continue;
      server().nowMs += 60_000;
      expect((await thief.post('/sign-in/code', { code: codeOf(secret, server().nowMs) })).body).toContain(
        'begin anew',
      );
      expect(thief.cookies.has('spoor')).toBe(false);
    }
  });

  test('a link sets all anew: password, factor, browsers, tokens', async () => {
    const made = await browser.json('POST', '/api/v1/tokens', { name: 'script', may: ['search'] });
    const { text } = made.json() as { text: string };
    const { url } = await server().accounts.view.people.link('root@server', name);
    const anew = server().browser();
    const other = 'another horse by another night';
    expect((await anew.post(new URL(url).pathname, { name: 'x', password: other, again: other })).statusCode).toBe(303);
    expect((await browser.get('/api/v1/account')).statusCode).toBe(401);
    expect(
      (
        await server()
          .browser()
          .get('/api/v1/search', { authorization: `Bearer ${text}` })
      ).statusCode,
    ).toBe(401);
    expect((await server().browser().signIn(name)).statusCode).toBe(401);
    expect((await server().browser().signIn(name, other)).headers.location).toBe('/');
  });
});
