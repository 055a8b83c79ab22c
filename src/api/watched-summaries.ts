import type { FastifyRequest } from 'fastify';
import { AppError } from '../core/errors.ts';
import { maskedAccess, maskedAttackers, maskedSessions } from './masked.ts';
import type { SummariesView } from './summaries.ts';
import type { ServerView } from './view.ts';
import { mustBeClear, onRecord, seer } from './watched.ts';

/** What summaries are asked by one caller, on record, as he may see it. */
export function summariesFor(
  { summaries, watched }: Pick<ServerView, 'summaries' | 'watched'>,
  request: FastifyRequest,
): SummariesView {
  const who = seer(watched, request);
  const { caller, sight } = who;
  const { masker } = watched;
  const { isMasked } = sight;
  const recorded = <T>(
    what: string,
    about: string,
    detail: object,
    ask: () => Promise<T>,
    count: (answer: T) => number,
  ) => onRecord(watched, who, { what, about, detail: { ...detail } }, { ask, count });
  return {
    async sessions(asked, signal) {
      if (asked.person !== undefined) mustBeClear(sight, 'who it was');
      const count = ({ sessions }: { sessions: readonly unknown[] }) => sessions.length;
      const answer = await recorded(
        'sessions',
        asked.person ?? '',
        asked,
        () => summaries.sessions(asked, signal),
        count,
      );
      return isMasked ? maskedSessions(masker, answer) : answer;
    },
    async attackers({ cursor, ...asked }, signal) {
      // A cursor has an address in it: whoever could make one would learn by it which masked address is which.
      const from = cursor === undefined || !isMasked ? cursor : watched.open(caller, cursor);
      if (from === null) throw new AppError('E_USAGE', 'cursor: give the "next" of the page before, as it stands');
      const ask = () => summaries.attackers({ ...asked, cursor: from }, signal);
      const answer = await recorded('attackers', '', asked, ask, ({ attackers }) => attackers.length);
      if (!isMasked) return answer;
      const next = answer.next === null ? null : watched.seal(caller, answer.next);
      return { ...maskedAttackers(masker, answer), next };
    },
    async address(address, asked, signal) {
      mustBeClear(sight, 'an address');
      const ask = () => summaries.address(address, asked, signal);
      return recorded('address', address, asked, ask, ({ hours }) => hours.length);
    },
    async newAccess(asked, signal) {
      const ask = () => summaries.newAccess(asked, signal);
      const answer = await recorded('new-access', '', asked, ask, ({ access }) => access.length);
      return isMasked ? maskedAccess(masker, answer) : answer;
    },
    histogram: (asked, signal) =>
      recorded(
        'histogram',
        '',
        asked,
        () => summaries.histogram({ ...asked, sight }, signal),
        ({ steps }) => steps.reduce((sum, { events }) => sum + events, 0),
      ),
  };
}
