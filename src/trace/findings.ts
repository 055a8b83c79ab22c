import type { SessionDraft, StepDraft } from './draft.ts';
import { type Citer, cite, instant } from './noted.ts';
import { LIKE_A_PERSON, likeAPerson, said, serviceAccountOf, systemTell, TOOK_ACCOUNT } from './service-accounts.ts';
import { isCronCommand, tellsOfStep } from './step-tells.ts';
import type { Finding, Level } from './story.ts';
import { compareLevels, type Tell } from './techniques.ts';

const MAX_EVIDENCE = 5;

interface Gathering {
  readonly title: string;
  level: Level;
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

/** Where a step was found, and whether an intruder is thought to be behind it. */
interface Found {
  readonly host: string;
  readonly session: string | null;
  readonly suspect: boolean;
}

/**
 * What was done that a person should know: one finding for each kind of thing in each session. In a session that nothing
 * speaks against, only what is grave by itself is told, and a level lower: administrators add accounts too.
 */
export function findFindings(sessions: readonly NamedSession[], loose: readonly StepDraft[], citer: Citer): Finding[] {
  const gathered = new Map<string, Gathering>();
  for (const { id, draft, suspect } of sessions)
    for (const step of draft.steps)
      for (const tell of tellsOfStep(step)) gather(gathered, step, tell, { host: draft.host, session: id, suspect });
  for (const step of loose) gatherLoose(gathered, step);
  for (const steps of likeAPerson(loose))
    for (const step of steps)
      gather(gathered, step, LIKE_A_PERSON, { host: step.noted.host, session: null, suspect: true });
  return [...gathered.values()].map((gathering) => tell(gathering, citer));
}

/** Gravest first, then in the order of time and place; numbered. */
export function orderFindings(findings: readonly Finding[]): Finding[] {
  const place = ({ host, evidence, title }: Finding) =>
    `${host} ${evidence[0]?.file} ${String(evidence[0]?.line).padStart(12)} ${title}`;
  const ordered = [...findings].sort(
    (a, b) => compareLevels(a.level, b.level) || compareTime(a.at, b.at) || (place(a) < place(b) ? -1 : 1),
  );
  return ordered.map((finding, at) => ({ ...finding, id: `f${at + 1}` }));
}

// Work that cron runs needs no session to be suspect: nobody is at its keyboard.
function gatherLoose(into: Map<string, Gathering>, step: StepDraft): void {
  const suspect = serviceAccountOf(step) !== '' || isCronCommand(step);
  const { host } = step.noted;
  if (step.kind === 'cron' && !isCronCommand(step)) return; // a crontab changed: routine, but in an intruder's session
  const tells = step.kind === 'su' && suspect ? [TOOK_ACCOUNT] : tellsOfStep(step);
  const worst = systemTell(step);
  for (const tell of tells)
    gather(into, step, tell, { host, session: null, suspect: suspect || tell.title === worst?.title });
}

function gather(into: Map<string, Gathering>, step: StepDraft, tell: Tell, { host, session, suspect }: Found): void {
  const { title, techniques } = tell;
  const level = suspect ? tell.level : lower(tell.level);
  if (level === 'low' || level === 'informational') return;
  // What an account does again and again in sessions that nothing speaks against is one thing to know.
  const key = `${(suspect ? session : null) ?? `${host} ${step.user}`} ${suspect} ${title}`;
  let known = into.get(key);
  if (known === undefined) {
    known = { title, level, techniques: new Set(), steps: [], host, session };
    into.set(key, known);
  }
  if (compareLevels(level, known.level) < 0) known.level = level;
  for (const technique of techniques) known.techniques.add(technique);
  known.steps.push(step);
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
  const what =
    targets.length > 0 && first.kind === 'account'
      ? targets.join(' ')
      : title === LIKE_A_PERSON.title
        ? said(steps)
        : first.text;
  return {
    id: '',
    title,
    level,
    techniques: [...techniques],
    at: instant(first.noted.time),
    host,
    session,
    detail: `${first.user ? `${first.user}: ` : ''}${what.slice(0, 300)}`,
    count: steps.length,
    evidence: chosen(steps).map(({ noted }) => cite(citer, noted)),
  };
}

/** The first ones, different commands before the same ones again; in their order. */
function chosen(steps: readonly StepDraft[]): StepDraft[] {
  const firsts = [...new Map(steps.toReversed().map((step) => [step.text, step])).values()];
  const kept = new Set(firsts.toReversed().slice(0, MAX_EVIDENCE));
  for (const step of steps) if (kept.size < MAX_EVIDENCE) kept.add(step);
  return steps.filter((step) => kept.has(step));
}

/** Unknown times come last. */
export function compareTime(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  return b === null || a < b ? -1 : 1;
}
