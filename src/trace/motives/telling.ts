import type { Judged } from '../attackers.ts';
import type { StepDraft } from '../draft.ts';
import type { NamedSession } from '../findings.ts';
import { type Citer, cite, type Noted } from '../noted.ts';
import type { Citation, Confidence } from '../story.ts';
import type { Ref } from '../tally.ts';
import type { Motive, MotiveKind } from '../tracks.ts';
import { type Group, MOST_LOOKED_AT } from './crowd.ts';

const MAX_EVIDENCE = 5;
const MOST_NAMELESS = 50;

/** What a motive says, before its parts that mean nothing are filled in. */
export interface Telling {
  readonly title: string;
  readonly detail: string;
  readonly mend?: string;
  readonly hosts: Iterable<string>;
  readonly count: number;
  readonly confidence: Confidence;
  readonly evidence: readonly Citation[];
}

export function motive(kind: MotiveKind, { mend = '', hosts, evidence, ...rest }: Telling): Motive {
  const named = [...new Set(hosts)].filter((host) => host !== '').sort();
  return { kind, ...rest, mend, hosts: named, evidence: distinct(evidence).slice(0, MAX_EVIDENCE) };
}

function distinct(evidence: readonly Citation[]): Citation[] {
  return [...new Map(evidence.map((one) => [`${one.file} ${one.line}`, one])).values()];
}

/** `1 address`, `1,204 addresses`. */
export function many(value: number, one: string, more = `${one}s`): string {
  return `${value.toLocaleString('en-US')} ${value === 1 ? one : more}`;
}

/** `a, b and c`; more than `most` are counted. */
export function listed(words: readonly string[], most = 5): string {
  const [shown, rest] = [words.slice(0, most), words.length - most];
  if (rest > 0) return `${shown.join(', ')} and ${rest.toLocaleString('en-US')} more`;
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** How often each word came, the most first; equal ones in the order of the alphabet. `most`: so many of them. */
export function ranked(counts: ReadonlyMap<string, number>, most = counts.size): [word: string, count: number][] {
  const least = Int32Array.from(counts.values()).sort().at(-most) ?? 0; // of a hundred thousand words few are put in order
  const often: [string, number][] = [];
  for (const [word, count] of counts) if (count >= least) often.push([word, count]);
  return often.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, most);
}

export function plusOne(counts: Map<string, number>, word: string): void {
  counts.set(word, (counts.get(word) ?? 0) + 1);
}

/** Said where only the worst were looked at. */
export function ofWorst(group: Group): string {
  return group.isCut ? ` (of the worst ${MOST_LOOKED_AT.toLocaleString('en-US')})` : '';
}

/** Lines of the worst few, those that hold one of these texts first. */
export function linesOf(
  judged: readonly Judged[],
  citeRef: (ref: Ref) => Citation,
  ...texts: readonly string[]
): Citation[] {
  const refs = judged.slice(0, MAX_EVIDENCE).flatMap(({ tally }) => tally.refs);
  const told = refs.filter(({ raw }) => texts.some((text) => raw.includes(text)));
  const firsts = judged.slice(0, MAX_EVIDENCE).flatMap(({ tally }) => tally.refs.slice(0, 1));
  return [...told, ...firsts].slice(0, MAX_EVIDENCE).map(citeRef);
}

/** Names the hosts of lines that name none. */
export type HostsOf = (refs: readonly Ref[]) => readonly string[];

/** Hosts that these addresses came to; of web logs, whose lines name no host, those of the first few. */
export function hostsOf(judged: readonly Judged[], byRefs: HostsOf = () => []): Set<string> {
  const named = judged.flatMap(({ tally }) => tally.hosts);
  const nameless = judged.filter(({ tally }) => tally.hosts.length === 0).slice(0, MOST_NAMELESS);
  return new Set([...named, ...nameless.flatMap(({ tally }) => byRefs(tally.refs))]);
}

/** The lines that let these sessions in, one of each. */
export function loginLines(sessions: readonly NamedSession[], citer: Citer): Citation[] {
  const lines = sessions.map(({ draft }) => draft.evidence.find(isLoginLine) ?? draft.evidence[0]);
  return lines.filter((noted) => noted !== undefined).map((noted) => cite(citer, noted));
}

function isLoginLine({ fields }: Noted): boolean {
  return fields['event.outcome'] === 'success' && fields['spoor.auth.method'] !== undefined;
}

/** Lines of steps, different commands before the same again. */
export function stepLines(steps: readonly StepDraft[], citer: Citer): Citation[] {
  const firsts = [...new Map(steps.toReversed().map((step) => [step.text, step])).values()].toReversed();
  return firsts.slice(0, MAX_EVIDENCE).map(({ noted }) => cite(citer, noted));
}
