import { type OidcIdentity, OidcProvider, oidcFlow } from '../../access/oidc.ts';
import { accountName, isCutShort, roleOf } from '../../access/oidc-claims.ts';
import type { OidcSettings } from '../../access/oidc-config.ts';
import type { Role } from '../../access/roles.ts';
import { CookieSeal } from '../../access/sealed-cookie.ts';
import type { From } from '../../api/access.ts';
import { AWAY_S, type OidcView } from '../../api/other-ways.ts';
import { AppError } from '../../core/errors.ts';
import type { Person } from '../../state/people.ts';
import { type AccountsContext, wordsOf } from './context.ts';
import { typedUrl } from './typed-url.ts';

const PURPOSE = 'oidc';
const MOST_NAMESAKES = 100;

/** Who the ledger says did it, when a provider's word made or changed an account. */
const SERVER = 'server';

/** Accounts of other places at work. The role is the provider's to say, at each sign-in anew. */
export function oidcOf(context: AccountsContext, settings: readonly OidcSettings[]): OidcView {
  const { nowMs, random, failures } = context;
  const seal = new CookieSeal(random);
  const origin = () => typedUrl(context.url()).origin;
  const made = new Map<string, OidcProvider>();
  const providerOf = (id: string): OidcProvider => {
    const one = settings.find((each) => each.id === id);
    if (one === undefined) throw new AppError('E_NOT_FOUND', `http.oidc names no provider ${id.slice(0, 40)}`);
    const known = made.get(id) ?? new OidcProvider(one, `${origin()}/sign-in/oidc/${id}/callback`, nowMs);
    made.set(id, known);
    return known;
  };
  let turn: Promise<unknown> = Promise.resolve();
  /** One at a time: who comes for the first time in two windows gets one account. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done.catch(() => {}); // told to whoever came
    return done;
  };
  return {
    origin,
    links: settings.map(({ id, label }) => ({ id, label: label ?? id })),
    async begin(id) {
      const { location, flow } = await providerOf(id).begin();
      return { location, cookie: seal.seal(PURPOSE, flow, nowMs() + AWAY_S * 1000) };
    },
    async finish(id, query, cookie, from) {
      const provider = providerOf(id);
      const how = `oidc ${id}`;
      const { data: flow } = oidcFlow.safeParse(seal.open(PURPOSE, cookie ?? undefined, nowMs()));
      if (flow?.provider !== id)
        throw new AppError('E_SIGN_IN', 'this was not begun in this browser, or it took too long: begin anew');
      try {
        const identity = await provider.finish(query, flow);
        return { personId: await inTurn(() => admit(context, provider.settings, identity, from)), how };
      } catch (error) {
        if (error instanceof AppError && error.code === 'E_UNREADABLE') await failures.tell(how, '', from);
        throw error;
      }
    },
  };
}

/** The account of who came, with the role that the provider's claims give today. Throws E_UNREADABLE when they give none. */
async function admit(
  context: AccountsContext,
  settings: OidcSettings,
  identity: OidcIdentity,
  from: From,
): Promise<number> {
  const { state, nowMs } = context;
  const role = roleOf(identity.claims, settings.roles);
  const linked = await state().oidcLinks.find(identity);
  const person = linked === null ? null : await state().people.byId(linked);
  if (person !== null) {
    if (person.role !== role) await changeRole(context, person, role, settings.id);
    if (role === null) throw noRole(settings, identity);
    await state().oidcLinks.used(person.id, nowMs());
    return person.id;
  }
  if (role === null) throw noRole(settings, identity);
  return make(context, settings, { identity, role, from });
}

/** With another role, or none, all that he is signed in as ends, and what he made tokens for shrinks by itself. */
async function changeRole(
  { state, act }: AccountsContext,
  { id, name, role: before }: Person,
  role: Role | null,
  provider: string,
): Promise<void> {
  await act(SERVER, 'account.role', name, { role, before, by: `oidc ${provider}` });
  await state().people.setRole(id, role);
  await state().signIns.endAll(id);
}

async function make(
  context: AccountsContext,
  { id: provider, nameClaim }: OidcSettings,
  { identity, role, from }: { readonly identity: OidcIdentity; readonly role: Role; readonly from: From },
): Promise<number> {
  const { state, act, nowMs } = context;
  const { people, oidcLinks } = state();
  const name = await freeName(context, (take) => accountName(identity.claims, nameClaim, provider, take));
  const { issuer, subject } = identity;
  await act(SERVER, 'account.make', name, { role, by: `oidc ${provider}`, issuer, subject, ...wordsOf(from) });
  const person = await people.add({ name, role, nowMs: nowMs() });
  await oidcLinks.add(identity, person.id, nowMs());
  return person.id;
}

async function freeName({ state }: AccountsContext, nameOf: (take: number) => string): Promise<string> {
  for (let take = 1; take <= MOST_NAMESAKES; take += 1) {
    const name = nameOf(take);
    if ((await state().people.byName(name)) === null) return name;
  }
  throw new AppError('E_USAGE', `too many people are called ${nameOf(1)}: ask an admin`);
}

function noRole({ id, roles }: OidcSettings, { claims }: OidcIdentity): AppError {
  const why = isCutShort(claims, roles)
    ? 'it did not list the groups, as there are too many: have it send only those that http.oidc names'
    : 'no rule of http.oidc fits what it says of you';
  return new AppError('E_UNREADABLE', `${id} knows you, and you have no role here (${why}): ask an admin`);
}
