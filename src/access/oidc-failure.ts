import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { AppError } from '../core/errors.ts';
import { failureReason } from '../core/outbound.ts';

/** What went wrong at a provider, by the library's codes, in words. */
const REASONS: Readonly<Record<string, string>> = {
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: 'its token has ended, or is not valid yet: compare both clocks',
  OAUTH_JWT_CLAIM_COMPARISON_FAILED: 'its token was made for another sign-in, or by or for somebody else',
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: 'it calls itself by another name than http.oidc says: compare the issuer',
  OAUTH_KEY_SELECTION_FAILED: 'its token is signed with a key that it does not show',
  OAUTH_INVALID_RESPONSE: 'its answer does not belong to this sign-in',
  OAUTH_PARSE_ERROR: 'its answer cannot be read',
  OAUTH_RESPONSE_IS_NOT_JSON: 'its answer is no JSON: compare the issuer',
  OAUTH_RESPONSE_IS_NOT_CONFORM: 'its answer is not that of such a provider: compare the issuer',
  OAUTH_MISSING_SERVER_METADATA: 'it does not say all that a sign-in needs',
  OAUTH_INVALID_SERVER_METADATA: 'what it says of itself makes no sense',
  OAUTH_HTTP_REQUEST_FORBIDDEN: 'it names an address that is not https',
};

/** OpenSSL's words for a chain that ends nowhere, and Node's for a name that does not fit. */
const TLS = /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)[A-Z_]{1,60}$/;

/** An error of the library, or of the network below it, as an AppError. What the provider itself says is quoted, cut and cleaned. */
export function oidcFailure(error: unknown, provider: string): AppError {
  if (error instanceof AppError) return error;
  const say = (code: 'E_UNREADABLE' | 'E_UNAVAILABLE', why: string) =>
    new AppError(code, `sign-in by ${provider}: ${why}`, { cause: error });
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError)
    return say('E_UNREADABLE', `it says ${quoted(error.error)}${described(error.error_description)}`);
  if (error instanceof WWWAuthenticateChallengeError)
    return say('E_UNREADABLE', 'it refuses Spoor itself: compare clientId and clientSecret');
  const chain = causes(error);
  const untrusted = chain.find((one) => TLS.test(codeOf(one)));
  if (untrusted !== undefined)
    return say(
      'E_UNAVAILABLE',
      `its certificate is not trusted (${codeOf(untrusted)}): name your authority's file in NODE_EXTRA_CA_CERTS`,
    );
  const away = chain.findLast((one) => isAway(one));
  if (away !== undefined) return say('E_UNAVAILABLE', `the provider is away (${failureReason(away)}): try again later`);
  const own = chain.find((one) => one instanceof AppError);
  if (own !== undefined) return say('E_UNREADABLE', own.message);
  const code = error instanceof ClientError ? (error.code ?? '') : '';
  if (code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' && isBusy(chain))
    return say('E_UNAVAILABLE', 'the provider is away (it answers with an error of its own): try again later');
  return say('E_UNREADABLE', REASONS[code] ?? 'what came back cannot be trusted');
}

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let at = error; at instanceof Error && chain.length < 8; at = at.cause) chain.push(at);
  return chain;
}

/** No connection, none in time, or one that broke: `fetch` says it by a TypeError with a cause that has the system's code. */
function isAway(error: Error): boolean {
  if (error.name === 'TimeoutError' || error.name === 'AbortError' || error.message === 'fetch failed') return true;
  return /^(?:E[A-Z]{4,20}|EAI_AGAIN|UND_ERR_[A-Z_]{1,40})$/.test(codeOf(error));
}

function codeOf(error: Error): string {
  return String((error as NodeJS.ErrnoException).code ?? '');
}

function isBusy(chain: readonly Error[]): boolean {
  return chain.some(({ cause }) => cause instanceof Response && (cause.status >= 500 || cause.status === 429));
}

/** Texts of others go to a page and a log: printable ASCII is what RFC 6749 section 4.1.2.1 allows in them. */
function quoted(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, '?').slice(0, 80)}"`;
}

function described(text: string | undefined): string {
  return text === undefined || text === '' ? '' : `: ${quoted(text)}`;
}
