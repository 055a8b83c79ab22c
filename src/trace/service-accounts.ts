import { addTo } from '../core/grouped.ts';
import type { StepDraft } from './draft.ts';
import { SERVICE_ACCOUNTS } from './service-names.ts';
import { text } from './session-index.ts';
import { readLine } from './techniques/calls.ts';
import { type Tell, tellsOf } from './techniques.ts';

/** Accounts whose very work is to run what people wrote. */
const BUILDERS = new Set(
  'jenkins daemon gitlab-runner runner github-runner buildkite-agent teamcity bamboo go'.split(' '),
);
/** User ids that distributions fix, for audit logs that name no accounts: Debian's and Red Hat's web servers. */
const FIXED_IDS: ReadonlyMap<string, string> = new Map([
  ['33', 'www-data'],
  ['48', 'apache'],
]);

/** The service account that ran a step; '' when it was none. */
export function serviceAccountOf({ user, noted }: StepDraft): string {
  const name = user || fixedAccount(text(noted.fields['user.id']));
  return SERVICE_ACCOUNTS.has(name) ? name : '';
}

/** User ids that are no person's: below the bound of all distributions, and what systemd gives to services while they run. */
const SYSTEM_ID = /^(?:[1-9]\d{0,2}|6[1-5]\d{3})$/;
/** What no account of the system does; monitors and databases among them look around and write backups. */
const OUTRIGHT = new Set([
  'Reverse shell',
  'Coin miner',
  'Escalation by a known hole',
  'Second account with uid 0',
  'Program fetched and run',
  'Encoded command run',
]);

/** What gives away that an account of the system was made to run a step, where the kernel says that nobody logged in to run it. */
export function systemTell(step: StepDraft): Tell | undefined {
  const { noted, user } = step;
  if (noted.parser !== 'auditd' || BUILDERS.has(user) || isOfALogin(step)) return undefined;
  const isSystem = user !== '' && SYSTEM_ID.test(text(noted.fields['user.id']));
  const outright = isSystem ? OUTRIGHT : NOBODYS;
  return tellsOf(step.text).find(({ title }) => outright.has(title));
}

/** What no program does by itself either that runs under an account like a person's, as a site's PHP does at a hoster's. */
const NOBODYS: ReadonlySet<string> = new Set(['Reverse shell']);

/** The service account of an id that a line gives instead of a name; ''. */
export function fixedAccount(id: string): string {
  return FIXED_IDS.get(id) ?? '';
}

/** A command of a service account that no service runs: a web shell, or a database that was made to run one. */
export interface ServiceCommand {
  readonly step: StepDraft;
  readonly tell: Tell;
}

/** Such commands, outside of any session, each command once. What backups and updates do as well is not among them. */
export function serviceCommands(loose: readonly StepDraft[]): ServiceCommand[] {
  const told = new Map<string, ServiceCommand>();
  for (const step of loose) {
    const account = serviceAccountOf(step);
    const tell = account === '' ? systemTell(step) : graveOf(step, account);
    const key = `${step.noted.host} ${account} ${step.text}`;
    if (tell !== undefined && !told.has(key)) told.set(key, { step: named(step, account || step.user), tell });
  }
  for (const steps of likeAPerson(loose)) {
    const step: StepDraft = { ...(steps[0] as StepDraft), text: said(steps) };
    told.set(`${told.size} like a person`, { step, tell: LIKE_A_PERSON });
  }
  return [...told.values()];
}

function graveOf(step: StepDraft, account: string): Tell | undefined {
  if (step.kind === 'su') return BUILDERS.has(account) ? undefined : TOOK_ACCOUNT;
  if (step.kind !== 'command' && step.kind !== 'cron') return undefined;
  const grave = BUILDERS.has(account) ? NONE : GRAVE;
  const isGrave = ({ level, title }: Tell) =>
    level === 'critical' || grave.has(title) || (title === 'Logs wiped' && EDITED.test(step.text));
  return tellsOf(step.text).find(isGrave);
}

/** A site may throw its logs away; lines are taken out of them by somebody who stands there. */
const EDITED = /(?:^|[\s;|&'"])(?:sed|perl|ruby|g?awk)\s/;

const NONE: ReadonlySet<string> = new Set();
const GRAVE = new Set(['Program fetched and run', 'Encoded command run']);

/** A web shell's user looks around: who am I, what machine is this, fetch me my tools. */
export const LIKE_A_PERSON: Tell = {
  title: 'A service account ran commands like a person',
  level: 'high',
  techniques: ['T1505.003'],
};

/** su asks for a password, which no service has to give. */
export const TOOK_ACCOUNT: Tell = {
  title: 'A service account became another by su',
  level: 'high',
  techniques: ['T1548', 'T1078.003'],
};

/** The different commands of some steps, one after the other. */
export function said(steps: readonly StepDraft[]): string {
  return [...new Set(steps.map(({ text: command }) => command))].slice(0, MAX_HOUR).join('; ');
}

const HOUR_MS = 3_600_000;
const DIFFERENT = 3;
const MAX_HOUR = 64;
/** What runs this often is a monitor, not a person. */
const ROUTINE = 20;

/**
 * Steps by which one service account on one host looked around as a person does: three different commands or more within
 * an hour, outside of any session, of nobody who logged in, and not as a routine. One list for each account and host.
 */
export function likeAPerson(loose: readonly StepDraft[]): StepDraft[][] {
  const byAccount = new Map<string, Curious[]>();
  for (const step of loose) {
    const account = serviceAccountOf(step);
    const key = `${step.noted.host} ${account}`;
    if (step.kind !== 'command' || account === '' || BUILDERS.has(account) || isOfALogin(step)) continue;
    const kinds = curiosity(step.text);
    if (kinds.length === 0) continue;
    addTo(byAccount, key, { step: named(step, account), kinds });
  }
  return [...byAccount.values()].map((all) => busyHours(withoutRoutine(all))).filter((steps) => steps.length > 0);
}

interface Curious {
  readonly step: StepDraft;
  readonly kinds: readonly string[];
}

/** Has the process of a step a login behind it? The kernel keeps who logged in (auid) through su and sudo, and cron sets it. */
export function isOfALogin({ noted }: StepDraft): boolean {
  return text(noted.fields['user.audit.id']) !== '' || text(noted.fields['user.audit.name']) !== '';
}

const CURIOUS = new Set([
  'Rights and accounts looked over',
  'Machine looked over',
  'Program fetched',
  'Program fetched and run',
  'Password hashes or secrets read',
  'Keys searched or read',
  'Credentials searched',
  'Reverse shell',
  'Connection opened by the shell',
  'Scan from inside',
  'Shell out of a helper program',
]);
const READERS = /^(?:cat|less|more|head|tail|grep|find|getent|ls)$/;
const WRAPPED = /^(?:sudo|env|nohup|timeout|-?(?:ba|da|z|k|a)?sh)$/;

/** What a line looks at or brings in, in words by which two such lines are compared; none for what services do. */
function curiosity(line: string): string[] {
  return readLine(line.slice(0, 4096)).calls.flatMap((call) => {
    const words = [call.path, ...call.args].join(' ');
    if (call.name === '' || WRAPPED.test(call.name) || !tellsOf(words).some(({ title }) => CURIOUS.has(title)))
      return [];
    if (/^(?:curl|wget)$/.test(call.name)) return ['fetch'];
    const file = call.args.find((arg) => !arg.startsWith('-')) ?? '';
    return [READERS.test(call.name) ? `${call.name} ${file}` : call.name];
  });
}

function withoutRoutine(all: readonly Curious[]): Curious[] {
  const times = new Map<string, number>();
  for (const { step } of all) times.set(step.text, (times.get(step.text) ?? 0) + 1);
  return all.filter(({ step }) => (times.get(step.text) ?? 0) < ROUTINE);
}

/** Steps of the hours in which enough different things were looked at. Steps without a time are one hour. */
function busyHours(all: readonly Curious[]): StepDraft[] {
  const busy = new Set<StepDraft>();
  let first = 0;
  for (let last = 0; last < all.length; last += 1) {
    const time = (all[last] as Curious).step.noted.time;
    while (first < last && time - (all[first] as Curious).step.noted.time > HOUR_MS) first += 1;
    const hour = all.slice(Math.max(first, last - MAX_HOUR), last + 1);
    if (new Set(hour.flatMap(({ kinds }) => kinds)).size >= DIFFERENT) for (const { step } of hour) busy.add(step);
  }
  return [...busy];
}

function named(step: StepDraft, user: string): StepDraft {
  return step.user === user ? step : { ...step, user };
}
