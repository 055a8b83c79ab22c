import { AppError } from '../core/errors.ts';
import type { HostReport, Story } from '../trace/story.ts';
import { adviceLines } from './advice.ts';
import { attackerRows } from './attackers.ts';
import { byTime } from './clock.ts';
import { deedRows, entryDeed, findingDeed, merged, stepDeed } from './deeds.ts';
import { holeRows } from './holes.ts';
import { type Line, line, paint, say, wrap } from './layout.ts';
import { sessionRows } from './sessions.ts';
import { table } from './table.ts';
import { andMore, labelled, stack, type Telling, type TellOptions, tellingOf } from './telling.ts';
import { count, list, nameOf, number } from './words.ts';

const MOST = 12;

function head({ clock, room }: Telling, { host, from, to, events }: HostReport): Line[] {
  const range = clock.range(from, to);
  const span = range === '' ? '' : ` · ${range}, ${clock.offsets(from, to)}`;
  return labelled(
    'Host',
    wrap(line(say(nameOf(host, 'without a name'), 'strong'), `  ${count(events, 'event')}${span}`), room, 2),
  );
}

/** Nothing but what concerns one host. */
function storyOf(story: Story, host: string): Story {
  const here = <T extends { readonly host: string }>(things: readonly T[]): T[] =>
    things.filter((thing) => thing.host === host);
  return {
    ...story,
    entries: here(story.entries),
    sessions: here(story.sessions),
    findings: here(story.findings),
    missing: here(story.missing),
    actions: story.actions.filter((action) => action.host === host),
    attackers: story.attackers.filter(({ hosts }) => hosts.includes(host)),
    inputs: story.inputs.filter(({ hosts }) => hosts.includes(host)),
  };
}

function happened(telling: Telling): Line[] {
  const { entries, findings, sessions } = telling.story;
  const intruders = new Set(entries.map(({ session }) => session));
  const steps = sessions.flatMap(({ id, host, steps: done }) =>
    done.filter(({ techniques }) => intruders.has(id) || techniques.length > 0).map((step) => stepDeed(step, host)),
  );
  const deeds = merged([
    ...entries.map((entry) => entryDeed(entry, telling.story)),
    ...findings.map(findingDeed),
    ...steps,
  ]).sort(byTime);
  return [...deedRows(telling, deeds.slice(0, 4 * MOST)), ...andMore(deeds.length - 4 * MOST, 'thing', '--timeline')];
}

function files({ story, paths, room }: Telling): Line[] {
  const rows = story.inputs.map(({ path, lines, unparsed }): Line[] => [
    line(say(paths.short(path, room))),
    line(count(lines, 'line')),
    line(say(unparsed > 0 ? `${number(unparsed)} not understood` : '', 'warn')),
  ]);
  return table(rows, [{ flexible: true, least: 16 }, { align: 'right' }, { align: 'right' }], room);
}

/**
 * All about one host: how it was entered, what happened, who logged in, who attacked it, what is missing, what to do
 * there, which files tell it. Throws E_NOT_FOUND when the story has no such host.
 */
export function hostDetail(story: Story, host: string, options: TellOptions): string {
  const known = story.hosts.find((found) => found.host === host);
  if (!known) {
    const some = list(
      story.hosts.map((found) => found.host),
      8,
    );
    throw new AppError('E_NOT_FOUND', `no host "${nameOf(host)}" in these logs${some ? `: there are ${some}` : ''}`);
  }
  const whole = tellingOf(story, options);
  const own = storyOf(story, host);
  const telling: Telling = { ...tellingOf(own, options), paths: whole.paths };
  const sessions = [...own.sessions].sort(byTimeOfStart);
  const lines = stack(
    head(telling, known),
    labelled('Events', happened(telling)),
    labelled('Missing', holeRows(telling, own.missing, 2 * MOST)),
    labelled('Do now', adviceLines(telling, own.actions, MOST)),
    labelled('Logins', [
      ...sessionRows(telling, sessions.slice(0, MOST)),
      ...andMore(sessions.length - MOST, 'session', '--json'),
    ]),
    labelled('Attackers', [
      ...attackerRows(telling, MOST),
      ...andMore(own.attackers.length - MOST, 'address', '--json', 'addresses'),
    ]),
    labelled('Files', files(telling)),
  );
  return paint(lines, options.columns, options.color);
}

function byTimeOfStart(a: { readonly start: string | null }, b: { readonly start: string | null }): number {
  return byTime({ at: a.start }, { at: b.start });
}
