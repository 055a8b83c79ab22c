import type { Guesses } from '../../access/guesses.ts';
import type { Passwords } from '../../access/passwords.ts';
import type { From, PersonCaller, ShownPerson } from '../../api/access.ts';
import { AppError } from '../../core/errors.ts';
import type { State } from '../../state/open.ts';
import type { Person } from '../../state/people.ts';
import type { KeepAct } from '../enrolment.ts';
import type { Failures } from './failures.ts';

/** What all that is done with accounts stands on. */
export interface AccountsContext {
  /** Throws E_UNAVAILABLE while it is away. */
  readonly state: () => State;
  /** Rejects when the ledger does not take it: then it is not done. */
  readonly act: KeepAct;
  readonly failures: Failures;
  readonly passwords: Passwords;
  readonly guesses: Guesses;
  readonly nowMs: () => number;
  /** As `crypto.randomBytes`. */
  readonly random: (bytes: number) => Buffer;
  /** `https://logs.example:7300`, for links. */
  readonly url: () => string;
  /** Only this machine can ask. */
  readonly isLoopback: boolean;
}

export const instant = (ms: number): string => new Date(ms).toISOString();

/** What of a request goes into the ledger. */
export const wordsOf = ({ address, agent }: From): { address: string; agent: string } => ({
  address,
  agent: agent.slice(0, 300),
});

export function shownPerson({ createdMs, disabledMs, ...person }: Person): ShownPerson {
  return { ...person, created: instant(createdMs), disabled: disabledMs === null ? null : instant(disabledMs) };
}

/** The account of somebody who is signed in. */
export async function personOf({ state }: AccountsContext, { personId }: PersonCaller): Promise<Person> {
  const person = await state().people.byId(personId);
  if (person === null) throw new AppError('E_SIGN_IN', 'sign in first');
  return person;
}

/** Throws E_USAGE for somebody who signs in by a provider: another way in would outlive the provider's word. */
export async function mustBeOfHere({ state }: AccountsContext, { personId }: PersonCaller): Promise<void> {
  if (await state().oidcLinks.has(personId))
    throw new AppError('E_USAGE', 'this account is of another place: what it is proven by is changed there');
}

/** The account of that name. Throws E_NOT_FOUND. */
export async function personNamed({ state }: AccountsContext, name: string): Promise<Person> {
  const person = await state().people.byName(name);
  if (person === null) throw new AppError('E_NOT_FOUND', `nobody has an account with the name ${name.slice(0, 80)}`);
  return person;
}
