import { permissionsOf, permissionsOfToken } from '../../access/roles.ts';
import type { CallersView } from '../../api/access.ts';
import type { AccountsContext } from './context.ts';

const MINUTE_MS = 60_000;

/** Who asks. */
export function callersOf(context: AccountsContext): CallersView {
  const { state, nowMs, isLoopback } = context;
  let somebody = false; // nobody is ever removed: once there is somebody, there is
  const anybody = async (): Promise<boolean> => {
    somebody ||= await state().people.any();
    return somebody;
  };
  return {
    isOpen: async () => isLoopback && !(await anybody()),
    async bySession(text, from) {
      const { people, signIns } = state();
      const signIn = await signIns.use(text, { ...from, nowMs: nowMs() });
      if (signIn === null) return null;
      const person = await people.byId(signIn.personId);
      if (person === null || person.disabledMs !== null || person.role === null) return null;
      const { id: personId, name, role } = person;
      const may = permissionsOf(role);
      return { kind: 'person', name, may, personId, role, sessionId: signIn.id, provenMs: signIn.beganMs };
    },
    async byToken(text) {
      const { people, tokens } = state();
      const token = await tokens.check('api', text, nowMs());
      if (token === null || token.personId === null) return null;
      const owner = await people.byId(token.personId);
      if (owner === null || owner.disabledMs !== null || owner.role === null) return null;
      if ((token.usedMs ?? 0) < nowMs() - MINUTE_MS) await tokens.touch(token.id, nowMs());
      const may = permissionsOfToken(scopeOf(token.scope), owner.role);
      const name = `${owner.name} by token ${token.id}`;
      return { kind: 'token', name, may, personId: owner.id, tokenId: token.id };
    },
  };
}

/** Permissions that a token was made for. */
export function scopeOf(scope: Readonly<Record<string, unknown>>): string[] {
  const { may } = scope;
  return Array.isArray(may) ? may.filter((one) => typeof one === 'string') : [];
}
