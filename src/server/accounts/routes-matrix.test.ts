import { beforeAll, describe, expect, test } from 'vitest';
import {
  PERMISSIONS,
  type Permission,
  permissionsOf,
  ROLE_NAMES,
  ROLES,
  TOKEN_PERMISSIONS,
} from '../../access/roles.ts';
import type { PersonCaller } from '../../api/access.ts';
import { createApp } from '../../api/app.ts';
import type { Declaration } from '../../api/caller.ts';
import { ANYONE } from '../../api/fixtures/anyone.ts';
import { accessServer, type TestBrowser } from './fixtures/access-server.ts';

// The matrix of who may do what, made from the routes that are really registered.

const FROM = { address: '192.0.2.1', agent: 'test' };
const server = accessServer();
const ids = new Map<string, number>();
let routes: readonly Declaration[];

beforeAll(async () => {
  const { people } = server().accounts.view;
  for (const role of ROLE_NAMES) ids.set(role, (await people.add('test', `the-${role}`, role)).person.id);
  routes = server().app.declarations;
});

const pathOf = ({ url }: Declaration) => url.replace(/:index|:id/g, '1').replace(/:\w+|\*/g, 'x');

async function ask(browser: TestBrowser, route: Declaration, headers: Record<string, string> = {}): Promise<number> {
  const { method } = route;
  if (method === 'GET') return (await browser.get(pathOf(route), headers)).statusCode;
  return (await browser.json(method as 'POST' | 'DELETE', pathOf(route), undefined, headers)).statusCode;
}

/** A browser with a session of its own: some routes end it. */
async function signedIn(role: string): Promise<TestBrowser> {
  const browser = server().browser();
  const { text } = await server().accounts.view.signIn.begin({ personId: ids.get(role) ?? 0 }, 'test', FROM, null);
  browser.cookies.set('spoor', text);
  return browser;
}

const needing = () => routes.filter(({ needs }) => needs !== null);
const words = ({ method, url, needs }: Declaration) => `${method} ${url} ${needs ?? ''}`;

describe('who may do what', () => {
  test('the routes are there, and each permission but those of what is yet to come guards one', () => {
    expect(needing().length).toBeGreaterThan(25);
    const guarded = new Set(
      [...needing(), ...createApp(server().view, { local: true }).declarations].map(({ needs }) => needs),
    );
    const coming = new Set<Permission>(['review', 'audit']);
    expect((Object.keys(PERMISSIONS) as Permission[]).filter((one) => !guarded.has(one) && !coming.has(one))).toEqual(
      [],
    );
  });

  test('nobody who is not known', async () => {
    for (const route of needing()) {
      expect([words(route), await ask(server().browser(), route)]).toEqual([words(route), 401]);
      const wrong = { authorization: `Bearer spoor_${'x'.repeat(43)}` };
      expect([words(route), await ask(server().browser(), route, wrong)]).toEqual([words(route), 401]);
      const forged = server().browser();
      forged.cookies.set('spoor', 'x'.repeat(43));
      expect([words(route), await ask(forged, route)]).toEqual([words(route), 401]);
    }
  });

  test.each(ROLE_NAMES)('%s: what the role may, and nothing else', async (role) => {
    const may = permissionsOf(role);
    for (const route of needing()) {
      const status = await ask(await signedIn(role), route);
      const isAllowed = route.needs !== null && may.has(route.needs);
      expect([words(route), isAllowed ? [401, 403].includes(status) : status !== 403]).toEqual([words(route), false]);
    }
  });

  test.each(TOKEN_PERMISSIONS)('a token for %s: that, and nothing else', async (permission) => {
    const caller = { kind: 'person', name: 'the-admin', personId: ids.get('admin') ?? 0, may: permissionsOf('admin') };
    const wish = { name: permission, may: [permission], days: 1 };
    const { text } = await server().accounts.view.tokens.make(caller as PersonCaller, wish);
    for (const route of needing()) {
      const status = await ask(server().browser(), route, { authorization: `Bearer ${text}` });
      expect([words(route), status === 403]).toEqual([words(route), route.needs !== permission]);
    }
  });

  test('by the local socket: all but what is of one’s own account', async () => {
    const local = createApp(server().view, { local: true });
    for (const route of local.declarations) {
      if (route.method === 'HEAD' || route.url.startsWith('/ledger')) continue;
      const { statusCode } = await local.inject({ method: route.method as 'GET', url: pathOf(route) });
      expect([words(route), statusCode === 403 || statusCode === 401]).toEqual([words(route), false]);
    }
    expect(local.declarations.filter(({ needs }) => needs === 'account').map(words)).toEqual([]);
  });

  test('whoever asks on loopback before there is an account: what is read, and nothing else', async () => {
    const { view } = server();
    const access = { ...view.access, ...ANYONE };
    const open = new Proxy(view, { get: (all, key) => (key === 'access' ? access : Reflect.get(all, key)) });
    const app = createApp(open, { local: false });
    for (const route of needing()) {
      const { statusCode } = await app.inject({
        method: route.method as 'GET',
        url: pathOf(route),
        headers: { host: '127.0.0.1' },
      });
      const may = route.needs === 'status' || route.needs === 'search';
      expect([words(route), statusCode === 403]).toEqual([words(route), !may]);
    }
  });

  test('each role may more than the viewer, and only the admin all', () => {
    for (const role of ROLE_NAMES) expect(ROLES.viewer.may.every((one) => permissionsOf(role).has(one))).toBe(true);
    expect(ROLE_NAMES.filter((role) => permissionsOf(role).has('people'))).toEqual(['admin']);
  });

  test('a route that says nothing, two things, or something unknown stops the start', () => {
    const app = createApp(server().view, { local: false });
    const handler = async () => 'x';
    for (const config of [undefined, {}, { open: '' }, { needs: 'nothing' }, { needs: 'search', open: 'why' }])
      expect(() => app.get('/x', { config: config as object }, handler)).toThrow('must say what it needs');
  });
});
