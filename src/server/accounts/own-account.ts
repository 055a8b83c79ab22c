import { faultOfPassword } from '../../access/passwords.ts';
import { newRecoveryCodes, newTotpSecret, stepOfCode, totpUri } from '../../access/totp.ts';
import type { AccountView, From, OfferedTotp, PersonCaller } from '../../api/access.ts';
import { AppError } from '../../core/errors.ts';
import { type AccountsContext, instant, mustBeOfHere, personOf } from './context.ts';

const OFFER_MS = 15 * 60_000;
const MOST_OFFERS = 1000;

/** What one does to one's own account. */
export function accountOf(context: AccountsContext): AccountView {
  const { state, act, nowMs } = context;
  const offers = new TotpOffers(context);
  return {
    look: (caller) => look(context, caller),
    setPassword: (caller, current, password, from) => setPassword(context, caller, current, password, from),
    offerTotp: async (caller) => offers.make(caller),
    setTotp: (caller, code) => offers.accept(caller, code),
    async removeTotp(caller) {
      await act(caller.name, 'account.totp-removed', caller.name, {});
      await state().people.setTotp(caller.personId, null);
      await state().signIns.endAll(caller.personId, caller.sessionId);
    },
    async endSignIn(caller, id) {
      await act(caller.name, 'sign-in.ended', caller.name, { session: id });
      if (!(await state().signIns.end(caller.personId, id)))
        throw new AppError('E_NOT_FOUND', 'that browser is not signed in');
    },
    async endOthers({ name, personId, sessionId }) {
      const others = (await state().signIns.list(personId, nowMs())).length - 1;
      await act(name, 'sign-in.ended', name, { others });
      return state().signIns.endAll(personId, sessionId);
    },
  };
}

async function look(context: AccountsContext, caller: PersonCaller) {
  const { state, nowMs } = context;
  const { people, signIns, passkeys, oidcLinks } = state();
  const { hasPassword, hasTotp } = await personOf(context, caller);
  const all = await signIns.list(caller.personId, nowMs());
  return {
    name: caller.name,
    role: caller.role,
    hasPassword,
    hasTotp,
    recoveryLeft: await people.recoveryLeft(caller.personId),
    passkeys: await passkeys.usable(caller.personId),
    isOfHere: !(await oidcLinks.has(caller.personId)),
    signIns: all.map(({ id, how, address, agent, beganMs, usedMs }) => ({
      ...{ id, how, address, agent },
      began: instant(beganMs),
      used: instant(usedMs),
      current: id === caller.sessionId,
    })),
  };
}

async function setPassword(
  context: AccountsContext,
  caller: PersonCaller,
  current: string,
  password: string,
  from: From,
): Promise<void> {
  const { state, act, passwords, guesses, failures, nowMs } = context;
  await mustBeOfHere(context, caller);
  const { people, signIns } = state();
  const hash = (await people.secretsOf(caller.personId))?.passwordHash ?? null;
  if (hash !== null) {
    const isRight = guesses.begin('password', caller.name, from.address, nowMs());
    if (!(await passwords.compare(current, hash)).isRight) {
      await failures.tell('password', caller.name, from);
      throw new AppError('E_USAGE', 'the present password is not right');
    }
    isRight();
  }
  const fault = faultOfPassword(password, caller.name);
  if (fault !== null) throw new AppError('E_USAGE', fault);
  const fresh = await passwords.hash(password);
  await act(caller.name, 'account.password', caller.name, {});
  await people.setPassword(caller.personId, fresh);
  await signIns.endAll(caller.personId, caller.sessionId);
}

/** Secrets that were shown, until a code of them comes back. They are in memory only. */
class TotpOffers {
  readonly #context: AccountsContext;
  readonly #offers = new Map<number, { readonly secret: string; readonly atMs: number }>();

  constructor(context: AccountsContext) {
    this.#context = context;
  }

  /** The same one for a while, so that a page that is loaded again shows what the telephone has read. */
  make({ personId, name }: PersonCaller): OfferedTotp {
    const { nowMs, random, url } = this.#context;
    const held = this.#held(personId);
    const secret = held ?? newTotpSecret(random);
    if (held === null) this.#offers.set(personId, { secret, atMs: nowMs() });
    if (this.#offers.size > MOST_OFFERS) this.#offers.delete(this.#offers.keys().next().value ?? 0);
    return { secret, uri: totpUri(secret, name, `Spoor ${new URL(url()).hostname}`) };
  }

  async accept(caller: PersonCaller, code: string): Promise<readonly string[]> {
    const { state, act, nowMs, random } = this.#context;
    const secret = this.#held(caller.personId);
    if (secret === null) throw new AppError('E_USAGE', 'this took too long: begin anew');
    const step = stepOfCode(secret, code, 0, nowMs());
    if (step === null)
      throw new AppError('E_USAGE', 'the code is not right: is the clock of the telephone, and of this server?');
    const { texts, digests } = newRecoveryCodes(random);
    await act(caller.name, 'account.totp', caller.name, {});
    await state().people.setTotp(caller.personId, { secret, step, recovery: digests });
    await state().signIns.endAll(caller.personId, caller.sessionId);
    this.#offers.delete(caller.personId);
    return texts;
  }

  #held(personId: number): string | null {
    const offer = this.#offers.get(personId);
    return offer === undefined || this.#context.nowMs() - offer.atMs > OFFER_MS ? null : offer.secret;
  }
}
