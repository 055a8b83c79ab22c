import type { Citation, Entry, Finding, Level, Session, Step, Story } from '../trace/story.ts';
import { byTime } from './clock.ts';
import { type Line, line, say, type Tone } from './layout.ts';
import { webWayIn } from './open-question.ts';
import { hasPath } from './path.ts';
import { table } from './table.ts';
import { andMore, cite, labelled, loginLine, type Telling } from './telling.ts';
import { triesBefore } from './way-in.ts';
import { byMethod, nameOf, number } from './words.ts';

/** One thing that happened, as a row of a list. */
export interface Deed {
  readonly at: string | null;
  readonly host: string;
  readonly text: string;
  readonly tone: Tone;
  /** The higher, the sooner it is shown where there is room for few. */
  readonly weight: number;
  readonly techniques: readonly string[];
  readonly count: number;
  readonly evidence: Citation | undefined;
}

const WEIGHT: Readonly<Record<Level, number>> = { critical: 95, high: 85, medium: 60, low: 30, informational: 10 };

/** A command, alone or after `name: `, without the folder that it usually lives in. */
function bare(command: string): string {
  return command.replace(/^([^:/]{1,40}: )?(?:\/usr)?\/s?bin\/(?=[\w.-])/, '$1');
}

/** A step in plain words: what was done, and as whom. */
function stepText({ kind, text, asUser, outcome }: Step): string {
  const failed = outcome === 'failure' ? ' (refused)' : '';
  if (kind === 'sudo') return `sudo${asUser && asUser !== 'root' ? ` as ${asUser}` : ''}: ${bare(text)}${failed}`;
  if (kind === 'command') return `${asUser ? `as ${asUser}` : 'ran'}: ${bare(text)}${failed}`;
  return `${text}${failed}`;
}

/** A step of a session as a row. */
export function stepDeed(step: Step, host: string): Deed {
  const telling = step.techniques.length > 0;
  const weight = (telling ? 75 : step.kind === 'command' ? 20 : 40) - (step.outcome === 'failure' ? 15 : 0);
  const tone: Tone = step.outcome === 'failure' ? 'faint' : telling ? 'strong' : 'plain';
  const { at, techniques, evidence } = step;
  return { at, host, text: stepText(step), tone, weight, techniques, count: 1, evidence };
}

/** A finding as a row. */
export function findingDeed({ at, host, title, detail, level, techniques, count, evidence }: Finding): Deed {
  const tone: Tone = level === 'critical' || level === 'high' ? 'bad' : level === 'medium' ? 'warn' : 'plain';
  const text = detail && detail !== title ? `${title}: ${bare(detail)}` : title;
  return { at, host, text, tone, weight: WEIGHT[level], techniques, count, evidence: evidence[0] };
}

/** A login as a row. */
export function entryDeed(entry: Entry, story: Story): Deed {
  const parts = [`into ${nameOf(entry.host, 'a host')} as ${nameOf(entry.user, 'an unknown user')}`];
  if (entry.method) parts.push(byMethod(entry.method));
  if (entry.address) parts.push(`from ${nameOf(entry.address)}`);
  const tries = triesBefore(entry, 'failed ');
  if (tries) parts.push(`after ${tries}`);
  const { at, host } = entry;
  return {
    at,
    host,
    text: parts.join(' '),
    tone: 'bad',
    weight: 100,
    techniques: [],
    count: 1,
    evidence: loginLine(entry, story),
  };
}

const placeKey = (found: Citation | undefined): string => (found ? `${found.file}:${found.line}` : '');

const wordsKey = ({ host, text }: Deed): string => `${host}\n${text}`;

/** Rows of the same line become one, and so do those with the same key: by default host and words. */
export function merged(deeds: readonly Deed[], keyOf: (deed: Deed) => string = wordsKey): Deed[] {
  const rows = new Map<string, Deed>();
  const byPlace = new Map<string, string>();
  for (const deed of deeds) {
    const place = placeKey(deed.evidence);
    const key = (place && byPlace.get(place)) || keyOf(deed);
    const held = rows.get(key);
    if (place) byPlace.set(place, key);
    if (!held) rows.set(key, deed);
    else if (placeKey(held.evidence) !== place) rows.set(key, { ...held, count: held.count + deed.count });
    else rows.set(key, joined(held, deed));
  }
  return [...rows.values()];
}

/** Two rows of one line: the weightier speaks, both give their techniques. */
function joined(held: Deed, deed: Deed): Deed {
  const [lead, other] = deed.weight > held.weight ? [deed, held] : [held, deed];
  return { ...lead, at: lead.at ?? other.at, techniques: [...new Set([...lead.techniques, ...other.techniques])] };
}

/** Sessions that an intruder is thought to have had. */
export function intruderSessions({ entries, sessions }: Story): Session[] {
  const ids = new Set(entries.map(({ session }) => session));
  return sessions.filter(({ id }) => ids.has(id));
}

/** What happened after the first entry: later entries, steps of the intruders' sessions, findings about them. */
function after({ story, entries }: Telling): Deed[] {
  if (entries.length === 0) return [];
  const sessions = intruderSessions(story);
  const ids = new Set(sessions.map(({ id }) => id));
  const found = story.findings.filter(({ session }) => session !== null && ids.has(session)).map(findingDeed);
  const steps = sessions.flatMap(({ steps: done, host }) => done.map((step) => stepDeed(step, host)));
  const later = hasPath(story) ? [] : entries.slice(1).map((entry) => entryDeed(entry, story)); // the path tells them
  return merged([...later, ...found, ...steps]);
}

/** Rows with their times (and days, where they differ), hosts where the citation does not say them, and citations. */
export function deedRows(telling: Telling, deeds: readonly Deed[], lines = 2): Line[] {
  const { clock, paths, room, citeRoom } = telling;
  // Times alone only where the headline has said the day.
  const oneDay =
    clock.sameDay([telling.entries[0]?.at ?? null, ...deeds.map(({ at }) => at)]) && telling.entries.length > 0;
  const rows = deeds.map((deed): Line[] => {
    const when = oneDay ? clock.time(deed.at) : clock.stamp(deed.at);
    const place = deed.evidence ? paths.cite(deed.evidence, citeRoom) : '';
    const host =
      deed.host && telling.story.hosts.length > 1 && !place.startsWith(deed.host) ? `${nameOf(deed.host)}: ` : '';
    const times = deed.count > 1 ? ` ×${number(deed.count)}` : '';
    const text = line(say(host, 'strong'), say(deed.text, deed.tone), say(times, 'faint'));
    return [line(say(when || 'no time', 'faint')), text, cite(telling, deed.evidence)];
  });
  return table(rows, [{}, { flexible: true, least: 20, lines }, {}], room);
}

const MAX_ROWS = 8;
/** Fewer where the path is told before. */
const MAX_ROWS_BESIDE = 5;

/** The gravest things done after the way in, in order of time. */
export function thenSection(telling: Telling): Line[] {
  const most = hasPath(telling.story) ? MAX_ROWS_BESIDE : MAX_ROWS;
  const deeds = after(telling);
  const gravest = [...deeds].sort((a, b) => b.weight - a.weight || byTime(a, b)).slice(0, most);
  const unlisted = intruderSessions(telling.story).reduce(
    (sum, { steps, stepsTotal }) => sum + stepsTotal - steps.length,
    0,
  );
  const rows = deedRows(telling, gravest.sort(byTime));
  return labelled('Then', [
    ...rows,
    ...andMore(deeds.length - gravest.length + unlisted, 'thing done', '--timeline', 'things done'),
  ]);
}

const MAX_NOTICED = 4;
const MAX_NOTICED_BESIDE = 2;

/** Findings that `Then` does not tell already, in the same or other lines. */
function otherFindings({ story, entries }: Telling): Finding[] {
  const ids = new Set(entries.map(({ session }) => session));
  const nameOfFinding = ({ host, title }: Finding): string => `${host}\n${title}`;
  const inside = ({ session }: Finding): boolean => session !== null && ids.has(session);
  const told = new Set(story.findings.filter(inside).map(nameOfFinding));
  const request = webWayIn(story);
  const wayIn = placeKey(request?.evidence[0] ?? (entries[0] && loginLine(entries[0], story)));
  return story.findings.filter(
    (found) =>
      found.level !== 'informational' &&
      !told.has(nameOfFinding(found)) &&
      (!wayIn || placeKey(found.evidence[0]) !== wayIn),
  );
}

/** Findings that belong to no intruder's session, the gravest first. */
export function noticedSection(telling: Telling): Line[] {
  const most = hasPath(telling.story) ? MAX_NOTICED_BESIDE : MAX_NOTICED;
  const deeds = merged(otherFindings(telling).map(findingDeed)).sort((a, b) => b.weight - a.weight || byTime(a, b));
  const rows = deedRows(telling, deeds.slice(0, most));
  return labelled('Also found', [...rows, ...andMore(deeds.length - most, 'finding', '--timeline')]);
}
