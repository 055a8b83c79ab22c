/** What can be done here, each with a sentence. A route needs one of these; a role has some. */
export const PERMISSIONS = {
  account: 'see and change the own account: password, second factor, own sessions and tokens',
  status: 'see how the server is: its parts, its sources, what was seen of them, its measures',
  search: 'search events and sessions, follow them live, have a story told from them',
  sql: 'ask in SQL, of views that hold events only',
  export: 'take evidence out, with its manifest and its proofs',
  review: 'write into reviews and incidents, and sign them',
  unmask: 'see personal fields in the clear, on record and with a reason',
  audit: 'read what people did here, who may do what, and the records of the ledger themselves',
  operate: 'change how the server runs: rebuild the index, try all its parts, back it up',
  hosts: 'let hosts send here, and end that',
  people: 'make accounts, give roles, end sessions and tokens of others',
  ingest: 'hand in records for the ledger',
} as const;

export type Permission = keyof typeof PERMISSIONS;

const READING = ['account', 'status', 'search'] as const;

/** Which role may do what, and for whom it is. The one table: a route says what it needs, and no route names a role. */
export const ROLES = {
  viewer: { may: READING, for: 'sees how things are and searches; personal fields are masked' },
  analyst: {
    may: [...READING, 'sql', 'export', 'unmask'],
    for: 'investigates: asks anything, takes evidence out, sees personal fields on record',
  },
  reviewer: {
    may: [...READING, 'export', 'review', 'unmask'],
    for: 'does the monthly access review, and signs it',
  },
  auditor: {
    may: [...READING, 'export', 'audit'],
    for: 'checks those who check: what was done here, by whom; changes nothing',
  },
  admin: {
    may: Object.keys(PERMISSIONS) as Permission[],
    for: 'runs it: accounts, hosts, upkeep, and all that the others may',
  },
} as const satisfies Record<string, { readonly may: readonly Permission[]; readonly for: string }>;

export type Role = keyof typeof ROLES;

/** Every role, the least first. */
export const ROLE_NAMES = Object.keys(ROLES) as [Role, ...Role[]];

/** Permissions that no token can have: what is one's own is done by oneself, and a token that leaks must not make others. */
const NEVER_BY_TOKEN: ReadonlySet<Permission> = new Set(['account', 'people']);

/** Every permission that a token can be given. */
export const TOKEN_PERMISSIONS = (Object.keys(PERMISSIONS) as Permission[]).filter((one) => !NEVER_BY_TOKEN.has(one));

/** What a role may do. */
export const permissionsOf = (role: Role): ReadonlySet<Permission> => new Set<Permission>(ROLES[role].may);

/** What a token may do: what it was made for, as far as its owner may do it today. */
export function permissionsOfToken(scope: readonly string[], owner: Role): ReadonlySet<Permission> {
  const may = permissionsOf(owner);
  return new Set(TOKEN_PERMISSIONS.filter((one) => scope.includes(one) && may.has(one)));
}
