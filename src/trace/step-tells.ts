import type { StepDraft } from './draft.ts';
import { type Call, readLine, SHELL } from './techniques/calls.ts';
import { operands } from './techniques/rule.ts';
import { type Tell, tellsOf } from './techniques.ts';

const SECOND_ROOT: Tell = { title: 'Second account with uid 0', level: 'critical', techniques: ['T1136.001', 'T1098'] };
const ADDED: Tell = { title: 'Account added', level: 'high', techniques: ['T1136.001'] };
const RAISED: Tell = { title: 'Rights of an account raised', level: 'high', techniques: ['T1098'] };
const GIVEN_SHELL: Tell = { title: 'Service account given a shell', level: 'high', techniques: ['T1098', 'T1078.003'] };
/** Something grave that sudo did not let be done. */
export const REFUSED: Tell = { title: 'Grave command refused by sudo', level: 'high', techniques: ['T1548.003'] };
const NO_SHELL = /\/(?:nologin|false|sync|halt|shutdown|null)$/;
const SCRIPT = /\.(?:php\d?|phtml|phar|jspx?|aspx?|cgi|pl|war)$/i;

/** What a step gives away: of its command, or of the change that a program says it made. */
export function tellsOfStep(step: StepDraft): readonly Tell[] {
  switch (step.kind) {
    case 'account':
      return tellsOfAccount(step);
    case 'group':
      return isRaised(step) ? [RAISED] : [];
    case 'password':
      return [{ title: 'Password changed', level: 'medium', techniques: ['T1098'] }];
    case 'cron':
      return tellsOfCron(step);
    case 'file':
      return isScriptLaid(step) ? [{ title: 'Web script uploaded', level: 'medium', techniques: ['T1505.003'] }] : [];
    case 'command':
      return tellsOf(step.text);
    case 'sudo':
      return tellsOfSudo(step);
    default:
      return [];
  }
}

// What sudo refused was not done.
function tellsOfSudo({ text, outcome }: StepDraft): readonly Tell[] {
  const tells = tellsOf(text);
  if (outcome !== 'failure') return tells;
  return tells.some(({ level }) => level === 'critical' || level === 'high') ? [REFUSED] : [];
}

function tellsOfAccount(step: StepDraft): Tell[] {
  const { fields } = step.noted;
  if (isAccountMade(step)) return [fields['user.target.id'] === '0' ? SECOND_ROOT : ADDED];
  const from = String(fields['spoor.change.from'] ?? '');
  const to = String(fields['spoor.change.to'] ?? '');
  switch (fields['spoor.change.field']) {
    case 'UID':
      return to === '0' && from !== '0' ? [SECOND_ROOT] : [];
    case 'shell':
      return NO_SHELL.test(from) && to !== '' && !NO_SHELL.test(to) ? [GIVEN_SHELL] : [];
    default:
      return [];
  }
}

function isRaised({ noted: { fields } }: StepDraft): boolean {
  return (
    fields['event.action'] === 'group_member_added' &&
    /^(?:sudo|wheel|root|admin|docker|adm)$/.test(String(fields['group.name']))
  );
}

// Who keeps a web site by FTP uploads such files all day: it is told where the session is an intruder's.
function isScriptLaid({ noted: { fields }, outcome }: StepDraft): boolean {
  return outcome !== 'failure' && fields['event.action'] === 'ftp_upload' && SCRIPT.test(String(fields['file.path']));
}

/** Was the step a command that cron ran, and not a change of a table? */
export function isCronCommand({ kind, noted }: StepDraft): boolean {
  return kind === 'cron' && noted.fields['process.command_line'] !== undefined;
}

/** What intruders have cron do for them. Backups that copy to elsewhere and jobs that empty a log are everyday work. */
const FROM_TEMP: Tell = {
  title: 'Program run from a folder for temporary files',
  level: 'high',
  techniques: ['T1036.005'],
};
const CRON_TITLES = new Set(['Program fetched and run', 'Encoded command run', 'Scan from inside']);

// A hidden one, or any in memory: what survives no restart is no place for a job.
function runsFromTemp({ text }: StepDraft): boolean {
  const paths = readLine(text).calls.flatMap((call) =>
    takesFile(call) ? [call.path, ...operands(call)] : [call.path],
  );
  return paths.some((path) => /^\/dev\/shm\/|^(?:\/var)?\/tmp\/(?:[^/]{1,100}\/){0,8}\./.test(path));
}

const takesFile = ({ name }: Call) => SHELL.test(name) || /^(?:python|perl|php)[\d.]{0,5}$/.test(name);

function tellsOfCron(step: StepDraft): Tell[] {
  if (!isCronCommand(step)) return [{ title: 'Schedule changed', level: 'medium', techniques: ['T1053.003'] }];
  const told = tellsOf(step.text).filter(({ level, title }) => level === 'critical' || CRON_TITLES.has(title));
  const all = told.length === 0 && runsFromTemp(step) ? [FROM_TEMP] : told;
  return all.map(({ title, level, techniques }) => ({
    title: `${title} by cron`,
    level,
    techniques: ['T1053.003', ...techniques],
  }));
}

/** Accounts that were added in a session. */
export function accountsMade({ steps }: { readonly steps: readonly StepDraft[] }): string[] {
  return steps.filter(isAccountMade).map(({ noted }) => String(noted.fields['user.target.name'] ?? ''));
}

export function isAccountMade({ kind, noted }: StepDraft): boolean {
  const type = noted.fields['event.type'];
  return (
    kind === 'account' &&
    Array.isArray(type) &&
    type.includes('creation') &&
    noted.fields['event.outcome'] !== 'failure'
  );
}

/** Other accounts whose password, shell or id was changed in a session: whoever did it can use them from then on. */
export function accountsTaken({
  user,
  steps,
}: {
  readonly user: string;
  readonly steps: readonly StepDraft[];
}): string[] {
  const taken = steps.filter((step) => step.kind === 'password' || tellsOfStep(step).some(isTaking));
  const names = taken.map(({ noted }) => String(noted.fields['user.target.name'] ?? ''));
  return [...new Set(names)].filter((name) => name !== '' && name !== user);
}

const isTaking = (tell: Tell) => tell === SECOND_ROOT || tell === GIVEN_SHELL;
