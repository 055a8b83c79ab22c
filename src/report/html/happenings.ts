import type { Citation, Entry, Finding, Missing, Story } from '../../trace/story.ts';
import { byTime } from '../clock.ts';
import { type Deed, entryDeed, findingDeed, intruderSessions, merged, stepDeed } from '../deeds.ts';
import { holeText } from '../holes.ts';
import { triesBefore } from '../way-in.ts';
import { byMethod } from '../words.ts';

/** One row of the page's timeline. */
export interface Happening extends Omit<Deed, 'evidence'> {
  /** All lines that show it. */
  readonly evidence: readonly Citation[];
}

const keyOf = ({ file, line }: Citation): string => `${line} ${file}`;

/** Every line that belongs to the same thing as a line: a finding cites several, its row only the first. */
function linesBy(story: Story): Map<string, readonly Citation[]> {
  const lines = new Map<string, readonly Citation[]>();
  for (const { evidence } of [...story.entries, ...story.findings]) {
    const [first] = evidence;
    if (first && evidence.length > (lines.get(keyOf(first))?.length ?? 1)) lines.set(keyOf(first), evidence);
  }
  return lines;
}

function withLines(deeds: readonly Deed[], story: Story): Happening[] {
  const lines = linesBy(story);
  return deeds.map((deed) => {
    const { evidence } = deed;
    return { ...deed, evidence: evidence ? (lines.get(keyOf(evidence)) ?? [evidence]) : [] };
  });
}

const isInside =
  (ids: ReadonlySet<string | null>) =>
  (finding: Finding): boolean =>
    finding.session !== null && ids.has(finding.session);

const intruderIds = (story: Story): ReadonlySet<string | null> =>
  new Set(story.entries.map(({ session }) => session).filter((id) => id !== null));

function wipedDeed({ kind, host, detail, from, to, evidence }: Missing): Happening {
  return {
    at: from ?? to,
    host,
    text: holeText({ kind, detail }),
    tone: 'bad',
    weight: 90,
    techniques: [],
    count: 1,
    evidence,
  };
}

/** A login in a sentence: `got into gate as svc-batch, by password, from 203.0.113.140, after 412 failed tries in 37 min`. */
function entryText(entry: Entry): string {
  const { host, user, method, address } = entry;
  const before = triesBefore(entry, 'failed ');
  return [
    `got into ${host || 'a host'} as ${user || 'an unknown user'}`,
    byMethod(method),
    address === '' ? '' : `from ${address}`,
    before === '' ? '' : `after ${before}`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** What the intruders did, in order of time: their logins, findings about them, the steps of their sessions, what was wiped. */
export function intruderHappenings(story: Story): Happening[] {
  if (story.entries.length === 0) return [];
  const sessions = intruderSessions(story);
  const deeds = [
    ...story.entries.map((entry) => ({ ...entryDeed(entry, story), text: entryText(entry) })),
    ...story.findings.filter(isInside(intruderIds(story))).map(findingDeed),
    ...sessions.flatMap(({ steps, host }) => steps.map((step) => stepDeed(step, host))),
  ];
  const apart = ({ at, host, text }: Deed): string => `${at}\n${host}\n${text}`;
  const wiped = story.missing.filter(({ suspicion }) => suspicion === 'high').map(wipedDeed);
  return [...withLines(merged(deeds, apart), story), ...wiped].sort(byTime);
}

/** Findings of no intruder's session, the gravest first. */
export function otherHappenings(story: Story): Happening[] {
  const inside = isInside(intruderIds(story));
  const deeds = story.findings.filter((finding) => !inside(finding)).map(findingDeed);
  return withLines(merged(deeds), story).sort((a, b) => b.weight - a.weight || byTime(a, b));
}

/** Steps of intruders that the story counts but does not list. */
export function unlistedSteps(story: Story): number {
  return intruderSessions(story).reduce(
    (sum, { steps, stepsTotal }) => sum + Math.max(0, stepsTotal - steps.length),
    0,
  );
}
