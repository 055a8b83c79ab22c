import { AppError } from '../core/errors.ts';
import type { Attacker, Session, Story } from '../trace/story.ts';
import { duration, instantOf } from './clock.ts';
import { type Line, line, paint, say, wrap } from './layout.ts';
import { sessionRows } from './sessions.ts';
import { andMore, labelled, quote, stack, type Telling, type TellOptions, tellingOf } from './telling.ts';
import { count, deedsOf, KIND, list, nameOf, number, placeOf } from './words.ts';

const EVIDENCE = 8;
const SESSIONS = 12;

function activity({ clock, room }: Telling, attacker: Attacker): Line[] {
  const { first, last, kinds, successes, invalidNames, peakPer10Minutes, hosts, categories } = attacker;
  const seconds = (instantOf(last) - instantOf(first)) / 1000;
  const length = duration(Number.isNaN(seconds) ? null : seconds);
  const days = clock.sameDay([first, last]) ? '' : ` (${length})`;
  const deeds = [...deedsOf(attacker), successes > 0 ? count(successes, 'login') : ''].filter(Boolean);
  const part = (label: string, text: string): Line[] => labelled(label, text === '' ? [] : wrap(line(text), room, 3));
  const when = first
    ? `${clock.stamp(first)} – ${clock.sameDay([first, last]) ? clock.time(last) : clock.stamp(last)}`
    : '';
  return [
    ...part(
      'What',
      list(
        kinds.map((kind) => KIND[kind]),
        9,
      ),
    ),
    ...part(
      'When',
      when === '' ? '' : `${when}${days || (length ? ` (${length})` : '')}, ${clock.offsets(first, last)}`,
    ),
    ...part(
      'How much',
      [deeds.join(', '), peakPer10Minutes > 0 ? `at most ${number(peakPer10Minutes)} in 10 min` : '']
        .filter(Boolean)
        .join('; '),
    ),
    ...part('On', list(hosts, 12)),
    ...part('Web attacks', categories.join(', ')),
    ...part(
      'No account',
      invalidNames > 0 ? `${count(invalidNames, 'try', 'tries')} for names that no account has` : '',
    ),
  ];
}

function names({ room }: Telling, { names: tried, namesTotal }: Attacker): Line[] {
  if (tried.length === 0) return [];
  const shown = wrap(line(tried.map((name) => nameOf(name, '(empty)')).join('  ')), room, 6);
  return labelled('Names', [...shown, ...andMore(namesTotal - tried.length, 'name', '')]);
}

function part(telling: Telling, attacker: Attacker | undefined, address: string, sessions: readonly Session[]): Line[] {
  const place = placeOf(attacker?.place ?? sessions[0]?.place ?? {});
  const head = labelled('Address', wrap(line(say(address, 'strong'), place ? `  ${place}` : ''), telling.room, 2));
  const shown = labelled('Logins', [
    ...sessionRows(telling, sessions.slice(0, SESSIONS)),
    ...andMore(sessions.length - SESSIONS, 'session', '--json'),
  ]);
  if (!attacker) return stack(head, shown);
  const evidence = labelled(
    'Evidence',
    attacker.evidence.slice(0, EVIDENCE).map((found) => quote(telling, found)),
  );
  return stack([...head, ...activity(telling, attacker)], names(telling, attacker), shown, evidence);
}

/**
 * All about one address: what it did, when, with which names, and what it got. Throws E_NOT_FOUND when no attack and no
 * session of the story is from it.
 */
export function attackerDetail(story: Story, address: string, options: TellOptions): string {
  const telling = tellingOf(story, options);
  const attacker = story.attackers.find(({ address: known }) => known === address);
  const sessions = story.sessions.filter(({ address: known }) => known === address);
  if (!attacker && sessions.length === 0)
    throw new AppError('E_NOT_FOUND', `nothing in these logs is from "${nameOf(address)}"`);
  return paint(part(telling, attacker, address, sessions), options.columns, options.color);
}
