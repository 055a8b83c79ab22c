import { hash } from 'node:crypto';
import { codesHoldFrom, recoveryDigest, stepOfCode } from '../../access/totp.ts';
import type { From, Recognised, SignInView } from '../../api/access.ts';
import { AppError } from '../../core/errors.ts';
import type { PersonSecrets } from '../../state/people.ts';
import { type AccountsContext, instant, wordsOf } from './context.ts';

const WRONG = 'the name or the password is not right';
const LONGEST_NAME = 63;

/** Ways in by a password and a second factor; and the beginning and end of a session, whatever the way in. */
export function signInOf(context: AccountsContext): SignInView {
  const { state, act, failures } = context;
  return {
    password: (name, password, from) => byPassword(context, name, password, from),
    code: (who, code, from) => byCode(context, who, code, from),
    async begin({ personId, proof }, how, from, before) {
      const { people, signIns, oidcLinks } = state();
      await mustStillHold(context, personId, proof);
      const person = await people.byId(personId);
      if (person === null || person.disabledMs !== null || person.role === null)
        throw new AppError('E_SIGN_IN', 'this account may not sign in: an admin can change that');
      if (!how.startsWith('oidc ') && (await oidcLinks.has(personId)))
        throw new AppError('E_SIGN_IN', 'this account is of another place: sign in by that'); // or its role would outlive that place's word
      await act(person.name, 'sign-in', person.name, { how, ...wordsOf(from) });
      const { nowMs, random } = context;
      const old = before === null ? null : await signIns.use(before, { ...from, nowMs: nowMs() });
      if (old !== null) await signIns.end(old.personId, old.id);
      const { text, signIn } = await signIns.begin({ personId, how, ...from, nowMs: nowMs(), random });
      try {
        await mustStillHold(context, personId, proof); // all sessions may have been ended just before this one was there
      } catch (error) {
        await signIns.end(personId, signIn.id);
        throw error;
      }
      return { text, endsMs: signIn.endsMs };
    },
    async end({ name, personId, sessionId }) {
      await act(name, 'sign-out', name, {});
      await state().signIns.end(personId, sessionId);
    },
    failed: (how, name, from) => failures.tell(how, name, from),
  };
}

/** Stands for a password and an authenticator, and shows neither. */
function proofOf({ passwordHash, totpSecret }: Pick<PersonSecrets, 'passwordHash' | 'totpSecret'>): string {
  return hash('sha256', `${passwordHash}\n${totpSecret}`);
}

/** Throws E_SIGN_IN when the password or the authenticator is another than the one that was shown. */
async function mustStillHold({ state }: AccountsContext, personId: number, proof: string | undefined): Promise<void> {
  if (proof === undefined) return;
  const secrets = await state().people.secretsOf(personId);
  if (secrets === null || proofOf(secrets) !== proof)
    throw new AppError('E_SIGN_IN', 'the password or the second factor was changed meanwhile: begin anew');
}

/** The same words and the same work, whether there is somebody of that name or not, has a password or not, is disabled or not. */
async function byPassword(context: AccountsContext, typed: string, password: string, from: From): Promise<Recognised> {
  const { state, passwords, guesses, failures, nowMs } = context;
  const name = typed
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .slice(0, LONGEST_NAME + 1);
  const isRight = guesses.begin('password', name, from.address, nowMs());
  const look = async () => {
    const { people } = state();
    const person = await people.byName(name.replaceAll('\0', '\ufffd'));
    const { passwordHash = null, totpSecret = null } = (await people.secretsOf(person?.id ?? 0)) ?? {};
    const mayTry = person !== null && person.disabledMs === null;
    return {
      person,
      passwordHash,
      totpSecret,
      compared: await passwords.compare(password, mayTry ? passwordHash : null),
    };
  };
  const { person, passwordHash, totpSecret, compared } = await look().catch((error: unknown) => {
    isRight('unanswered'); // the state is away, or too many sign in: that is no guess
    throw error;
  });
  if (!compared.isRight || person === null || passwordHash === null) {
    await failures.tell('password', person?.name ?? '', from);
    throw new AppError('E_SIGN_IN', WRONG);
  }
  isRight();
  if (compared.fresh !== null) await state().people.rehash(person.id, passwordHash, compared.fresh);
  const hasPasskey = (await state().passkeys.usable(person.id)) > 0;
  const { id: personId, hasTotp } = person;
  const proof = proofOf({ passwordHash: compared.fresh ?? passwordHash, totpSecret });
  return { personId, name: person.name, needsCode: hasTotp || hasPasskey, hasTotp, hasPasskey, proof };
}

async function byCode(
  context: AccountsContext,
  who: Recognised,
  code: string,
  from: From,
): Promise<'totp' | 'recovery'> {
  const { state, guesses, failures, nowMs, act } = context;
  const isRight = guesses.begin('code', who.name, from.address, nowMs());
  const { people } = state();
  const secrets = await people.secretsOf(who.personId);
  if (secrets === null || secrets.totpSecret === null) throw new AppError('E_SIGN_IN', 'begin anew');
  const step = stepOfCode(secrets.totpSecret, code, secrets.totpStep, nowMs());
  if (step !== null && (await people.useStep(who.personId, step))) {
    isRight();
    return 'totp';
  }
  const digest = recoveryDigest(code);
  if (digest !== null && (await people.useRecovery(who.personId, digest, nowMs()))) {
    isRight();
    await act(who.name, 'account.recovery-code', who.name, wordsOf(from));
    return 'recovery';
  }
  await failures.tell('code', who.name, from);
  const heldFromMs = codesHoldFrom(secrets.totpStep, nowMs());
  if (heldFromMs === null)
    throw new AppError('E_SIGN_IN', 'the code is not right, or was used before: wait for the next');
  throw new AppError(
    'E_SIGN_IN',
    `the clock of this server was set back: codes hold from ${instant(heldFromMs)} on. Take a recovery code, or have an admin make a link: spoor admin link ${who.name}`,
  );
}
