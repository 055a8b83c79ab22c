import * as z from 'zod';
import { isLoopback } from '../core/loopback.ts';
import { secret } from '../core/secret.ts';
import { ROLE_NAMES } from './roles.ts';

// What the configuration says of other places that vouch for people: `http.oidc`.

const ID = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
const MAX_PROVIDERS = 20;
const MAX_RULES = 200;

/** An issuer is compared with what its tokens say, character by character; and nobody may listen on the way to it. */
function isIssuer({ value, issues }: z.core.ParsePayload<string>): void {
  const url = URL.canParse(value) ? new URL(value) : null;
  const isSafe = url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)));
  if (isSafe && url.search === '' && url.hash === '' && url.username === '' && url.password === '') return;
  issues.push({
    code: 'custom',
    input: value,
    message: 'an address such as https://login.example.org/realms/staff (http only on this machine)',
  });
}

/** Two providers of one id would share one address of return. */
function haveOwnIds({ value, issues }: z.core.ParsePayload<{ readonly id: string }[]>): void {
  const taken = new Set<string>();
  for (const [at, { id }] of value.entries()) {
    if (taken.has(id))
      issues.push({ code: 'custom', input: id, path: [at, 'id'], message: `an id of its own: ${id} is taken` });
    taken.add(id);
  }
}

const rule = z.strictObject({
  claim: z
    .string()
    .min(1)
    .max(200)
    .describe(
      'Claim to look at: groups. Dots lead into objects: realm_access.roles. `email` counts when it is verified.',
    ),
  value: z.string().min(1).max(500).describe('What the claim is, or has in its list; compared character by character.'),
  role: z.enum(ROLE_NAMES).describe('Role of who has it.'),
});

const provider = z.strictObject({
  id: z.string().regex(ID).describe('Short name; it stands in the address of return: /sign-in/oidc/ID/callback.'),
  label: z.string().min(1).max(60).optional().describe('What the sign-in page calls it; its id when absent.'),
  issuer: z.string().max(500).check(isIssuer).describe('Issuer, as the provider itself writes it.'),
  clientId: z.string().min(1).max(500).describe('What the provider knows Spoor by.'),
  clientSecret: secret().optional().describe('Its secret, from the environment or a file. Absent: PKCE alone.'),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/)) // RFC 6749 section 3.3
    .max(20)
    .default(['profile', 'email'])
    .describe('Scopes to ask for beside openid; the provider may need one for groups.'),
  nameClaim: z
    .string()
    .min(1)
    .max(200)
    .default('preferred_username')
    .describe('Claim with the name of a person who comes for the first time.'),
  roles: z
    .array(rule)
    .max(MAX_RULES)
    .default([])
    .describe('Who gets which role: the first that fits. Who fits none gets none, and cannot sign in.'),
  clockToleranceSeconds: z.int().min(0).max(300).default(30).describe('How far the clock of the provider may be off.'),
});

/** The key `http.oidc`. */
export const oidcSchema = z
  .array(provider)
  .max(MAX_PROVIDERS)
  .check(haveOwnIds)
  .default([])
  .describe(
    'Other places whose accounts are let in (OpenID Connect). They send people back to the first of http.names.',
  );

/** One provider, as configured. */
export type OidcSettings = z.output<typeof provider>;

/** Gives a role to who has a claim. */
export type RoleRule = z.output<typeof rule>;
