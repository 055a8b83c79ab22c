import { PERMISSIONS, type Permission, TOKEN_PERMISSIONS } from '../../access/roles.ts';
import type { ShownToken, TokensView } from '../../api/access.ts';
import { AppError } from '../../core/errors.ts';
import type { Token } from '../../state/tokens.ts';
import { scopeOf } from './callers.ts';
import { type AccountsContext, instant } from './context.ts';

const DAY_MS = 24 * 3_600_000;
const MOST_DAYS = 366;
const MOST_TOKENS = 50;

/** Tokens by which programs ask in one's name. */
export function tokensOf({ state, act, nowMs, random }: AccountsContext): TokensView {
  const held = async (personId: number): Promise<Token[]> => {
    const at = nowMs();
    const all = await state().tokens.list({ kind: 'api', personId });
    return all.filter(({ revokedMs, expiresMs }) => revokedMs === null && (expiresMs ?? 0) > at);
  };
  return {
    list: async ({ personId }) => (await held(personId)).map(shown),
    async make({ name: who, personId, may }, { name, may: wanted, days }) {
      const beyond = wanted.filter((one) => !may.has(one) || !TOKEN_PERMISSIONS.includes(one));
      if (wanted.length === 0 || beyond.length > 0)
        throw new AppError(
          'E_USAGE',
          `a token can have of yours: ${TOKEN_PERMISSIONS.filter((one) => may.has(one)).join(', ')}`,
        );
      if (name.trim() === '') throw new AppError('E_USAGE', 'a token needs a name: what is it for?');
      if (!(days >= 1 && days <= MOST_DAYS)) throw new AppError('E_USAGE', `a token holds 1 to ${MOST_DAYS} days`);
      if ((await held(personId)).length >= MOST_TOKENS)
        throw new AppError('E_USAGE', `you have ${MOST_TOKENS} tokens: end some first`);
      const at = nowMs();
      const expiresMs = at + days * DAY_MS;
      await act(who, 'token.make', name, { may: wanted, expires: instant(expiresMs) });
      const wish = { kind: 'api', name, personId, scope: { may: wanted }, nowMs: at, expiresMs, random } as const;
      const { text, token } = await state().tokens.create(wish);
      return { text, token: shown(token) };
    },
    async revoke({ name: who, personId }, id) {
      const token = (await held(personId)).find((one) => one.id === id);
      if (token === undefined) throw new AppError('E_NOT_FOUND', 'you have no such token');
      await act(who, 'token.end', token.name, { token: id });
      await state().tokens.revoke(id, nowMs());
    },
  };
}

function shown({ id, name, scope, createdMs, expiresMs, usedMs }: Token): ShownToken {
  return {
    id,
    name,
    may: scopeOf(scope).filter((one): one is Permission => Object.hasOwn(PERMISSIONS, one)),
    created: instant(createdMs),
    expires: instant(expiresMs ?? 0),
    used: usedMs === null ? null : instant(usedMs),
  };
}
