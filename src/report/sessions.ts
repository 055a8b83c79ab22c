import { AppError } from '../core/errors.ts';
import type { Missing, Session, Story } from '../trace/story.ts';
import { byTime, duration, instantOf } from './clock.ts';
import { deedRows, stepDeed } from './deeds.ts';
import { holeRows } from './holes.ts';
import { type Line, line, paint, say, wrap } from './layout.ts';
import { table } from './table.ts';
import { andMore, labelled, quote, stack, type Telling, type TellOptions, tellingOf } from './telling.ts';
import { stayed } from './way-in.ts';
import { byMethod, confidence, list, nameOf, number, placeOf } from './words.ts';

/** Sessions as rows: id, start, host, user, from where and how, length, root. */
export function sessionRows({ clock, room, entries }: Telling, sessions: readonly Session[]): Line[] {
  const intruders = new Set(entries.map(({ session }) => session));
  const rows = sessions.map((session): Line[] => {
    const { id, start, host, user, address, method, seconds, state, root, count } = session;
    const tone = intruders.has(id) ? 'bad' : 'strong';
    const from = [byMethod(method), address ? `from ${nameOf(address)}` : ''].filter(Boolean).join(' ');
    const length = duration(seconds) || (state === 'open' ? 'no end' : '');
    return [
      line(say(nameOf(id), 'faint')),
      line(say(clock.stamp(start) || 'no time', 'faint')),
      line(nameOf(host)),
      line(say(nameOf(user, '?'), tone), count > 1 ? say(` ×${number(count)}`, 'faint') : ''),
      line(say(from, 'faint')),
      line(length),
      line(say(root ? 'root' : '', 'warn')),
    ];
  });
  const columns = [
    {},
    {},
    { flexible: true },
    { flexible: true },
    { flexible: true, least: 12 },
    { align: 'right' as const },
    {},
  ];
  return table(rows, columns, room);
}

function facts(telling: Telling, session: Session): Line[] {
  const { clock, room } = telling;
  const { host, user, service, method, key, certificate, address, port, place, terminal, start, end } = session;
  const part = (label: string, text: string): Line[] => labelled(label, text === '' ? [] : wrap(line(text), room, 2));
  const from = [nameOf(address), port === null ? '' : `port ${port}`, placeOf(place)].filter(Boolean).join('  ');
  const until = end ? ` – ${clock.sameDay([start, end]) ? clock.time(end) : clock.stamp(end)}` : '';
  const who = line(say(nameOf(user, 'an unknown user'), 'strong'), ' on ', say(nameOf(host, 'a host'), 'strong'));
  return [
    ...labelled('Session', [[...who, ...line(say(`   ${nameOf(session.id)}`, 'faint'))]]),
    ...part(
      'When',
      start || end ? `${clock.stamp(start) || 'start unknown'}${until}, ${clock.offset(start ?? end)}` : '',
    ),
    ...labelled(
      'How long',
      [stayed(session)].filter((spans) => spans.length > 0),
    ),
    ...part('From', from),
    ...part(
      'How',
      [byMethod(method), service ? `over ${nameOf(service)}` : '', terminal ? `on ${nameOf(terminal)}` : '']
        .filter(Boolean)
        .join(', '),
    ),
    ...part('Key', key ? `${key.type} ${key.fingerprint}` : ''),
    ...part('Certificate', certificate ?? ''),
  ];
}

/** Holes of the session's host that lie in its time, or have no time. */
function holesWithin({ missing }: Story, { host, start, end }: Session): Missing[] {
  const [first, last] = [instantOf(start), instantOf(end)];
  return missing.filter(
    ({ host: where, from, to }) => where === host && !(instantOf(to) < first) && !(instantOf(from) > last),
  );
}

/**
 * One session from login to logout: who, from where, how, all its steps with their lines, and what is missing from its
 * time. Throws E_NOT_FOUND when the story has no such session.
 */
export function sessionDetail(story: Story, id: string, options: TellOptions): string {
  const telling = tellingOf(story, options);
  const session = story.sessions.find(({ id: known }) => known === id);
  if (!session) {
    const some = list(
      story.sessions.map(({ id: known }) => known),
      8,
    );
    throw new AppError('E_NOT_FOUND', `no session "${nameOf(id)}"${some ? `: there are ${some}` : ' in these logs'}`);
  }
  const entry = story.entries.find(({ session: known }) => known === id);
  const why = entry
    ? wrap(line(say(confidence(entry.confidence), 'warn'), `: ${entry.reasons.join('; ')}`), telling.room, 4)
    : [];
  const deeds = session.steps.map((step) => stepDeed(step, session.host)).sort(byTime);
  const steps = [
    ...deedRows(telling, deeds, 3),
    ...andMore(session.stepsTotal - session.steps.length, 'thing done, not listed', '', 'things done, not listed'),
  ];
  const lines = stack(
    facts(telling, session),
    labelled('An intruder?', why),
    labelled('Done', steps.length > 0 ? steps : [line(say('nothing that the logs tell', 'faint'))]),
    labelled('Missing', holeRows(telling, holesWithin(story, session), 12)),
    labelled(
      'Evidence',
      session.evidence.slice(0, 12).map((found) => quote(telling, found)),
    ),
  );
  return paint(lines, options.columns, options.color);
}
