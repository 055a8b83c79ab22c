import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

// A provider of OpenID Connect on loopback: the npm package oidc-provider, where whoever comes is signed in at once as `who`.

/** What the tests use of oidc-provider, which brings no types. */
interface Library {
  callback(): (request: IncomingMessage, response: ServerResponse) => void;
  interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>;
  on(event: string, listener: (...said: unknown[]) => void): void;
  Grant: new (of: {
    accountId: string;
    clientId: string;
  }) => { addOIDCScope(scope: string): void; save(): Promise<string> };
}
type LibraryOf = new (issuer: string, configuration: object) => Library;

/** A person as the provider knows him. */
export interface PlaceAccount {
  readonly sub: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface OidcPlace {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Who is signed in there now. */
  who: PlaceAccount;
  /** Requests it got, as `POST /token`. */
  readonly requests: string[];
  stop(): Promise<void>;
}

/** Options of a provider that differ from what most tests need. */
export interface PlaceOptions {
  readonly redirectUri: string;
  readonly who: PlaceAccount;
  /** A port and a secret that it had before. */
  readonly port?: number;
  readonly clientSecret?: string;
  /** How it wants the client's secret. */
  readonly authMethod?: 'client_secret_basic' | 'client_secret_post' | 'none';
  /** Claims in the ID token, too, not at the UserInfo endpoint alone. */
  readonly isFullToken?: boolean;
}

/** Starts one. */
export async function startOidcPlace(options: PlaceOptions): Promise<OidcPlace> {
  const name = 'oidc-provider'; // a variable: there are no types to look for
  const { default: Provider } = (await import(name)) as { default: LibraryOf };
  let library: Library | null = null;
  const server = createServer((request, response) => {
    place.requests.push(`${request.method} ${request.url?.split('?', 1)[0]}`);
    if (request.url?.startsWith('/interaction/')) void finish(library as Library, place, request, response);
    else (library as Library).callback()(request, response);
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const place: OidcPlace = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clientId: 'spoor',
    clientSecret: options.clientSecret ?? randomBytes(24).toString('base64url'),
    who: options.who,
    requests: [],
    stop: () => close(server),
  };
  library = new Provider(place.issuer, configurationOf(place, options));
  return place;
}

async function finish(library: Library, place: OidcPlace, request: IncomingMessage, response: ServerResponse) {
  const grant = new library.Grant({ accountId: place.who.sub, clientId: place.clientId });
  grant.addOIDCScope('openid profile email groups');
  const grantId = await grant.save();
  await library.interactionFinished(request, response, { login: { accountId: place.who.sub }, consent: { grantId } });
}

function configurationOf(place: OidcPlace, { redirectUri, authMethod, isFullToken }: PlaceOptions): object {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const method = authMethod ?? 'client_secret_basic';
  return {
    clients: [
      {
        client_id: place.clientId,
        ...(method !== 'none' && { client_secret: place.clientSecret }),
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: method,
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    clientAuthMethods: [method],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'one' }] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    claims: {
      openid: ['sub'],
      profile: ['preferred_username', 'name'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    scopes: ['openid', 'profile', 'email', 'groups'],
    conformIdTokenClaims: isFullToken !== true,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    ttl: { Session: 60, Grant: 60, Interaction: 60, AccessToken: 60, IdToken: 60, AuthorizationCode: 60 },
    findAccount: (_: unknown, sub: string) => ({
      accountId: sub,
      claims: () => ({ ...(place.who.sub === sub ? place.who.claims : {}), sub }),
    }),
  };
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

/** A browser's cookies, by host and port: enough for one test on loopback. */
export class Jar {
  readonly #cookies = new Map<string, string>();

  /** The header for an address. */
  header(url: URL): string {
    const mine = [...this.#cookies].filter(([key]) => key.startsWith(`${url.host} `));
    return mine.map(([key, value]) => `${key.slice(url.host.length + 1)}=${value}`).join('; ');
  }

  /** Takes over what an answer sets. */
  take(url: URL, cookies: readonly string[]): void {
    for (const cookie of cookies) {
      const [pair = '', ...rest] = cookie.split(';');
      const at = pair.indexOf('=');
      const isGone = rest.some((one) => /^ *(?:max-age=0|expires=Thu, 01 Jan 1970)/i.test(one));
      const key = `${url.host} ${pair.slice(0, at)}`;
      if (isGone) this.#cookies.delete(key);
      else this.#cookies.set(key, pair.slice(at + 1));
    }
  }
}

/** Follows redirects from `start` as a browser does, until one leads to an address that begins with `until`: gives that one. */
export async function walk(start: string, until: string, jar = new Jar()): Promise<URL> {
  let url = new URL(start);
  for (let steps = 0; steps < 10; steps += 1) {
    if (url.href.startsWith(until)) return url;
    const response = await fetch(url, { redirect: 'manual', headers: { cookie: jar.header(url) } });
    jar.take(url, response.headers.getSetCookie());
    const location = response.headers.get('location');
    if (location === null)
      throw new Error(`${url.href} answers ${response.status}: ${(await response.text()).slice(0, 300)}`);
    url = new URL(location, url);
  }
  throw new Error(`too many redirects to ${url.href}`);
}
