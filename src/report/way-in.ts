import { pageOfUrl } from '../trace/finding-of.ts';
import type { Entry, Session } from '../trace/story.ts';
import { DUMPED, GUESSED_LOGIN, LED, SHELL } from '../trace/web-kinds.ts';
import { duration } from './clock.ts';
import { type Line, line, type Span, say, wrap } from './layout.ts';
import { type WebFinding, webWayIn } from './open-question.ts';
import { labelled, loginLine, quote, type Telling } from './telling.ts';
import { byMethod, count, nameOf, number, placeOf } from './words.ts';

const MAX_PAGE = 160;

/** `412 tries in 37 min`, or `412 failed tries in 37 min`; '' when there was none. */
export function triesBefore({ failuresBefore, guessingSeconds }: Entry, kind = ''): string {
  if (failuresBefore === 0) return '';
  const time = duration(guessingSeconds);
  return `${count(failuresBefore, `${kind}try`, `${kind}tries`)}${time ? ` in ${time}` : ''}`;
}

function how(entry: Entry): Line {
  const user = say(nameOf(entry.user, 'an unknown user'), 'strong');
  const tries = triesBefore(entry);
  const guessable = entry.method === '' || entry.method.startsWith('password') || entry.method.startsWith('keyboard');
  if (tries && guessable) return line('guessed the password of ', user, ': ', say(tries, 'bad'));
  const way = byMethod(entry.method) || 'in a way that the logs do not tell';
  return line(
    'in as ',
    user,
    ', ',
    way,
    tries ? `, after ${triesBefore(entry, 'failed ')}` : entry.method && ', without a failed try before',
  );
}

const STATES: Readonly<Record<Session['state'], string>> = {
  closed: '',
  open: 'no logout in the logs: may still be in',
  cut: 'until the log or the host stopped',
  no_start: 'the login line is missing',
};

/** `stayed 42 min, acted as root, 38 steps, session s1` */
export function stayed(session: Session): Line {
  const time = duration(session.seconds);
  const parts: Span[] = [];
  if (time) parts.push(say(session.state === 'closed' ? `stayed ${time}` : `at least ${time}`));
  if (STATES[session.state]) parts.push(say(STATES[session.state], 'warn'));
  if (session.root) parts.push(say('acted as root', 'bad'));
  if (session.stepsTotal > 0)
    parts.push(say(`${number(session.stepsTotal)} ${session.stepsTotal === 1 ? 'thing' : 'things'} done`));
  return parts.flatMap((part, at) => (at === 0 ? [part] : [say(' · ', 'faint'), part]));
}

function first(telling: Telling, entry: Entry): Line[] {
  const { story, room } = telling;
  const place = placeOf(entry.place);
  const address = nameOf(entry.address, 'from an address that the logs do not name');
  const session = story.sessions.find(({ id }) => id === entry.session);
  const proof = loginLine(entry, story);
  return [
    ...wrap(line(say(address, 'bad'), place ? `  ${place}` : ''), room, 2),
    ...wrap(how(entry), room, 2),
    ...(session ? wrap(stayed(session), room, 2) : []),
    ...(proof ? [quote(telling, proof)] : []),
  ];
}

/** What was done through a page. */
function throughPage({ title }: WebFinding): string {
  if (title === SHELL.title) return 'ran commands by a script of theirs: ';
  if (title === GUESSED_LOGIN.title) return 'guessed a password of the web login ';
  return title === DUMPED.title ? 'read the database through ' : 'made the server run commands through ';
}

function firstRequest(telling: Telling, found: WebFinding): Line[] {
  const { story, room } = telling;
  const { address, urls } = found.request;
  const known = story.attackers.find((attacker) => attacker.address === address);
  const place = known ? placeOf(known.place) : '';
  const [proof] = found.evidence;
  const page = say(pageOfUrl(urls[0] ?? '').slice(0, MAX_PAGE) || 'a page', 'strong');
  const often = found.count > 1 && found.title !== LED.title ? say(` ×${number(found.count)}`, 'faint') : '';
  return [
    ...wrap(
      line(say(nameOf(address, 'from an address that the logs do not name'), 'bad'), place ? `  ${place}` : ''),
      room,
      2,
    ),
    ...wrap(line(throughPage(found), page, often), room, 2),
    ...(proof ? [quote(telling, proof)] : []),
  ];
}

/** How the first intruder came in, with the line that shows it. */
export function wayIn(telling: Telling): Line[] {
  const [entry] = telling.entries;
  const request = webWayIn(telling.story);
  if (request !== null) return labelled('The way in', firstRequest(telling, request));
  if (!entry) return [];
  return labelled(telling.story.verdict === 'breached' ? 'The way in' : 'To check', first(telling, entry));
}
