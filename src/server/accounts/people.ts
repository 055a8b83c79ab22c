import { personName } from '../../access/names.ts';
import type { PeopleView, ShownPerson } from '../../api/access.ts';
import { AppError } from '../../core/errors.ts';
import type { Person } from '../../state/people.ts';
import { type AccountsContext, personNamed, shownPerson } from './context.ts';
import { offerLink, ownName } from './links.ts';

/** What an admin does to accounts. One at a time: of two admins that disable each other, one stays. */
export function peopleOf(context: AccountsContext): PeopleView {
  const { state, act, nowMs } = context;
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done.catch(() => {}); // told to whoever asked
    return done;
  };
  const change = (name: string, work: (person: Person) => Promise<void>): Promise<ShownPerson> =>
    inTurn(async () => {
      const { id } = await personNamed(context, personName(name)).then(async (person) => {
        await work(person);
        return person;
      });
      await state().signIns.endAll(id); // with other rights, he signs in anew
      return shownPerson(await personNamed(context, personName(name)));
    });
  return {
    list: async () => (await state().people.list()).map(shownPerson),
    add: (who, typed, role) =>
      inTurn(async () => {
        const name = ownName(typed);
        const { people } = state();
        if ((await people.byName(name)) !== null) throw new AppError('E_USAGE', `the name ${name} is taken`);
        await act(who, 'account.add', name, { role });
        const person = await people.add({ name, role, nowMs: nowMs() });
        return { person: shownPerson(person), link: await offerLink(context, who, person) };
      }),
    link: async (who, name) =>
      offerLink(context, who, name === null ? null : await personNamed(context, personName(name))),
    setRole: (who, typed, role) =>
      change(typed, async ({ id, name, role: before }) => {
        if (role !== 'admin') await needsAnother(context, id);
        await act(who, 'account.role', name, { role, before });
        await state().people.setRole(id, role);
      }),
    setDisabled: (who, typed, disabled) =>
      change(typed, async ({ id, name }) => {
        if (disabled) await needsAnother(context, id);
        await act(who, disabled ? 'account.disable' : 'account.enable', name, {});
        await state().people.setDisabled(id, disabled ? nowMs() : null);
        if (disabled) await state().tokens.revokeAll('api', id, nowMs()); // who comes back makes new ones
      }),
  };
}

/** Throws E_USAGE when nobody else is an admin. */
async function needsAnother({ state }: AccountsContext, id: number): Promise<void> {
  const all = await state().people.list();
  const isAdmin = ({ role, disabledMs }: Person) => role === 'admin' && disabledMs === null;
  if (all.some((one) => one.id === id && isAdmin(one)) && !all.some((one) => one.id !== id && isAdmin(one)))
    throw new AppError('E_USAGE', 'this is the only admin: make another first (spoor admin link)');
}
