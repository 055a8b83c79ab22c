import * as z from 'zod';
import { assertionAnswer, registrationAnswer } from '../../access/passkey-answers.ts';
import { PERMISSIONS, type Permission, ROLE_NAMES, TOKEN_PERMISSIONS } from '../../access/roles.ts';

// Who may ask, and which hosts may send.

const permission = z.enum(Object.keys(PERMISSIONS) as [Permission, ...Permission[]]);
const personName = z.string().min(1).max(300);
const role = z.enum(ROLE_NAMES);
/** On the local socket, the person at the keyboard. */
const who = z.string().min(1).max(200).optional().describe('On the local socket: the person at the keyboard.');

export const account = z.object({
  kind: z.enum(['local', 'person', 'token', 'anyone']),
  name: z.string(),
  may: z.array(permission),
});

export const personWish = z.strictObject({ name: personName, role, who });
export const linkWish = z.strictObject({
  name: personName.optional().describe('Whose password is set anew; absent: a new admin.'),
  who,
});
export const nameWish = z.strictObject({ name: personName, who });
export const personForm = personWish.omit({ who: true });
export const nameForm = nameWish.omit({ who: true });

export const person = z
  .object({
    id: z.int(),
    name: z.string(),
    role: role.nullable(),
    created: z.string(),
    disabled: z.string().nullable(),
    hasPassword: z.boolean(),
    hasTotp: z.boolean(),
  })
  .meta({ id: 'Person' });
export const link = z.object({ url: z.string(), expires: z.string() }).meta({ id: 'Link' });
export const people = z.object({ people: z.array(person) });
export const addedPerson = z.object({ person, link });

export const tokenName = z.string().min(1).max(100);
export const tokenDays = z.coerce.number().int().min(1).max(366).default(90).describe('How long it holds.');
const scope = z.enum(TOKEN_PERMISSIONS as [Permission, ...Permission[]]);
export const tokenWish = z.strictObject({
  name: tokenName,
  days: tokenDays,
  may: z.array(scope).min(1).max(TOKEN_PERMISSIONS.length),
});
/** Numbers of rows: PostgreSQL's integers. */
export const idParams = z.strictObject({ id: z.coerce.number().int().positive().max(2_147_483_647) });
const token = z.object({
  id: z.int(),
  name: z.string(),
  may: z.array(permission),
  created: z.string(),
  expires: z.string(),
  used: z.string().nullable(),
});
export const tokens = z.object({ tokens: z.array(token) });
export const madeToken = z.object({ text: z.string().describe('The token, this once.'), token });

const passkeyName = z.string().trim().min(1).max(60);
export const passkeys = z.object({
  passkeys: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      isSynced: z.boolean(),
      created: z.string(),
      used: z.string().nullable(),
      doubled: z.string().nullable().describe('When it was found to be there twice: it lets nobody in any more.'),
    }),
  ),
});
export const passkeyParams = z.strictObject({ id: z.string().min(1).max(1364) });
export const passkeyBody = z.strictObject({ answer: registrationAnswer, name: passkeyName.default('Passkey') });
export const renameBody = z.strictObject({ name: passkeyName });
export const signInBody = z.strictObject({ answer: assertionAnswer });
export const passkeyOptions = z.looseObject({}).describe('Options of WebAuthn for the browser, as JSON.');

const hostName = z.string().min(1).max(253);
export const offerWish = z.strictObject({ host: hostName, who });
export const revokeWish = z.strictObject({ host: hostName, who, why: z.string().max(400).default('') });
export const offer = z.object({
  host: z.string(),
  expires: z.string(),
  script: z.string().describe('To be run on the host. It holds a token that is shown this once.'),
});
export const revoked = z.object({ certificates: z.int(), tokens: z.int() });
export const hosts = z.object({
  hosts: z.array(
    z.object({
      host: z.string(),
      state: z.enum(['holds', 'ended', 'revoked']),
      issued: z.string(),
      ends: z.string(),
    }),
  ),
});
