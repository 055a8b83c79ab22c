import * as z from 'zod';
import type { Gap } from '../api/asking.ts';
import type { SessionDeed, SessionsAnswer, ShownSession, SummariesView } from '../api/summaries.ts';
import type { Deed, PastSession } from '../search/past-sessions.ts';
import { endingLines, personLines } from '../store/queries/person-sessions.ts';
import { ask, whole } from '../store/query.ts';
import { cursorOf, placeIn } from './cursor.ts';
import type { Missing } from './missing.ts';
import { storeOf } from './question.ts';
import type { Server } from './serve.ts';
import { MOST_LINES, toldOf } from './session-looks.ts';
import { gapsOf, windowOf } from './summary-window.ts';

const place = z.strictObject({ sinceUs: whole, first: whole });

/** Sessions of a person, or of everybody, newest first. Throws E_USAGE. */
export async function sessionsOf(
  server: Server,
  missing: Missing,
  { person = '', host = '', limit, cursor, ...times }: Parameters<SummariesView['sessions']>[0],
  signal: AbortSignal,
): Promise<SessionsAnswer> {
  const window = windowOf(times);
  const before = placeIn(cursor, place);
  const store = storeOf(server);
  const told = await toldOf(
    {
      own: (wish) => ask(store, personLines, wish, signal),
      ending: (wish) => ask(store, endingLines, wish, signal),
    },
    { person, host, ...window, before, enough: limit + 1 },
  );
  const page = told.sessions.slice(0, limit);
  const last = told.sessions.length > limit ? page.at(-1)?.session : undefined;
  return {
    since: isoOf(window.fromUs),
    until: isoOf(window.toUs),
    sessions: page.map(shownSession),
    next:
      last === undefined
        ? null
        : cursorOf({ sinceUs: last.sinceUs, first: last.first } satisfies z.output<typeof place>),
    missing: [...(last === undefined ? cutGap(told.cutUs) : []), ...(await gapsOf(server, missing, window, signal))],
  };
}

function cutGap(cutUs: number | null): Gap[] {
  if (cutUs === null) return [];
  const words = `There are more than ${MOST_LINES.toLocaleString('en')} lines about sessions: those that began before ${isoOf(cutUs).slice(0, 19)}Z are not looked at. Ask for one person, one host or a shorter time.`;
  return [{ kind: 'index', words }];
}

const isoOf = (us: number) => new Date(Math.floor(us / 1000)).toISOString();

function shownSession({ session, endUs, how, country, asOrg, deeds }: PastSession): ShownSession {
  const { user, host, sinceUs, from, method, key, service, as, first, certainty, opened } = session;
  const doubts = [
    ...(how === 'host' ? ['its host stopped or began then: no line tells its own end'] : []),
    ...(how === 'unseen' ? ['its end was not seen: then the next one of the same process began'] : []),
    ...(endUs === null && !opened ? ['only its login was seen: no line may tell its end'] : []),
    ...(certainty === 'none' ? ['its line has no time: that of its arrival is given'] : []),
    ...(deeds.some(({ unsure }) => unsure) ? ['what was done may be of another session of the same person there'] : []),
  ];
  return {
    user,
    host,
    since: isoOf(sinceUs),
    until: endUs === null ? null : isoOf(endUs),
    from,
    country,
    network: asOrg,
    method,
    key,
    service,
    as,
    position: String(first),
    did: deeds.map(shownDeed),
    doubts,
  };
}

const shownDeed = ({ atUs, untilUs, by, as, command, outcome, first }: Deed): SessionDeed => ({
  at: isoOf(atUs),
  until: untilUs === null ? null : isoOf(untilUs),
  by,
  as,
  command,
  outcome,
  position: String(first),
});
