import { randomBytes } from 'node:crypto';
import { Guesses } from '../../access/guesses.ts';
import type { OidcSettings } from '../../access/oidc-config.ts';
import { Passwords } from '../../access/passwords.ts';
import type { AccessView, OfferedLink } from '../../api/access.ts';
import type { State } from '../../state/open.ts';
import type { KeepAct } from '../enrolment.ts';
import { tokensOf } from './api-tokens.ts';
import { callersOf } from './callers.ts';
import type { AccountsContext } from './context.ts';
import { Failures } from './failures.ts';
import { linksOf, offerLink } from './links.ts';
import { oidcOf } from './oidc-ways.ts';
import { accountOf } from './own-account.ts';
import { passkeysOf } from './passkey-ways.ts';
import { peopleOf } from './people.ts';
import { signInOf } from './signing-in.ts';

const KEY_BYTES = 32;

export interface AccountsOptions {
  /** Throws E_UNAVAILABLE while it is away. */
  readonly state: () => State;
  readonly act: KeepAct;
  readonly nowMs: () => number;
  /** Where the page is: `https://logs.example:7300`. */
  readonly url: () => string;
  readonly isLoopback: boolean;
  readonly onError: (error: unknown) => void;
  /** `http.oidc` */
  readonly oidc: readonly OidcSettings[];
}

/** Accounts at work. What is done is an act in the ledger first, then in the state. */
export class Accounts {
  readonly view: AccessView;
  readonly #context: AccountsContext;

  constructor({ onError, oidc, ...options }: AccountsOptions) {
    const context: AccountsContext = {
      ...options,
      failures: new Failures(options.act, options.nowMs, onError),
      passwords: new Passwords(),
      guesses: new Guesses(randomBytes(KEY_BYTES)),
      random: randomBytes,
    };
    this.#context = context;
    this.view = {
      callers: callersOf(context),
      signIn: signInOf(context),
      links: linksOf(context),
      account: accountOf(context),
      tokens: tokensOf(context),
      people: peopleOf(context),
      passkeys: passkeysOf(context),
      oidc: oidcOf(context, oidc),
    };
  }

  /** Has nobody an account? */
  async needsFirst(): Promise<boolean> {
    return !(await this.#context.state().people.any());
  }

  /** A link for the first account. */
  firstLink(): Promise<OfferedLink> {
    return offerLink(this.#context, 'server', null);
  }

  stop(): Promise<void> {
    return this.#context.failures.stop();
  }
}
