import { Challenges, type ChallengeUse } from '../../access/challenges.ts';
import type { AssertionAnswer, RegistrationAnswer } from '../../access/passkey-answers.ts';
import { PasskeyCeremonies, relyingParty } from '../../access/passkeys.ts';
import type { From, PersonCaller, Recognised } from '../../api/access.ts';
import type { ByPasskey, PasskeysView, ShownPasskey } from '../../api/other-ways.ts';
import { AppError } from '../../core/errors.ts';
import type { Passkey } from '../../state/passkeys.ts';
import { type AccountsContext, instant, mustBeOfHere, wordsOf } from './context.ts';
import { typedUrl } from './typed-url.ts';

const NONE_HERE =
  'passkeys need https and a host name (or http://localhost): name in http.names what people type, as logs.example.org';
const NOT_HIS = 'you have no such passkey';
const NOT_ACCEPTED = 'this passkey was not accepted';

/** Passkeys at work. What is done is an act in the ledger first, then in the state. */
export function passkeysOf(context: AccountsContext): PasskeysView {
  const { state, act, nowMs, random } = context;
  const challenges = new Challenges(random);
  const party = () => relyingParty(typedUrl(context.url()));
  const ceremonies = () => {
    const known = party();
    if (known === null) throw new AppError('E_USAGE', NONE_HERE);
    return new PasskeyCeremonies(known, challenges);
  };
  /** The own passkey of that id. */
  const own = async ({ personId }: PersonCaller, id: string): Promise<Passkey> => {
    const found = (await state().passkeys.list(personId)).find((one) => one.id === id);
    if (found === undefined) throw new AppError('E_NOT_FOUND', NOT_HIS);
    return found;
  };
  return {
    origin: () => party()?.origin ?? null,
    async ask(browser, half) {
      const known = half === null ? null : await state().passkeys.list(half.personId);
      return ceremonies().assertion(useOf(browser, half), known, nowMs());
    },
    signIn: (answer, browser, half, from) => signIn(context, ceremonies(), { answer, browser, half, from }),
    list: async ({ personId }) => (await state().passkeys.list(personId)).map(shown),
    async offer(caller) {
      await mustBeOfHere(context, caller);
      const { name, personId } = caller;
      if (await state().oidcLinks.has(personId))
        throw new AppError('E_USAGE', 'this account is of another place: passkeys are made there');
      const handle = await state().passkeys.handleOf(personId, random);
      const known = await state().passkeys.list(personId);
      return ceremonies().registration({ asked: `person ${personId}`, name, handle, known, nowMs: nowMs() });
    },
    add: (caller, name, answer) => add(context, ceremonies(), caller, { name, answer }),
    async rename(caller, id, name) {
      const { name: before } = await own(caller, id);
      await act(caller.name, 'account.passkey-renamed', caller.name, { passkey: name, before });
      await state().passkeys.rename(caller.personId, id, name);
    },
    async remove(caller, id) {
      const { name } = await own(caller, id);
      await act(caller.name, 'account.passkey-removed', caller.name, { passkey: name });
      await state().passkeys.remove(caller.personId, id);
      await state().signIns.endAll(caller.personId, caller.sessionId);
    },
  };
}

function useOf(browser: string, half: Recognised | null): ChallengeUse {
  return half === null
    ? { purpose: 'sign-in', asked: browser }
    : { purpose: 'second-factor', asked: `${half.personId} ${browser}` };
}

async function add(
  { state, act, nowMs }: AccountsContext,
  ceremonies: PasskeyCeremonies,
  { name: who, personId, sessionId }: PersonCaller,
  { name, answer }: { readonly name: string; readonly answer: RegistrationAnswer },
): Promise<void> {
  const made = await ceremonies.register(answer, `person ${personId}`, nowMs());
  if ((await state().passkeys.byId(made.id)) !== null) throw new AppError('E_USAGE', 'this passkey is known already');
  await act(who, 'account.passkey-added', who, { passkey: name, aaguid: made.aaguid, synced: made.isSynced });
  await state().passkeys.add({ ...made, personId, name, nowMs: nowMs() });
  await state().signIns.endAll(personId, sessionId);
}

interface Answered {
  readonly answer: AssertionAnswer;
  readonly browser: string;
  readonly half: Recognised | null;
  readonly from: From;
}

/** The same words for a passkey that nobody has, one of somebody else, and one whose answer is not right. */
async function signIn(context: AccountsContext, ceremonies: PasskeyCeremonies, answered: Answered): Promise<ByPasskey> {
  const { state, failures, nowMs } = context;
  const { answer, browser, half, from } = answered;
  const how = half === null ? 'passkey' : 'password+passkey';
  const known = await state().passkeys.byId(answer.id);
  const isHis = known !== null && (half === null || known.personId === half.personId);
  const said = isHis
    ? await ceremonies.assert(answer, useOf(browser, half), known, nowMs()).catch((error: unknown) => error)
    : new AppError('E_UNREADABLE', NOT_ACCEPTED);
  if (known === null || said instanceof Error || !isAssertion(said)) {
    await failures.tell(how, half?.name ?? '', from);
    throw said;
  }
  if (await state().passkeys.used(known.id, said.counter, nowMs())) return { personId: known.personId, how };
  return refuseDoubled(context, known, said.counter, from);
}

function isAssertion(said: unknown): said is { readonly counter: number } {
  return typeof said === 'object' && said !== null && 'counter' in said;
}

/** Its answer was right, and its counter was not: somebody may have a copy. Which of both is the owner's cannot be known. */
async function refuseDoubled(context: AccountsContext, known: Passkey, counter: number, from: From): Promise<never> {
  const { state, act, failures, nowMs } = context;
  const name = (await state().people.byId(known.personId))?.name ?? '';
  if (known.doubledMs === null)
    await act(name, 'account.passkey-doubled', name, {
      passkey: known.name,
      counter,
      before: known.counter,
      ...wordsOf(from),
    });
  else await failures.tell('passkey', name, from);
  await state().passkeys.doubled(known.id, nowMs());
  throw new AppError(
    'E_UNREADABLE',
    'this passkey seems to be there twice, so it lets nobody in any more: sign in otherwise, remove it, and look who else has it',
  );
}

function shown({ id, name, isSynced, createdMs, usedMs, doubledMs }: Passkey): ShownPasskey {
  return {
    id,
    name,
    isSynced,
    created: instant(createdMs),
    used: usedMs === null ? null : instant(usedMs),
    doubled: doubledMs === null ? null : instant(doubledMs),
  };
}
