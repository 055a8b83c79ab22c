import type { PresentSession, WhoAnswer } from '../api/asking.ts';
import { AppError } from '../core/errors.ts';
import { counted } from '../core/text.ts';
import { type OpenSession, openSessions } from '../search/sessions-now.ts';
import { readSince } from '../search/since.ts';
import { heardHosts, sessionEvents } from '../store/queries/session-events.ts';
import { ask } from '../store/query.ts';
import { nowUs, storeOf } from './question.ts';
import type { Server } from './serve.ts';
import { dueOf } from './summary-window.ts';

const MOST_LINES = 100_000;
const MOST_NAMED = 20;
const TAKEN = /^(?:su|sudo|doas|pkexec)/;

/** Who is in now, by the lines about sessions in the index. Throws E_USAGE for a time that is none. */
export async function whoIsIn(
  server: Server,
  { host = '', since = '7d' }: { readonly host?: string | undefined; readonly since?: string | undefined },
  signal: AbortSignal,
): Promise<WhoAnswer> {
  const now = nowUs();
  const wish = readSince(since, 'since', now);
  if (wish.is !== 'time' || wish.fromUs === null) throw new AppError('E_USAGE', 'since: a time is wanted');
  const store = storeOf(server);
  const lines = await ask(store, sessionEvents, { fromUs: wish.fromUs, host, limit: MOST_LINES }, signal);
  const heard = await ask(store, heardHosts, { fromUs: wish.fromUs }, signal);
  const fromUs = lines.length < MOST_LINES ? wish.fromUs : (lines[0]?.ts_us ?? wish.fromUs);
  const silent = await silentOf(server);
  const told = new Set(lines.map((line) => line.host));
  const mute = heard.map((one) => one.host).filter((name) => !told.has(name) && (host === '' || name === host));
  return {
    at: new Date(now / 1000).toISOString(),
    since: new Date(fromUs / 1000).toISOString(),
    sessions: openSessions(lines).map((session) => shown(session, silent.get(session.host))),
    unknown: [
      `Who came in before ${isoOf(fromUs)} and did nothing since is not seen${fromUs > wish.fromUs ? `: there are more than ${MOST_LINES} lines about sessions` : ''}.`,
      ...(mute.length === 0
        ? []
        : [
            `${named(mute)} ${mute.length === 1 ? 'sends' : 'send'} lines, but none about sessions: who is in there is not known.`,
          ]),
      ...[...silent].filter(([name]) => host === '' || name === host).map(([, words]) => words),
      ...lagOf(server),
      ...dueOf(server).map(({ words }) => words),
    ],
  };
}

function lagOf(server: Server): string[] {
  const { indexed, durable } = server.index.position;
  const { horizon } = server.upkeep;
  return [
    ...(durable > indexed ? [`${counted(durable - indexed, 'record waits', 'records wait')} to be indexed.`] : []),
    ...(horizon === null ? [] : [`The index is whole from ${horizon.slice(0, 10)} on.`]),
  ];
}

const isoOf = (us: number) => `${new Date(us / 1000).toISOString().slice(0, 19)}Z`;
const named = (hosts: readonly string[]) =>
  hosts.length <= MOST_NAMED
    ? hosts.join(', ')
    : `${hosts.slice(0, MOST_NAMED).join(', ')} and ${hosts.length - MOST_NAMED} more`;

/** Hosts of streams that are silent now, with what is said of it. '' stands for not knowing. */
async function silentOf({ state, options }: Server): Promise<Map<string, string>> {
  const { origin } = options.config.ledger;
  const hosts = new Map<string, string>();
  try {
    const { sources, sourceEvents } = state.state;
    const silences = await sourceEvents.list({ origin, kind: 'silence', open: true, limit: 1000 });
    if (silences.length === 0) return hosts;
    const known = new Map((await sources.list(origin)).map((source) => [source.stream, source.hosts]));
    for (const { stream, atMs } of silences)
      for (const name of known.get(stream) ?? [])
        hosts.set(
          name,
          `${stream} is silent since ${isoOf(atMs * 1000)}: who left or came to ${name} since is not seen.`,
        );
  } catch {
    hosts.set('', 'Whether sources are silent is not known now: the state’s database does not answer.');
  }
  return hosts;
}

function shown(session: OpenSession, silent: string | undefined): PresentSession {
  const { user, host, from, method, key, service, as, first, certainty, opened, sinceUs } = session;
  const doubts = [
    ...(silent === undefined ? [] : ['its host is silent']),
    ...(opened ? [] : ['only its login was seen: no line may tell its end']),
    ...(from !== '' ? [] : [TAKEN.test(service) ? 'of which login is not known' : 'no line says from where']),
    ...(certainty === 'none' ? ['its line has no time: that of its arrival is given'] : []),
  ];
  return { user, host, since: isoOf(sinceUs), from, method, key, service, as, position: String(first), doubts };
}
