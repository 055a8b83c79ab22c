import type { Permission, Role } from '../access/roles.ts';
import type { Caller } from './caller.ts';
import type { OidcView, PasskeysView } from './other-ways.ts';

/** Where a request comes from: its address, and what its program calls itself. */
export interface From {
  readonly address: string;
  readonly agent: string;
}

/** Somebody who signed in. */
export type PersonCaller = Extract<Caller, { kind: 'person' }>;

/** Finds out who asks. Everything rejects with E_UNAVAILABLE while the state's database is away: then nobody is known, and nothing is open. */
export interface CallersView {
  /** Nobody has an account yet, and only this machine can ask: then it may read. */
  isOpen(): Promise<boolean>;
  bySession(text: string, from: From): Promise<PersonCaller | null>;
  byToken(text: string): Promise<Caller | null>;
}

/** Somebody whose password was right. */
export interface Recognised {
  readonly personId: number;
  readonly name: string;
  /** A second factor is asked for, too. */
  readonly needsCode: boolean;
  /** A code of an authenticator may be that. */
  readonly hasTotp: boolean;
  /** A passkey may be that. */
  readonly hasPasskey: boolean;
  /** Another one once the password or the authenticator is another: then what was proven by the old one does not count any more. */
  readonly proof: string;
}

/** Ways in. Each success and each failure is an act in the ledger first. */
export interface SignInView {
  /** Throws E_SIGN_IN when it is not right, in the same words and with the same work for names that there are not; E_BUSY for too many tries. */
  password(name: string, password: string, from: From): Promise<Recognised>;
  /** A code of the authenticator, or a recovery code. Gives what it was. */
  code(who: Recognised, code: string, from: From): Promise<'totp' | 'recovery'>;
  /**
   * Begins a session for somebody who proved himself; the text is for the cookie, and `before` ends. Throws E_SIGN_IN for somebody who is
   * disabled or has no role, and where `proof` (of `Recognised`) is not that of now.
   */
  begin(
    person: { readonly personId: number; readonly proof?: string },
    how: string,
    from: From,
    before: string | null,
  ): Promise<{ text: string; endsMs: number }>;
  end(caller: PersonCaller): Promise<void>;
  /** Tells of a way in that failed, where that way is not of this view. `name`: empty when nobody is known by it. */
  failed(how: string, name: string, from: From): Promise<void>;
}

/** A link by which somebody makes an account, or sets a password anew. It holds once. */
export interface OfferedLink {
  readonly url: string;
  readonly expires: string;
}

/** What a link is for, to whoever opened it. */
export interface ShownLink {
  /** Of the account whose password is set; null when a new one is made. */
  readonly name: string | null;
  readonly role: Role;
}

export interface LinksView {
  /** Null when it does not hold. Does not use it up. */
  look(text: string): Promise<ShownLink | null>;
  /** Uses it up; gives whose account it is. `name` is used where the link names none. */
  use(text: string, name: string, password: string, from: From): Promise<{ readonly personId: number }>;
}

/** A browser in which somebody is signed in. */
interface ShownSignIn {
  readonly id: number;
  readonly how: string;
  readonly address: string;
  readonly agent: string;
  readonly began: string;
  readonly used: string;
}

/** A token of a program that asks in somebody's name. */
export interface ShownToken {
  readonly id: number;
  readonly name: string;
  readonly may: readonly Permission[];
  readonly created: string;
  readonly expires: string;
  readonly used: string | null;
}

/** One's own account. */
export interface ShownAccount {
  readonly name: string;
  readonly role: Role;
  readonly hasPassword: boolean;
  readonly hasTotp: boolean;
  readonly recoveryLeft: number;
  /** How many can be used. */
  readonly passkeys: number;
  /** False for somebody who signs in by a provider. */
  readonly isOfHere: boolean;
  /** The one that asks is `current`. */
  readonly signIns: readonly (ShownSignIn & { readonly current: boolean })[];
}

/** A second factor that is being set up: nothing holds before a code of it was shown. */
export interface OfferedTotp {
  /** Base32. */
  readonly secret: string;
  readonly uri: string;
}

/** What one does to one's own account. What changes how one proves oneself ends all other sessions. */
export interface AccountView {
  look(caller: PersonCaller): Promise<ShownAccount>;
  setPassword(caller: PersonCaller, current: string, password: string, from: From): Promise<void>;
  offerTotp(caller: PersonCaller): Promise<OfferedTotp>;
  /** Gives the recovery codes, this once. */
  setTotp(caller: PersonCaller, code: string): Promise<readonly string[]>;
  removeTotp(caller: PersonCaller): Promise<void>;
  endSignIn(caller: PersonCaller, id: number): Promise<void>;
  /** Gives how many there were. */
  endOthers(caller: PersonCaller): Promise<number>;
}

/** A wish for a token. */
interface TokenWish {
  readonly name: string;
  readonly may: readonly Permission[];
  readonly days: number;
}

export interface TokensView {
  list(caller: PersonCaller): Promise<readonly ShownToken[]>;
  /** Gives its text, this once. */
  make(caller: PersonCaller, wish: TokenWish): Promise<{ readonly text: string; readonly token: ShownToken }>;
  revoke(caller: PersonCaller, id: number): Promise<void>;
}

/** Somebody with an account. */
export interface ShownPerson {
  readonly id: number;
  readonly name: string;
  readonly role: Role | null;
  readonly created: string;
  readonly disabled: string | null;
  readonly hasPassword: boolean;
  readonly hasTotp: boolean;
}

/** What an admin does to accounts; `who` asks, for the ledger. */
export interface PeopleView {
  list(): Promise<readonly ShownPerson[]>;
  add(who: string, name: string, role: Role): Promise<{ readonly person: ShownPerson; readonly link: OfferedLink }>;
  /** For a new admin (null), or so that somebody proves himself anew. */
  link(who: string, name: string | null): Promise<OfferedLink>;
  setRole(who: string, name: string, role: Role): Promise<ShownPerson>;
  setDisabled(who: string, name: string, disabled: boolean): Promise<ShownPerson>;
}

/** Accounts, as the API sees them. */
export interface AccessView {
  readonly callers: CallersView;
  readonly signIn: SignInView;
  readonly links: LinksView;
  readonly account: AccountView;
  readonly tokens: TokensView;
  readonly people: PeopleView;
  readonly passkeys: PasskeysView;
  readonly oidc: OidcView;
}
