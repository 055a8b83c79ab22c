import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  type CustomFetch,
  calculatePKCECodeChallenge,
  clockTolerance,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import * as z from 'zod';
import { AppError } from '../core/errors.ts';
import { isLoopback } from '../core/loopback.ts';
import { type Claims, missingClaims } from './oidc-claims.ts';
import type { OidcSettings } from './oidc-config.ts';
import { oidcFailure } from './oidc-failure.ts';

const TIMEOUT_S = 10;
const MAX_ANSWER = 1 << 20;
const FRESH_MS = 60 * 60_000;
/** OpenID Connect Core section 2. */
const SUBJECT = /^[\x20-\x7e]{1,255}$/;

/** What the browser carries through one sign-in, sealed. */
export const oidcFlow = z.strictObject({
  provider: z.string(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
});

/** See `oidcFlow`. */
export type OidcFlow = z.output<typeof oidcFlow>;

/** Who came back from a provider, proven. */
export interface OidcIdentity {
  readonly issuer: string;
  /** Who it is there, for good; with the issuer the one thing to know a person by (OpenID Connect Core section 5.7). */
  readonly subject: string;
  readonly claims: Claims;
}

/** A provider of OpenID Connect: code flow with PKCE, state and nonce. What a token must be is checked by the library. */
export class OidcProvider {
  readonly settings: OidcSettings;
  readonly #redirectUri: string;
  readonly #nowMs: () => number;
  #known: { readonly configuration: Configuration; readonly atMs: number } | null = null;
  #asking: Promise<Configuration> | null = null;

  /** `redirectUri`: the one address that it sends people back to. Nothing is asked of the provider before somebody wants to sign in. */
  constructor(settings: OidcSettings, redirectUri: string, nowMs: () => number) {
    this.settings = settings;
    this.#redirectUri = redirectUri;
    this.#nowMs = nowMs;
  }

  /** Begins a sign-in: where to send the browser, and what it must bring back. Throws E_UNAVAILABLE while the provider is away. */
  async begin(): Promise<{ readonly location: string; readonly flow: OidcFlow }> {
    const configuration = await this.#configuration();
    const flow = {
      provider: this.settings.id,
      state: randomState(),
      nonce: randomNonce(),
      verifier: randomPKCECodeVerifier(),
    };
    const location = buildAuthorizationUrl(configuration, {
      redirect_uri: this.#redirectUri,
      scope: [...new Set(['openid', ...this.settings.scopes])].join(' '),
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: await calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: 'S256',
    });
    this.#mayReach(location);
    return { location: location.href, flow };
  }

  /**
   * Ends a sign-in. `query`: what the browser came back with, from the `?` on. Throws E_UNREADABLE when anything does not fit, E_UNAVAILABLE
   * while the provider is away; no error holds a code, a token or a secret.
   */
  async finish(query: string, flow: OidcFlow): Promise<OidcIdentity> {
    const configuration = await this.#configuration();
    try {
      return await this.#exchange(configuration, query, flow);
    } catch (error) {
      const told = oidcFailure(error, this.settings.id);
      if (told.code === 'E_UNAVAILABLE') this.#known = null; // it may have moved
      throw told;
    }
  }

  async #exchange(configuration: Configuration, query: string, flow: OidcFlow): Promise<OidcIdentity> {
    const back = new URL(this.#redirectUri);
    back.search = query;
    const tokens = await authorizationCodeGrant(configuration, back, {
      pkceCodeVerifier: flow.verifier,
      expectedState: flow.state,
      expectedNonce: flow.nonce,
      idTokenExpected: true,
    });
    const said = tokens.claims();
    if (said === undefined) throw new AppError('E_UNREADABLE', 'the provider gave no ID token');
    if (!SUBJECT.test(said.sub)) throw new AppError('E_UNREADABLE', 'the provider’s subject is not of the form of one');
    const { roles, nameClaim } = this.settings;
    const isMore = configuration.serverMetadata().userinfo_endpoint !== undefined;
    const more =
      isMore && missingClaims(said, roles, nameClaim).length > 0
        ? await fetchUserInfo(configuration, tokens.access_token, said.sub)
        : {};
    return { issuer: said.iss, subject: said.sub, claims: { ...more, ...said } };
  }

  /** What the provider says of itself: asked for at the first use, after a failure, and when it is an hour old. One request for all who wait. */
  async #configuration(): Promise<Configuration> {
    const known = this.#known;
    if (known !== null && this.#nowMs() - known.atMs < FRESH_MS) return known.configuration;
    this.#asking ??= this.#discover().finally(() => {
      this.#asking = null;
    });
    try {
      return await this.#asking;
    } catch (error) {
      if (known !== null) return known.configuration; // what it said an hour ago is better than nothing
      throw oidcFailure(error, this.settings.id);
    }
  }

  async #discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret, clockToleranceSeconds } = this.settings;
    const url = new URL(issuer);
    const secret = clientSecret?.reveal();
    const configuration = await discovery(
      url,
      clientId,
      { ...(secret !== undefined && { client_secret: secret }), [clockTolerance]: clockToleranceSeconds },
      secret === undefined ? None() : secretAuth(secret),
      {
        timeout: TIMEOUT_S,
        [customFetch]: this.#fetch,
        execute: [
          enableNonRepudiationChecks, // without it the signature of the ID token is not looked at
          // Only on this machine: isIssuer() of the configuration, and #mayReach() for each request, allow nothing else.
          ...(url.protocol === 'http:' ? [allowInsecureRequests] : []),
        ],
      },
    );
    this.#known = { configuration, atMs: this.#nowMs() };
    return configuration;
  }

  /** Refuses a plain connection to anything but this machine, whatever the provider's metadata says. */
  #mayReach(url: URL): void {
    const isPlain = url.protocol === 'http:' && this.settings.issuer.startsWith('http:') && isLoopback(url.hostname);
    if (url.protocol !== 'https:' && !isPlain)
      throw new AppError('E_UNREADABLE', `the provider names an address that is not https: ${url.href.slice(0, 80)}`);
  }

  readonly #fetch: CustomFetch = async (address, options) => {
    this.#mayReach(new URL(address));
    const response = await fetch(address, options as RequestInit);
    const { status, headers } = response;
    const bytes = await limited(response);
    return new Response(status === 204 || status === 304 ? null : bytes, { status, headers });
  };
}

/** RFC 6749 section 2.3.1 has every server take Basic; one that says so takes only the other. */
function secretAuth(secret: string): ClientAuth {
  const basic = ClientSecretBasic(secret);
  const post = ClientSecretPost(secret);
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const isPostOnly = !methods.includes('client_secret_basic') && methods.includes('client_secret_post');
    return (isPostOnly ? post : basic)(server, ...rest);
  };
}

async function limited(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > MAX_ANSWER) throw new AppError('E_UNREADABLE', 'the provider’s answer is over 1 MiB');
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}
