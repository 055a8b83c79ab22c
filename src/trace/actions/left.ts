import type { StepDraft } from '../draft.ts';
import { isCronCommand, tellsOfStep } from '../step-tells.ts';
import type { Action } from '../story.ts';
import { SUDOERS } from '../techniques/account-rules.ts';
import { type Call, readLine } from '../techniques/calls.ts';
import { operands, option, written } from '../techniques/rule.ts';
import { changesCrontab, isSetUid, startsByItself } from '../techniques/stay-rules.ts';
import { homeOf } from './keys.ts';
import { quote, quotePath } from './words.ts';

const MAX_NAMED = 6;
const UNIT = /^(?:\/etc|\/usr\/lib|\/lib|\/run)\/systemd\/system\/([\w@.-]{1,100}\.(?:service|timer|socket|path))$/;

/** Something that runs again by itself, or gives rights, and the command that shows it. */
interface Left {
  readonly place: string;
  readonly look: string;
}

/** What an intruder left on a host, as one thing to look at: it brings the intruder back when logins are closed. */
export function inspectLeft(host: string, steps: readonly StepDraft[]): Action[] {
  const all = new Map(steps.flatMap(leftBy).map((left) => [left.place, left]));
  if (all.size === 0) return [];
  const left = [...all.values()];
  const more = left.length > MAX_NAMED ? [`${left.length - MAX_NAMED} more`] : [];
  const target = [...left.slice(0, MAX_NAMED).map(({ place }) => place), ...more].join(', ');
  const command = [...new Set(left.slice(0, MAX_NAMED).map(({ look }) => look))].join('; ');
  const reason = 'the intruder left it to come back by; take it out when the disk is copied';
  return [{ kind: 'inspect', host, target, reason, command }];
}

/** Is the step a job that cron ran and that an intruder would have it run? */
export function isPlantedJob(step: StepDraft): boolean {
  return isCronCommand(step) && tellsOfStep(step).length > 0;
}

function leftBy(step: StepDraft): Left[] {
  if (step.outcome === 'failure') return [];
  switch (step.kind) {
    case 'command':
    case 'sudo':
      return readLine(step.text).calls.flatMap((call) => leftByCall(call, actorOf(step)));
    case 'cron':
      if (isPlantedJob(step)) return [JOBS];
      return step.noted.fields['event.action'] === 'crontab_replaced' ? [crontabOf(step.asUser)] : [];
    default:
      return [];
  }
}

/** Which table a job stands in is not in the line that cron writes as it runs. */
const JOBS: Left = {
  place: 'all jobs of cron',
  look: "grep -rs '' /etc/crontab /etc/cron.d /etc/cron.hourly /etc/cron.daily /var/spool/cron",
};

/** Whose rights a command had. */
function actorOf({ text, user, asUser }: StepDraft): string {
  return /^\s{0,20}(?:sudo|doas)\s/.test(text) ? 'root' : asUser || user;
}

function leftByCall(call: Call, actor: string): Left[] {
  const found = written(call)
    .map((file) => file.replace(/^(?:~|\$HOME)(?=\/)/, () => homeOf(actor)))
    .filter((file) => file.startsWith('/') && (startsByItself(file) || SUDOERS.test(file)))
    .map(fileOf);
  if (changesCrontab(call)) found.push(crontabOf(option(call, 'u', 'user') ?? actor));
  if (call.name === 'systemctl' && operands(call)[0] === 'enable')
    found.push(...operands(call).slice(1).map(serviceOf));
  if (isSetUid(call))
    found.push(
      ...operands(call)
        .filter((file) => file.startsWith('/'))
        .map((file) => ({ place: `${file} (set-uid)`, look: `ls -l ${quotePath(file)}` })),
    );
  return found;
}

function fileOf(file: string): Left {
  const unit = UNIT.exec(file)?.[1];
  return unit === undefined ? { place: file, look: `cat -v ${quotePath(file)}` } : serviceOf(unit);
}

function serviceOf(name: string): Left {
  const unit = name.slice(name.lastIndexOf('/') + 1).replace(/\.service$/, '');
  return { place: `the service ${unit}`, look: `systemctl cat ${quote(unit)}` };
}

function crontabOf(user: string): Left {
  if (user === '') return JOBS;
  return { place: `the crontab of ${user}`, look: `crontab -l -u ${quote(user)}` };
}
