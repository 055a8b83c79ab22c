import type { AssertionAnswer, RegistrationAnswer } from '../access/passkey-answers.ts';
import type { From, PersonCaller, Recognised } from './access.ts';

// Ways in beside the password: passkeys, and accounts of other places.

/** A passkey, as its owner sees it. */
export interface ShownPasskey {
  readonly id: string;
  readonly name: string;
  /** On all devices of its owner, not on one alone. */
  readonly isSynced: boolean;
  readonly created: string;
  readonly used: string | null;
  /** When it was found to be there twice: it lets nobody in any more. */
  readonly doubled: string | null;
}

/** Who proved himself by a passkey. */
export interface ByPasskey {
  readonly personId: number;
  /** `passkey`, or `password+passkey`. */
  readonly how: string;
}

/** Passkeys (WebAuthn). Options are for the browser, as JSON; answers come from it. */
export interface PasskeysView {
  /** Where they work: `https://logs.example`; null where they cannot. */
  origin(): string | null;
  /** `browser`: what tells this browser from others. `half`: whose password was right there. */
  ask(browser: string, half: Recognised | null): Promise<object>;
  /** Throws E_UNREADABLE for an answer that is not right, and counts and tells it. */
  signIn(answer: AssertionAnswer, browser: string, half: Recognised | null, from: From): Promise<ByPasskey>;
  list(caller: PersonCaller): Promise<readonly ShownPasskey[]>;
  offer(caller: PersonCaller): Promise<object>;
  add(caller: PersonCaller, name: string, answer: RegistrationAnswer): Promise<void>;
  /** Throws E_NOT_FOUND when he has none of that id; so does `remove`. */
  rename(caller: PersonCaller, id: string, name: string): Promise<void>;
  remove(caller: PersonCaller, id: string): Promise<void>;
}

/** A place whose accounts are let in, for the sign-in page: `/sign-in/oidc/ID`. */
export interface OidcLink {
  readonly id: string;
  readonly label: string;
}

/** Accounts of other places (OpenID Connect). */
export interface OidcView {
  /** Where people come back to: `https://logs.example`. */
  origin(): string;
  readonly links: readonly OidcLink[];
  /** Where to send the browser, and what it must bring back in a cookie. Throws E_NOT_FOUND, E_UNAVAILABLE while the provider is away. */
  begin(id: string): Promise<{ readonly location: string; readonly cookie: string }>;
  /**
   * Who came back. `query`: from the `?` on. Throws E_UNREADABLE for whatever does not fit, and counts and tells it; E_SIGN_IN when it was
   * not begun here.
   */
  finish(id: string, query: string, cookie: string | null, from: From): Promise<{ personId: number; how: string }>;
}

/** How long a browser may be away at a provider, seconds. */
export const AWAY_S = 600;
