import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OidcPlace, type PlaceOptions, startOidcPlace, walk } from '../../test/oidc-place.ts';
import { Secret } from '../core/secret.ts';
import { type OidcFlow, OidcProvider } from './oidc.ts';
import type { OidcSettings } from './oidc-config.ts';

const BACK = 'http://127.0.0.1:9/sign-in/oidc/place/callback';
const ALICE = { sub: 'u-1', claims: { preferred_username: 'alice', groups: ['staff', 'secops'] } };

const settingsOf = (issuer: string, secret?: string): OidcSettings => ({
  id: 'place',
  issuer,
  clientId: 'spoor',
  ...(secret !== undefined && { clientSecret: new Secret(secret) }),
  scopes: ['profile', 'groups'],
  nameClaim: 'preferred_username',
  roles: [{ claim: 'groups', value: 'secops', role: 'analyst' }],
  clockToleranceSeconds: 30,
});

describe('a real provider', () => {
  let place: OidcPlace;
  const open = async (options: Partial<PlaceOptions> = {}) =>
    startOidcPlace({ redirectUri: BACK, who: ALICE, ...options });
  const at = (issuer: string, secret?: string) => new OidcProvider(settingsOf(issuer, secret), BACK, Date.now);
  beforeAll(async () => {
    place = await open();
  });
  afterAll(() => place.stop());

  const signIn = async (provider: OidcProvider, change: Partial<OidcFlow> = {}) => {
    const { location, flow } = await provider.begin();
    const { search } = await walk(location, BACK);
    return { search, done: provider.finish(search, { ...flow, ...change }), flow };
  };

  test('tells who came, with groups from its UserInfo endpoint', async () => {
    const { done } = await signIn(at(place.issuer, place.clientSecret));
    expect(await done).toMatchObject({ issuer: place.issuer, subject: 'u-1', claims: { groups: ['staff', 'secops'] } });
  });

  test('sends no more than it must: PKCE, state, nonce, and the one address of return', async () => {
    const { location, flow } = await at(place.issuer, place.clientSecret).begin();
    const query = new URL(location).searchParams;
    expect(query.get('redirect_uri')).toBe(BACK);
    expect(query.get('response_type')).toBe('code');
    expect(query.get('code_challenge_method')).toBe('S256');
    expect(query.get('scope')).toBe('openid profile groups');
    expect([query.get('state'), query.get('nonce')]).toEqual([flow.state, flow.nonce]);
    expect(location).not.toContain(flow.verifier);
  });

  test.for(['client_secret_post', 'none'] as const)('a client of the kind %s', async (authMethod) => {
    const other = await open({ authMethod, isFullToken: true });
    try {
      const provider = at(other.issuer, authMethod === 'none' ? undefined : other.clientSecret);
      expect(await (await signIn(provider)).done).toMatchObject({ subject: 'u-1' });
      expect(other.requests).not.toContain('GET /me'); // all was in the ID token
    } finally {
      await other.stop();
    }
  });

  test.for([
    [{ state: 'another' }, /does not belong to this sign-in/],
    [{ nonce: 'another' }, /made for another sign-in/],
    [{ verifier: 'a'.repeat(43) }, /it says "invalid_grant"/],
  ] as const)('refuses a return that does not fit: %j', async ([change, words]) => {
    const { done } = await signIn(at(place.issuer, place.clientSecret), change);
    await expect(done).rejects.toMatchObject({ code: 'E_UNREADABLE', message: expect.stringMatching(words) });
  });

  test('a code works once', async () => {
    const provider = at(place.issuer, place.clientSecret);
    const { search, done, flow } = await signIn(provider);
    await done;
    await expect(provider.finish(search, flow)).rejects.toMatchObject({
      code: 'E_UNREADABLE',
      message: expect.stringContaining('invalid_grant'),
    });
  });

  test('a wrong secret is told, and stands in no error', async () => {
    const { done } = await signIn(at(place.issuer, 'not-it-at-all'));
    const error = await done.catch((one: Error) => one);
    expect(error).toMatchObject({
      code: 'E_UNREADABLE',
      message: expect.stringContaining('compare clientId and clientSecret'),
    });
    expect(String(error)).not.toContain('not-it-at-all');
  });

  test('who said no at the provider is told so', async () => {
    const provider = at(place.issuer, place.clientSecret);
    const { flow } = await provider.begin();
    const query = `?error=access_denied&state=${flow.state}&iss=${encodeURIComponent(place.issuer)}&error_description=${encodeURIComponent('no\u202e<b>')}`;
    await expect(provider.finish(query, flow)).rejects.toMatchObject({
      message: 'sign-in by place: it says "access_denied": "no?<b>"',
    });
  });

  test('one that calls itself otherwise is not believed', async () => {
    const provider = at(place.issuer.replace('127.0.0.1', 'localhost'), place.clientSecret);
    await expect(provider.begin()).rejects.toMatchObject({ message: expect.stringContaining('compare the issuer') });
  });

  test('away at first, and there later: no restart is needed', async () => {
    const early = await open();
    const port = Number(new URL(early.issuer).port);
    await early.stop();
    const provider = at(early.issuer, early.clientSecret);
    await expect(provider.begin()).rejects.toMatchObject({ code: 'E_UNAVAILABLE', message: /refuses connections/ });
    const later = await open({ port, clientSecret: early.clientSecret });
    try {
      expect(await (await signIn(provider)).done).toMatchObject({ subject: 'u-1' });
    } finally {
      await later.stop();
    }
  });

  test('is asked once for all who come, and again after an hour; what it said stays good while it is away', async () => {
    const other = await open();
    let nowMs = 0;
    const provider = new OidcProvider(settingsOf(other.issuer, other.clientSecret), BACK, () => nowMs);
    const asked = () => other.requests.filter((one) => one.endsWith('openid-configuration')).length;
    await Promise.all([provider.begin(), provider.begin(), provider.begin()]);
    expect(asked()).toBe(1);
    nowMs = 3_600_000;
    await provider.begin();
    expect(asked()).toBe(2);
    await other.stop();
    nowMs *= 2;
    await provider.begin();
    await expect(
      provider.finish('?code=x&state=s', { provider: 'place', state: 's', nonce: 'n', verifier: 'v' }),
    ).rejects.toMatchObject({ code: 'E_UNREADABLE' }); // no iss in the answer
  });
});

/** A provider that gives any ID token it is told to give. */
async function liar(token: (issuer: string, sign: (claims: object, header?: object) => string) => string) {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const server = createServer((request, response) => {
    const answers: Readonly<Record<string, object>> = {
      '/.well-known/openid-configuration': {
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        id_token_signing_alg_values_supported: ['RS256'],
        ...metadata,
      },
      '/jwks': { keys: [{ ...pair.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }] },
      '/token': {
        access_token: 'x',
        token_type: 'bearer',
        id_token: token(issuer, (claims, header) => signed(pair.privateKey, claims, header)),
      },
    };
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answers[request.url ?? ''] ?? {}));
  });
  const metadata: Record<string, string> = {};
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { issuer, metadata, stop: () => void server.close() };
}

function signed(key: KeyObject, claims: object, header: object = { alg: 'RS256', kid: 'one' }): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
}

describe('a provider that lies', () => {
  const FLOW = { provider: 'place', state: 's', nonce: 'n', verifier: 'v'.repeat(43) };
  const now = () => Math.floor(Date.now() / 1000);
  const good = (iss: string) => ({ iss, sub: 'u-1', aud: 'spoor', nonce: 'n', iat: now(), exp: now() + 60 });
  const finish = async (token: Parameters<typeof liar>[0], metadata: Record<string, string> = {}) => {
    const place = await liar(token);
    Object.assign(place.metadata, metadata);
    try {
      const provider = new OidcProvider(settingsOf(place.issuer, 'secret'), BACK, Date.now);
      return await provider.finish('?code=c&state=s', FLOW);
    } finally {
      place.stop();
    }
  };

  test('believed when it does not', async () => {
    expect(await finish((iss, sign) => sign(good(iss)))).toMatchObject({ subject: 'u-1' });
    expect(await finish((iss, sign) => sign({ ...good(iss), exp: now() - 20 }))).toMatchObject({ subject: 'u-1' });
  });

  const lies: [string, Parameters<typeof liar>[0], RegExp][] = [
    ['ended', (iss, sign) => sign({ ...good(iss), exp: now() - 40 }), /has ended/],
    ['of the future', (iss, sign) => sign({ ...good(iss), nbf: now() + 400 }), /not valid yet/],
    ['of another issuer', (_, sign) => sign(good('https://other.example')), /made for another/],
    ['for another client', (iss, sign) => sign({ ...good(iss), aud: 'other' }), /made for another/],
    [
      'without our nonce',
      (iss, sign) => sign({ ...good(iss), nonce: undefined }),
      /cannot be trusted|made for another|belong/,
    ],
    [
      'of another key',
      (iss) => signed(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, good(iss)),
      /place/,
    ],
    ['without a signature', (iss, sign) => `${sign(good(iss), { alg: 'none' }).split('.', 2).join('.')}.`, /place/],
    ['signed with our secret', (iss, sign) => sign(good(iss), { alg: 'HS256', kid: 'one' }), /place/],
    ['of a subject that is none', (iss, sign) => sign({ ...good(iss), sub: 'u\0' }), /not of the form/],
    ['that is none', () => 'x'.repeat(2 << 20), /over 1 MiB/],
  ];
  test.for(lies)('refuses a token %s', async ([, token, words]) => {
    await expect(finish(token)).rejects.toMatchObject({ code: 'E_UNREADABLE', message: expect.stringMatching(words) });
  });

  test('is not followed to a plain address beyond this machine', async () => {
    const away = { token_endpoint: 'http://192.0.2.1/token' };
    await expect(finish((iss, sign) => sign(good(iss)), away)).rejects.toMatchObject({ message: /not https/ });
  });
});
