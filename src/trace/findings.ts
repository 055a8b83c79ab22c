import type { SessionDraft, StepDraft } from './draft.ts';
import { type Citer, cite, instant } from './noted.ts';
import { LIKE_A_PERSON, likeAPerson, said, serviceAccountOf } from './service-accounts.ts';
import type { Finding, Level } from './story.ts';
import { compareLevels, type Tell, tellsOf } from './techniques.ts';
import { isAccountMade } from './ways-in.ts';

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
  for (const tell of tellsOfStep(step)) gather(into, step, tell, { host, session: null, suspect });
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

function tellsOfStep(step: StepDraft): readonly Tell[] {
  const { fields } = step.noted;
  if (isAccountMade(step)) {
    const root = fields['user.target.id'] === '0';
    return root
      ? [{ title: 'Second account with uid 0', level: 'critical', techniques: ['T1136.001', 'T1098'] }]
      : [{ title: 'Account added', level: 'high', techniques: ['T1136.001'] }];
  }
  if (
    step.kind === 'group' &&
    fields['event.action'] === 'group_member_added' &&
    /^(?:sudo|wheel|root|admin|docker|adm)$/.test(String(fields['group.name']))
  )
    return [{ title: 'Rights of an account raised', level: 'high', techniques: ['T1098'] }];
  if (step.kind === 'password') return [{ title: 'Password changed', level: 'medium', techniques: ['T1098'] }];
  if (step.kind === 'cron') return tellsOfCron(step);
  return step.kind === 'command' || step.kind === 'sudo' ? tellsOf(step.text) : [];
}

function isCronCommand({ kind, noted }: StepDraft): boolean {
  return kind === 'cron' && noted.fields['process.command_line'] !== undefined;
}

/** What intruders have cron do for them. Backups that copy to elsewhere and jobs that empty a log are everyday work. */
const CRON_TITLES = new Set(['Program fetched and run', 'Encoded command run', 'Scan from inside']);

function tellsOfCron(step: StepDraft): Tell[] {
  if (!isCronCommand(step)) return [{ title: 'Schedule changed', level: 'medium', techniques: ['T1053.003'] }];
  return tellsOf(step.text)
    .filter(({ level, title }) => level === 'critical' || CRON_TITLES.has(title))
    .map(({ title, level, techniques }) => ({
      title: `${title} by cron`,
      level,
      techniques: ['T1053.003', ...techniques],
    }));
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
