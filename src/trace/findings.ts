import type { SessionDraft, StepDraft } from './draft.ts';
import { type Citer, cite, instant } from './noted.ts';
import { isServiceAccount } from './service-accounts.ts';
import type { Finding, Level } from './story.ts';
import { tellsOf } from './techniques.ts';
import { isAccountMade } from './ways-in.ts';

const MAX_EVIDENCE = 5;
const LEVELS: readonly Level[] = ['critical', 'high', 'medium', 'low', 'informational'];

interface Gathering {
  readonly title: string;
  readonly level: Level;
  readonly techniques: Set<string>;
  readonly steps: StepDraft[];
  readonly host: string;
  readonly session: string | null;
}

/** A session with the id that it is told under, and whether it is thought to be an intruder's. */
export interface NamedSession {
  readonly id: string;
  readonly draft: SessionDraft;
  readonly suspect: boolean;
}

/**
 * What was done that a person should know: one finding for each kind of thing in each session. In a session that nothing
 * speaks against, only what is grave by itself is told, and a level lower: administrators add accounts too.
 */
export function findFindings(sessions: readonly NamedSession[], loose: readonly StepDraft[], citer: Citer): Finding[] {
  const gathered = new Map<string, Gathering>();
  for (const { id, draft, suspect } of sessions)
    for (const step of draft.steps) gather(gathered, step, draft.host, id, suspect);
  for (const step of loose) gather(gathered, step, step.noted.host, null, isServiceAccount(step.user));
  return [...gathered.values()].map((gathering) => tell(gathering, citer));
}

/** Gravest first, then in the order of time and place; numbered. */
export function orderFindings(findings: readonly Finding[]): Finding[] {
  const place = ({ host, evidence, title }: Finding) =>
    `${host} ${evidence[0]?.file} ${String(evidence[0]?.line).padStart(12)} ${title}`;
  const ordered = [...findings].sort(
    (a, b) =>
      LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || compareTime(a.at, b.at) || (place(a) < place(b) ? -1 : 1),
  );
  return ordered.map((finding, at) => ({ ...finding, id: `f${at + 1}` }));
}

function gather(
  into: Map<string, Gathering>,
  step: StepDraft,
  host: string,
  session: string | null,
  suspect: boolean,
): void {
  for (const { title, level, techniques } of tellsOfStep(step)) {
    const told = suspect ? level : lower(level);
    if (told === 'low' || told === 'informational') continue;
    const key = `${session ?? `${host} ${step.user}`} ${title}`;
    let known = into.get(key);
    if (known === undefined) {
      known = { title, level: told, techniques: new Set(), steps: [], host, session };
      into.set(key, known);
    }
    for (const technique of techniques) known.techniques.add(technique);
    known.steps.push(step);
  }
}

function tellsOfStep(step: StepDraft) {
  const { fields } = step.noted;
  if (isAccountMade(step)) {
    const root = fields['user.target.id'] === '0';
    return root
      ? [{ title: 'Second account with uid 0', level: 'critical' as Level, techniques: ['T1136.001', 'T1098'] }]
      : [{ title: 'Account added', level: 'high' as Level, techniques: ['T1136.001'] }];
  }
  if (
    step.kind === 'group' &&
    fields['event.action'] === 'group_member_added' &&
    /^(?:sudo|wheel|root|admin|docker|adm)$/.test(String(fields['group.name']))
  )
    return [{ title: 'Rights of an account raised', level: 'high' as Level, techniques: ['T1098'] }];
  if (step.kind === 'password') return [{ title: 'Password changed', level: 'medium' as Level, techniques: ['T1098'] }];
  return step.kind === 'command' || step.kind === 'sudo' ? tellsOf(step.text) : [];
}

function lower(level: Level): Level {
  if (level === 'critical') return 'high';
  return level === 'high' ? 'medium' : 'low';
}

function tell({ title, level, techniques, steps, host, session }: Gathering, citer: Citer): Finding {
  const first = steps[0] as StepDraft;
  const targets = [
    ...new Set(steps.map(({ noted }) => noted.fields['user.target.name']).filter((name) => name !== undefined)),
  ];
  const said = targets.length > 0 && first.kind === 'account' ? targets.join(' ') : first.text;
  return {
    id: '',
    title,
    level,
    techniques: [...techniques],
    at: instant(first.noted.time),
    host,
    session,
    detail: `${first.user ? `${first.user}: ` : ''}${said.slice(0, 300)}`,
    count: steps.length,
    evidence: steps.slice(0, MAX_EVIDENCE).map(({ noted }) => cite(citer, noted)),
  };
}

/** Unknown times come last. */
export function compareTime(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  return b === null || a < b ? -1 : 1;
}
