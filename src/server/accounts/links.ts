import { personName } from '../../access/names.ts';
import { faultOfPassword } from '../../access/passwords.ts';
import type { Role } from '../../access/roles.ts';
import type { LinksView, OfferedLink, ShownLink } from '../../api/access.ts';
import { AppError } from '../../core/errors.ts';
import type { Person } from '../../state/people.ts';
import { type AccountsContext, instant, wordsOf } from './context.ts';

const LINK_MS = 24 * 3_600_000;
const ENDED = 'this link does not hold, or no more: spoor admin link makes another';

/**
 * Makes a link by which a person (null: a new admin) proves himself anew. Earlier ones for the same hold no more. `who` asks for it, for the
 * ledger.
 */
export async function offerLink(context: AccountsContext, who: string, person: Person | null): Promise<OfferedLink> {
  const { state, act, nowMs, random, url } = context;
  const at = nowMs();
  const expires = instant(at + LINK_MS);
  const name = person?.name ?? '';
  await act(who, 'account.link', name, { expires });
  const { tokens } = state();
  await tokens.revokeAll('link', person?.id ?? null, at);
  const personId = person?.id ?? null;
  const { text } = await tokens.create({ kind: 'link', name, personId, nowMs: at, expiresMs: at + LINK_MS, random });
  return { url: `${url()}/link/${text}`, expires };
}

interface Found extends ShownLink {
  readonly person: Person | null;
}

/** What links do. */
export function linksOf(context: AccountsContext): LinksView {
  return {
    async look(text) {
      const found = await find(context, text);
      return found === null ? null : { name: found.name, role: found.role };
    },
    async use(text, typed, password, from) {
      const found = await find(context, text);
      if (found === null) throw new AppError('E_SIGN_IN', ENDED);
      const name = found.name ?? ownName(typed);
      const fault = faultOfPassword(password, name);
      if (fault !== null) throw new AppError('E_USAGE', fault);
      const { state, act, passwords, nowMs } = context;
      const { people, tokens } = state();
      if (found.person === null && (await people.byName(name)) !== null)
        throw new AppError('E_USAGE', `the name ${name} is taken`);
      const hash = await passwords.hash(password);
      const what = found.person === null ? 'account.make' : 'account.set-anew';
      await act(name, what, name, { role: found.role, ...wordsOf(from) });
      if ((await tokens.useOnce('link', text, nowMs())) === null) throw new AppError('E_SIGN_IN', ENDED);
      const person = found.person ?? (await people.add({ name, role: found.role, nowMs: nowMs() }));
      await proveAnew(context, person, hash);
      return { personId: person.id };
    },
  };
}

/** A name that somebody chose. What ends so is what the ledger calls whoever uses the local socket. */
export function ownName(typed: string): string {
  const name = personName(typed);
  if (name.endsWith('@server')) throw new AppError('E_USAGE', 'no name ends with @server: choose another');
  return name;
}

/** Whatever the account was reached by before holds no more. */
async function proveAnew({ state, nowMs }: AccountsContext, { id }: Person, hash: string): Promise<void> {
  const { people, signIns, tokens, passkeys, oidcLinks } = state();
  await people.setPassword(id, hash);
  await people.setTotp(id, null);
  await passkeys.removeAll(id);
  await oidcLinks.remove(id); // from now on it is an account of here
  await signIns.endAll(id);
  await tokens.revokeAll('api', id, nowMs());
}

async function find({ state, nowMs }: AccountsContext, text: string): Promise<Found | null> {
  const { tokens, people } = state();
  const token = await tokens.check('link', text, nowMs());
  if (token === null) return null;
  if (token.personId === null) return { person: null, name: null, role: 'admin' satisfies Role };
  const person = await people.byId(token.personId);
  if (person === null || person.disabledMs !== null || person.role === null) return null;
  return { person, name: person.name, role: person.role };
}
