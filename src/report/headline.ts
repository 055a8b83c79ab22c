import type { Entry, Story } from '../trace/story.ts';
import { isOfWebBreach } from '../trace/web-kinds.ts';
import { type Line, line, type Span, say, wrap } from './layout.ts';
import { openQuestion, webWayIn } from './open-question.ts';
import { section } from './table.ts';
import type { Telling } from './telling.ts';
import { byMethod, confidence, count, list, nameOf, VERDICT } from './words.ts';

const MAX_REASONS = 4;

function entered({ clock, entries }: Telling, first: Entry): Line {
  const parts: (string | Span)[] = [say(nameOf(first.host, 'a host'), 'strong'), ' was entered'];
  const when = clock.date(first.at);
  if (when) parts.push(' on ', say(`${when} at ${clock.time(first.at)}`, 'strong'), ` (${clock.offset(first.at)})`);
  parts.push(' as ', say(nameOf(first.user, 'an unknown user'), 'strong'));
  const how = byMethod(first.method);
  if (how) parts.push(', ', how);
  const onward = [...new Set(entries.map(({ host }) => host))].filter((host) => host !== first.host && host !== '');
  if (onward.length > 0) parts.push('; then ', say(list(onward), 'strong'));
  return line(...parts);
}

const attempts = (story: Story): string => {
  const { attackers, failures } = story.totals;
  if (attackers === 0) return failures > 0 ? count(failures, 'failed login') : 'No address attacked';
  const tried =
    story.totals.attackers === 1 ? '1 address tried' : `${count(story.totals.attackers, 'address', 'addresses')} tried`;
  return story.totals.failures > 0 ? `${tried}, with ${count(story.totals.failures, 'failed login')}` : tried;
};

const looked = ({ totals, hosts }: Story): string => `${count(totals.lines, 'line')} of ${count(hosts.length, 'host')}`;

function inside({ story, clock }: Telling): Line {
  const first = webWayIn(story);
  if (first === null) return line(say('Somebody was inside; the login itself is not in these logs', 'strong'));
  const through = [...new Set(story.findings.filter(isOfWebBreach).map(({ host }) => nameOf(host, 'a host')))];
  const when = clock.date(first.at);
  const since = when
    ? [' on ', say(`${when} at ${clock.time(first.at)}`, 'strong'), ` (${clock.offset(first.at)})`]
    : [];
  return line(say(`Somebody came in through the web server of ${list(through)}`, 'strong'), ...since);
}

function unbroken(story: Story): string {
  switch (openQuestion(story)) {
    case 'login':
      return 'No break-in is proven; one login needs a look';
    case 'web':
      return 'No break-in is proven; the web server answered attacks, which need a look';
    default:
      return 'Nobody got in, as far as these logs tell';
  }
}

function answer(telling: Telling): Line {
  const { story } = telling;
  const [first] = telling.entries;
  if (story.verdict === 'breached') return first ? entered(telling, first) : inside(telling);
  if (story.verdict === 'attacked') return line(say(unbroken(story), 'strong'), `. ${attempts(story)}.`);
  if (story.verdict === 'quiet') {
    const asked = openQuestion(story) === 'login' ? '; one login needs a look' : '';
    return line(say('No attack found', 'strong'), ` in ${looked(story)}${asked}.`);
  }
  if (story.totals.events === 0) return line(say('Nothing could be read, so nothing can be said', 'strong'));
  return line(say('These logs do not say whether anybody got in', 'strong'), '.');
}

/** `confidence high: 412 failures from one address, then a login; …` */
function because({ confidence: level, reasons }: Story): Line {
  const said = reasons.slice(0, MAX_REASONS).join('; ');
  return line(say(confidence(level), level === 'high' ? 'strong' : 'warn'), said ? `: ${said}` : '');
}

/** The verdict as a badge, the answer in one sentence, and why. */
export function headline(telling: Telling): Line[] {
  const { story, room } = telling;
  const badge = say(` ${VERDICT[story.verdict]} `, `badge-${story.verdict}`);
  const partial = story.partial
    ? wrap(line(say('stopped early: told from what was read until then', 'warn')), room, 2)
    : [];
  const lines = [...wrap(answer(telling), room, 3), ...partial, ...wrap(because(story), room, 3)];
  return section([badge], lines);
}
