import { personName } from './names.ts';
import type { RoleRule } from './oidc-config.ts';
import type { Role } from './roles.ts';

// What a provider says of a person, read with distrust: whatever is not said plainly is not said.

/** Claims of an ID token, or of the UserInfo endpoint. */
export type Claims = Readonly<Record<string, unknown>>;

const MAX_NAME = 63;

/** A claim by its name; else along its dots, through objects alone: some providers put roles at `realm_access.roles`. */
export function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let at: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, part)) return undefined;
    at = (at as Claims)[part];
  }
  return at;
}

/** The role of the first rule that fits; null when none does. An e-mail address counts only where the provider says that it is verified. */
export function roleOf(claims: Claims, rules: readonly RoleRule[]): Role | null {
  return rules.find((rule) => fits(claims, rule))?.role ?? null;
}

function fits(claims: Claims, { claim, value }: RoleRule): boolean {
  if (claim === 'email' && claims['email_verified'] !== true) return false;
  const said = claimAt(claims, claim);
  return Array.isArray(said) ? said.some((one) => isSaid(one, value)) : isSaid(said, value);
}

function isSaid(said: unknown, value: string): boolean {
  if (typeof said === 'string') return said === value;
  return (typeof said === 'boolean' || typeof said === 'number') && String(said) === value;
}

/** Claims that the rules ask for and that are not among these: they may be had at the UserInfo endpoint. */
export function missingClaims(claims: Claims, rules: readonly RoleRule[], nameClaim: string): string[] {
  const wanted = new Set([nameClaim, ...rules.map(({ claim }) => claim)]);
  return [...wanted].filter((name) => claimAt(claims, name) === undefined);
}

/** Did the provider say that there are more groups than go into a token (OpenID Connect Core section 5.6.2)? */
export function isCutShort(claims: Claims, rules: readonly RoleRule[]): boolean {
  const names = claims['_claim_names'];
  return typeof names === 'object' && names !== null && rules.some(({ claim }) => Object.hasOwn(names, claim));
}

/**
 * A name for an account from a claim: of an address the part before the @, in the form of `personName`. The provider's id stands behind it,
 * and a number when `take` is not the first try, so that nobody becomes the namesake of an account that is there.
 */
export function accountName(claims: Claims, nameClaim: string, provider: string, take = 1): string {
  const said = claimAt(claims, nameClaim);
  const end = take === 1 ? `@${provider}` : `-${take}@${provider}`;
  const plain = ((typeof said === 'string' ? said : '').slice(0, 300).split('@', 1)[0] ?? '')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}._+-]/gu, '-')
    .replace(/^[^\p{L}\p{N}]{1,300}/u, '');
  const short = [...plain].slice(0, (MAX_NAME - end.length) >> 1).join(''); // a character is at most two units
  return personName(`${short === '' ? 'person' : short}${end}`);
}
