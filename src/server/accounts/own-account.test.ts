import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { accessServer, PASSWORD } from './fixtures/access-server.ts';

const server = accessServer();
let people = 0;
const newName = () => {
  people += 1;
  return `person-${people}`;
};
const whats = () => server().acts.map(({ what }) => what);

beforeAll(async () => {
  await server().person('ann', 'admin');
});
beforeEach(() => {
  server().acts.length = 0;
  server().broken = null;
  server().again(true);
});

describe('one’s own account', () => {
  test('browsers are listed and ended, one or all others', async () => {
    const name = newName();
    const [one, two, three] = [
      await server().person(name, 'viewer'),
      server().browser('2001:db8::1'),
      server().browser(),
    ];
    await two.signIn(name);
    await three.signIn(name);
    const page = (await one.get('/account')).body;
    expect(page).toContain('2001:db8::1');
    const [id = ''] = [...page.matchAll(/name="id" value="(\d+)"/g)].map((match) => match[1] ?? '');
    expect((await one.post('/account/sign-ins/end', { id })).statusCode).toBe(303);
    const left = await Promise.all([two, three].map(async (each) => (await each.get('/api/v1/account')).statusCode));
    expect([...left].sort()).toEqual([200, 401]);
    await one.post('/account/sign-ins/end-others');
    expect((await three.get('/api/v1/account')).statusCode).toBe(401);
    expect((await one.get('/api/v1/account')).statusCode).toBe(200);
    const other = await server().person(newName(), 'viewer');
    expect((await other.post('/account/sign-ins/end', { id: '1' })).statusCode).toBe(404); // another's
  });

  test('the password changes with the present one; others are signed out; the cookie is new', async () => {
    const name = newName();
    const [one, two] = [await server().person(name, 'viewer'), server().browser()];
    await two.signIn(name);
    const before = one.cookies.get('spoor');
    const fresh = 'quite another horse of the day';
    const form = { current: PASSWORD, password: fresh, again: fresh };
    expect((await one.post('/account/password', { ...form, current: 'x' })).body).toContain('present password');
    expect((await one.post('/account/password', form)).statusCode).toBe(303);
    expect(one.cookies.get('spoor')).not.toBe(before);
    expect((await one.get('/api/v1/account')).statusCode).toBe(200);
    expect((await two.get('/api/v1/account')).statusCode).toBe(401);
    expect((await server().browser().signIn(name, fresh)).statusCode).toBe(303);
  });

  test('a session ends when it was not used for long, and at last; what proves who one is wants a fresh one', async () => {
    const browser = await server().person(newName(), 'viewer');
    const start = server().nowMs;
    try {
      server().nowMs = start + 7.9 * 3_600_000;
      expect((await browser.get('/api/v1/account')).statusCode).toBe(200);
      server().nowMs = start + 15.7 * 3_600_000;
      expect((await browser.get('/api/v1/account')).statusCode).toBe(200);
      server().nowMs = start + 23.8 * 3_600_000;
      expect((await browser.get('/api/v1/account')).statusCode).toBe(401);
    } finally {
      server().nowMs = start;
    }
    const late = server().browser();
    server().nowMs = Date.now() - 11 * 60_000;
    await late.signIn('ann');
    server().nowMs = start;
    const asked = await late.get('/account/totp', { accept: 'text/html' });
    expect(asked.headers.location).toBe('/sign-in?next=%2Faccount%2Ftotp&again=true');
    expect((await late.json('POST', '/api/v1/tokens', { name: 'x', may: ['search'] })).statusCode).toBe(401);
  });
});

describe('tokens', () => {
  test('may what they were made for, as far as their owner may; end when he says so, at their end, and with him', async () => {
    const name = newName();
    const owner = await server().person(name, 'analyst');
    const made = await owner.json('POST', '/api/v1/tokens', { name: 'grafana', may: ['status', 'sql'], days: 1 });
    let { text, token } = made.json() as { text: string; token: { id: number } };
    const with_ = (url: string) =>
      server()
        .browser()
        .get(url, { authorization: `Bearer ${text}` });
    expect((await with_('/api/v1/sources')).statusCode).toBe(200);
    expect((await with_('/api/v1/search')).statusCode).toBe(403);
    expect((await with_('/account')).statusCode).toBe(403);
    expect((await owner.get('/account')).body).toContain('grafana');
    for (const may of [['people'], ['account'], ['operate'], []])
      expect((await owner.json('POST', '/api/v1/tokens', { name: 'x', may })).statusCode).toBe(400);
    server().nowMs += 25 * 3_600_000;
    expect((await with_('/api/v1/sources')).statusCode).toBe(401);
    server().nowMs -= 25 * 3_600_000;
    const stranger = await server().person(newName(), 'admin');
    expect((await stranger.json('DELETE', `/api/v1/tokens/${token.id}`, undefined)).statusCode).toBe(404);
    await server().accounts.view.people.setDisabled('test', name, true);
    expect((await with_('/api/v1/sources')).statusCode).toBe(401);
    await server().accounts.view.people.setDisabled('test', name, false);
    expect((await with_('/api/v1/sources')).statusCode).toBe(401); // who comes back makes new ones
    await owner.signIn(name);
    ({ text, token } = (
      await owner.json('POST', '/api/v1/tokens', { name: 'grafana', may: ['status'], days: 1 })
    ).json());
    expect((await with_('/api/v1/sources')).statusCode).toBe(200);
    expect((await owner.json('DELETE', `/api/v1/tokens/${token.id}`, undefined)).statusCode).toBe(204);
    expect((await with_('/api/v1/sources')).statusCode).toBe(401);
    expect(whats()).toEqual(expect.arrayContaining(['token.make', 'token.end', 'account.disable', 'account.enable']));
  });

  test('a wrong token is not made good by a cookie', async () => {
    const browser = await server().person(newName(), 'viewer');
    expect((await browser.get('/api/v1/search', { authorization: 'Bearer spoor_x' })).statusCode).toBe(401);
    expect((await browser.get('/api/v1/search', { authorization: 'Basic YTpi' })).statusCode).toBe(401);
  });
});

describe('people', () => {
  test('an admin adds, changes, disables; who was changed signs in anew; one admin stays', async () => {
    const admin = await server().person(newName(), 'admin');
    const name = newName();
    const person = await server().person(name, 'viewer');
    const role = await admin.json('POST', `/api/v1/people/role?name=${name}&role=analyst`, undefined);
    expect(role.json()).toMatchObject({ name, role: 'analyst' });
    expect((await person.get('/api/v1/account')).statusCode).toBe(401);
    await person.signIn(name);
    await admin.json('POST', `/api/v1/people/disable?name=${name}`, undefined);
    expect((await person.get('/api/v1/account')).statusCode).toBe(401);
    expect((await person.signIn(name)).statusCode).toBe(401);
    const page = await admin.post('/people/add', { name: newName(), role: 'auditor' });
    expect(page.body).toMatch(/http:\/\/127\.0\.0\.1:7300\/link\/spoor_[\w-]{43}/);
    expect((await admin.post('/people/add', { name, role: 'auditor' })).body).toContain('is taken');

    const { people } = server().accounts.view;
    const admins = (await people.list()).filter((one) => one.role === 'admin' && one.disabled === null);
    const ends = await Promise.allSettled(admins.map((one) => people.setDisabled('test', one.name, true)));
    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    for (const one of admins) await people.setDisabled('test', one.name, false);
  });
});

describe('an answer that goes on', () => {
  test('ends when who asked signed out', async () => {
    const { app } = server();
    app.get('/stream', { config: { needs: 'search' } }, async (_, reply) => {
      reply.hijack();
      reply.raw.writeHead(200).write('it begins');
    });
    const browser = await server().person(newName(), 'viewer');
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const cookie = `spoor=${browser.cookies.get('spoor')}`;
    const asking = request({ host: '127.0.0.1', port, path: '/stream', headers: { cookie } }).end();
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    const ended = once(answer.resume(), 'error'); // cut off
    await setTimeout(200); // it is asked a few times whether he still may
    expect([answer.statusCode, answer.destroyed]).toEqual([200, false]);
    await browser.post('/sign-out');
    await ended;
    await app.close();
  });
});

describe('other sites', () => {
  test('can have nothing done, and no program of theirs reads', async () => {
    const name = newName();
    const browser = await server().person(name, 'admin');
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://127.0.0.1:9999' },
      { origin: 'https://127.0.0.1:7300' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' },
    ])
      for (const url of ['/sign-out', '/account/sign-ins/end-others', '/sign-in', '/api/v1/people/link'])
        expect(
          (await browser.post(url, { name, password: PASSWORD }, headers as Record<string, string>)).statusCode,
        ).toBe(403);
    const withoutWord = await server().app.inject({
      method: 'POST',
      url: '/sign-out',
      headers: { host: '127.0.0.1', cookie: `spoor=${browser.cookies.get('spoor')}` },
    });
    expect(withoutWord.statusCode).toBe(403);
    const read = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
    expect((await browser.get('/api/v1/search', read)).statusCode).toBe(403);
    expect((await browser.get('/', { ...read, 'sec-fetch-mode': 'navigate' })).statusCode).toBe(200);
    expect((await browser.get('/api/v1/account')).statusCode).toBe(200);
    expect((await browser.get('/', { host: 'evil.example' })).statusCode).toBe(421);
  });
});

describe('failures in the ledger', () => {
  test('are told one by one at first, then together: a guesser cannot fill it, and none goes uncounted', async () => {
    const { failures, accounts } = { failures: 60, accounts: server().accounts };
    const from = (at: number) => ({ address: `192.0.2.${at % 7}`, agent: 'x' });
    for (let at = 0; at < failures; at += 1) await accounts.view.signIn.failed('password', '', from(at));
    const told = server().acts.length;
    expect(told).toBeLessThanOrEqual(20);
    server().nowMs += 11 * 60_000;
    await accounts.view.signIn.failed('password', '', from(0));
    const together = server().acts.find(({ detail }) => 'count' in detail);
    expect(together?.detail).toMatchObject({ count: failures - told, elsewhere: 0 });
    expect(Object.keys(together?.detail['addresses'] ?? {})).toHaveLength(7);
  });
});
