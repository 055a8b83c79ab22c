import type { InputReport, Story } from '../trace/story.ts';
import { duration } from './clock.ts';
import { bullet, type Line, line, say, sideBySide, wrap } from './layout.ts';
import { labelled, type Telling } from './telling.ts';
import { bytes, count, list, number, percent, spanOf } from './words.ts';

const FEW = 3;

/** What was read: how much, of whom, from when to when, how fast. */
export function readSection({ story, paths, room }: Telling): Line[] {
  const { totals, hosts } = story;
  const size = totals.bytes > 0 ? ` (${bytes(totals.bytes)})` : '';
  const from = paths.folder ? ` from ${paths.folder}` : '';
  const seconds =
    totals.seconds >= 0.05
      ? ` in ${totals.seconds < 10 ? `${number(totals.seconds)} s` : duration(totals.seconds)}`
      : '';
  const amount = `${count(totals.files, story.live ? 'stream' : 'file')}, ${count(totals.lines, 'line')}${size}${from}${seconds}`;
  const who = list(
    hosts.map(({ host }) => host || 'a host without a name'),
    6,
  );
  const span = spanOf(story);
  const names = who ? `${count(hosts.length, 'host')}: ${who}` : '';
  return labelled(
    'Read',
    [...wrap(line(amount), room, 2), ...wrap(line([names, span].filter(Boolean).join(' · ')), room, 2)].filter(
      (spans) => spans.some(({ text }) => text !== ''),
    ),
  );
}

function unreadLines({ story, paths, citeRoom }: Telling): string[] {
  const { totals, inputs } = story;
  if (totals.unparsed === 0) return [];
  const share = percent(totals.unparsed, totals.lines);
  const worst = inputs.filter(({ unparsed }) => unparsed > 0).sort((a, b) => b.unparsed - a.unparsed);
  const where = list(
    worst.slice(0, FEW).map(({ path, unparsed }) => `${paths.short(path, citeRoom)} (${number(unparsed)})`),
  );
  const rest = worst.length > FEW ? ` and ${count(worst.length - FEW, 'other file')}` : '';
  return [
    `${count(totals.unparsed, 'line')}${share ? ` (${share})` : ''} not understood${where ? `: ${where}${rest}` : ''}`,
  ];
}

function refusals({ paths, citeRoom }: Telling, refused: readonly InputReport[]): string[] {
  const told = refused
    .slice(0, FEW)
    .map(({ path, refused: why }) => `not read: ${paths.short(path, citeRoom)}: ${why}`);
  return refused.length > FEW
    ? [...told, `${count(refused.length - FEW, 'more file')} not read: --json names them`]
    : told;
}

/** What the report cannot know: lines not understood, files not read, hosts that fell silent before the others. */
export function unknownSection(telling: Telling): Line[] {
  const { story, room } = telling;
  const facts = [
    ...refusals(
      telling,
      story.inputs.filter(({ refused }) => refused !== null),
    ),
    ...unreadLines(telling),
    ...(story.totals.outOfRange > 0
      ? [`${count(story.totals.outOfRange, 'line')} outside --since and --until, not looked at`]
      : []),
  ];
  return labelled(
    'Not known',
    facts.flatMap((fact) => bullet(line(fact), room)),
  );
}

const PASTABLE = /^[\w.:@-]{1,60}$/; // no stranger's text goes into a line that is there to be pasted

/** An option with its value, if there is one that may be pasted. */
function option(name: string, value: string | null | undefined): string {
  return value && PASTABLE.test(value) ? `${name} ${value}` : '';
}

/** The intruder's session in which most was done. */
function busiestSession({ entries, sessions }: Story): string | undefined {
  const ids = new Set(entries.map(({ session }) => session));
  const theirs = sessions.filter(({ id }) => ids.has(id));
  return theirs.sort((a, b) => b.stepsTotal - a.stepsTotal)[0]?.id;
}

function hints(story: Story): string[] {
  const session = busiestSession(story);
  return [
    '--timeline',
    option('--session', session),
    option('--attacker', story.attackers[0]?.address),
    story.hosts.length > 1 ? option('--host', story.hosts[0]?.host) : '',
    '--html FILE',
    '--json',
    '--csv FOLDER',
    story.block.length > 0 ? '--blocklist nft' : '',
    story.attackers.length > 0 && !story.live ? '--abuse FOLDER' : '',
  ].filter(Boolean);
}

/** How to see more, and whose data the places come from (their licences ask for the name). */
export function moreSection({ story, room }: Telling): Line[] {
  if (story.totals.events === 0) return [];
  const ways = sideBySide(
    hints(story).map((hint) => say(hint, 'code')),
    room,
  );
  const placed = [...story.entries, ...story.attackers].some(
    ({ place }) => place.country !== undefined || place.asn !== undefined,
  );
  const sources = placed && story.geo.length > 0 ? wrap(line(say(story.geo.join(' · '), 'faint')), room, 3) : [];
  return [...labelled('See more', ways), ...labelled('Places', sources)];
}
