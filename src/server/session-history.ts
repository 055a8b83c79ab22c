import * as z from 'zod';
import type { Gap } from '../api/asking.ts';
import type { SessionDeed, SessionsAnswer, ShownSession, SummariesView } from '../api/summaries.ts';
import { type Deed, type PastSession, pastSessions } from '../search/past-sessions.ts';
import { endingLines, personLines, type SessionLine } from '../store/queries/person-sessions.ts';
import { ask, whole } from '../store/query.ts';
import { cursorOf, placeIn } from './cursor.ts';
import type { Missing } from './missing.ts';
import { storeOf } from './question.ts';
import type { Server } from './serve.ts';
import { gapsOf, type Window, windowOf } from './summary-window.ts';

/** Lines that are looked at first, and at most: where few sessions are asked for, the newest lines are enough. */
const FIRST_LINES = 4000;
const LINES_A_SESSION = 12;
const FEW = 200;
const MOST_LINES = 100_000;
const MONTH_US = 30 * 86_400_000_000;
const place = z.strictObject({ sinceUs: whole, first: whole });
type Place = z.output<typeof place>;

interface Told {
  /** The newest first. */
  readonly sessions: readonly PastSession[];
  /** Sessions that began before are not told; null: all are. */
  readonly cutUs: number | null;
}

/** Sessions of a person, or of everybody, newest first. Throws E_USAGE. */
export async function sessionsOf(
  server: Server,
  missing: Missing,
  { person = '', host = '', limit, cursor, ...times }: Parameters<SummariesView['sessions']>[0],
  signal: AbortSignal,
): Promise<SessionsAnswer> {
  const window = windowOf(times);
  const before = placeIn(cursor, place);
  let told: Told = { sessions: [], cutUs: null };
  for (const look of looksAt(window, limit)) {
    told = await toldBy(server, { person, host, ...look }, signal);
    const older = before === undefined ? told.sessions : told.sessions.filter((one) => isBefore(one, before));
    told = { ...told, sessions: older };
    if (told.cutUs === null || older.length > limit) break;
  }
  const page = told.sessions.slice(0, limit);
  const last = told.sessions.length > limit ? page.at(-1)?.session : undefined;
  return {
    since: isoOf(window.fromUs),
    until: isoOf(window.toUs),
    sessions: page.map(shownSession),
    next: last === undefined ? null : cursorOf({ sinceUs: last.sinceUs, first: last.first } satisfies Place),
    missing: [...(last === undefined ? cutGap(told.cutUs) : []), ...(await gapsOf(server, missing, window, signal))],
  };
}

const isBefore = ({ session }: PastSession, { sinceUs, first }: Place) =>
  session.sinceUs < sinceUs || (session.sinceUs === sinceUs && session.first < first);

function cutGap(cutUs: number | null): Gap[] {
  if (cutUs === null) return [];
  const words = `There are more than ${MOST_LINES.toLocaleString('en')} lines about sessions: those that began before ${isoOf(cutUs).slice(0, 19)}Z are not looked at. Ask for one person, one host or a shorter time.`;
  return [{ kind: 'index', words }];
}

interface Look {
  readonly fromUs: number;
  readonly toUs: number;
  readonly lines: number;
  /** There is more time before it. */
  readonly isPart: boolean;
}

/** The last month first, where few are asked for; then all of the time, with as many lines as should be enough, and then with more. */
function looksAt({ fromUs, toUs }: Window, limit: number): Look[] {
  const looks: Look[] = [];
  const enough = Math.max(FIRST_LINES, limit * LINES_A_SESSION);
  const monthUs = toUs - MONTH_US;
  if (limit <= FEW && fromUs < monthUs - MONTH_US) looks.push({ fromUs: monthUs, toUs, lines: enough, isPart: true });
  for (const lines of [enough, 5 * enough, MOST_LINES]) looks.push({ fromUs, toUs, lines, isPart: false });
  return looks;
}

interface Wish extends Look {
  readonly person: string;
  readonly host: string;
}

async function toldBy(server: Server, wish: Wish, signal: AbortSignal): Promise<Told> {
  const { person, host, fromUs, toUs, lines: limit, isPart } = wish;
  const store = storeOf(server);
  const own = await ask(store, personLines, { person, host, fromUs, toUs, limit }, signal);
  const isCut = own.length === limit;
  const sinceUs = isCut ? (own[0]?.ts_us ?? fromUs) : fromUs;
  const ends = person === '' || own.length === 0 ? [] : await endsOf(server, own, { ...wish, fromUs: sinceUs }, signal);
  const sessions = pastSessions(inOrder(own, ends));
  return { sessions: sessions.reverse(), cutUs: isCut || isPart ? sinceUs : null };
}

/** Lines that end what these began, and are another's. */
async function endsOf(
  server: Server,
  own: readonly SessionLine[],
  { person, fromUs, toUs }: Wish,
  signal: AbortSignal,
) {
  const taken = own.filter(({ effective, action }) => effective !== '' && action === 'session_open');
  const asked = {
    accounts: distinct(['', ...taken.map(({ effective }) => effective)]).filter((name) => name !== person),
    pids: distinct(taken.map(({ pid }) => pid)),
    ids: distinct(own.map(({ session_id: id }) => id)),
    hosts: distinct(own.map((line) => line.host)),
    fromUs,
    toUs,
    limit: MOST_LINES,
  };
  return ask(storeOf(server), endingLines, asked, signal);
}

const distinct = <T>(all: readonly T[]): T[] => [...new Set(all)];

function inOrder(own: readonly SessionLine[], ends: readonly SessionLine[]): SessionLine[] {
  return [...own, ...ends].sort((a, b) => a.ts_us - b.ts_us || a.first - b.first);
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
