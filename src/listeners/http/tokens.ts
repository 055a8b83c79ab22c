import { createHash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { CidrSet } from '../../core/cidr.ts';
import { ownToken } from './own-token.ts';
import { Refusal } from './problem.ts';

const CHALLENGE = { 'www-authenticate': 'Bearer realm="spoor"' };
const ANY = /^(?<scheme>[A-Za-z][A-Za-z0-9-]{0,31}) +(?<value>[\x21-\x7e]{1,2048})$/;
const BASE64 = /^[A-Za-z0-9+/_-]{1,2048}={0,2}$/;
const BEARER = /^Bearer +(?<token>[A-Za-z0-9._~+/-]{1,512}={0,2})$/i;

/** One sender's token, as the configuration has it: never the token itself. */
export const tokenSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
    .describe('Who sends with it: streams are named by it.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('SHA-256 of the token, in hex: `printf %s TOKEN | sha256sum`.'),
  networks: z
    .array(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]))
    .min(1)
    .max(1000)
    .optional()
    .describe('Networks and addresses from which it is taken; from all when absent.'),
});

interface Known {
  readonly name: string;
  readonly digest: Buffer;
  readonly networks: CidrSet | null;
}

/** Tells senders by their tokens. */
export class Tokens {
  readonly #tokens: readonly Known[];
  /** False where anyone may send who reaches us. */
  readonly areNeeded: boolean;

  constructor(tokens: readonly z.output<typeof tokenSchema>[]) {
    const configured = tokens.map(({ name, sha256, networks }) => ({
      name,
      digest: Buffer.from(sha256, 'hex'),
      networks: networks ? CidrSet.from(networks) : null,
    }));
    this.areNeeded = configured.length > 0;
    this.#tokens = [...configured, { name: ownToken.name, digest: digestOf(ownToken.text), networks: null }];
  }

  /** Whose token it is; null when none is needed. Throws a Refusal (401 no_token, wrong_token; 403 wrong_network). */
  senderOf(token: string | null, address: string): string | null {
    if (!this.areNeeded) return null;
    if (token === null)
      throw new Refusal(401, 'no_token', 'a token is needed: send "Authorization: Bearer TOKEN"', CHALLENGE);
    const digest = digestOf(token);
    let sender: Known | null = null;
    // All are compared, in constant time: how long it takes tells nothing of which is near.
    for (const known of this.#tokens) if (timingSafeEqual(known.digest, digest)) sender = known;
    if (sender !== null) return allowed(sender, address);
    const headers = { 'www-authenticate': `${CHALLENGE['www-authenticate']}, error="invalid_token"` };
    throw new Refusal(401, 'wrong_token', 'the token is not known here: ask for a new one', headers);
  }
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/** The token of `Authorization: Bearer TOKEN` (RFC 6750); null without the header, '' when it has another form. */
export function bearerOf(authorization: string): string | null {
  return authorization === '' ? null : (BEARER.exec(authorization)?.groups?.['token'] ?? '');
}

/** A header's scheme in small letters, and what stands after it; null for what has no such form. */
export function schemeOf(authorization: string): { readonly scheme: string; readonly value: string } | null {
  const groups = ANY.exec(authorization)?.groups;
  return groups ? { scheme: (groups['scheme'] as string).toLowerCase(), value: groups['value'] as string } : null;
}

/**
 * Two texts joined by a colon, in Base64: `Basic USER:PASSWORD` (RFC 7617), Elasticsearch's `ApiKey ID:KEY`. Null for other things. Our
 * tokens stand after the colon; before it anything may stand.
 */
export function pairOf(value: string): { readonly before: string; readonly after: string } | null {
  if (!BASE64.test(value)) return null;
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? null : { before: text.slice(0, colon), after: text.slice(colon + 1) };
}

function allowed({ name, networks }: Known, address: string): string {
  if (networks === null || networks.has(address)) return name;
  throw new Refusal(403, 'wrong_network', `the token is not taken from ${address}: send from one of its networks`);
}
