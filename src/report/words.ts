import { counted, printable } from '../core/text.ts';
import type { Action, Attacker, AttackerKind, Confidence, MissingKind, Place, Story, Verdict } from '../trace/story.ts';
import { clockOf } from './clock.ts';

/** `1,204` */
export function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

/** `1 try`, `1,204 tries`. */
export const count = counted;

/** `231 MB`, in powers of ten. */
export function bytes(value: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let at = 0;
  while (value >= 999.5 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  return `${at === 0 || value >= 10 ? number(Math.round(value)) : value.toFixed(1)} ${units[at]}`;
}

/** Share of a whole in percent: `0.3 %`, `under 0.1 %`; '' of nothing, and of what is no part. */
export function percent(part: number, whole: number): string {
  if (whole <= 0 || part <= 0 || part > whole) return '';
  const share = (part / whole) * 100;
  return share < 0.1 ? 'under 0.1 %' : `${share >= 10 ? Math.round(share) : Math.round(share * 10) / 10} %`;
}

const NAME_COLUMNS = 40;

/** A name that a stranger chose, printable and short enough not to push the rest of a sentence away. */
export function nameOf(name: string, unknown = ''): string {
  const shown = printable(name, NAME_COLUMNS);
  return shown === '' ? unknown : shown;
}

/** `gate, shop and vault`; more than `most` are counted. */
export function list(items: readonly string[], most = 4): string {
  const names = items.map((item) => nameOf(item));
  if (items.length > most) return `${names.slice(0, most - 1).join(', ')} and ${number(names.length - most + 1)} more`;
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

/** The word on the badge. */
export const VERDICT: Readonly<Record<Verdict, string>> = {
  breached: 'BREACHED',
  attacked: 'ATTACKED',
  quiet: 'QUIET',
  cannot_tell: 'CANNOT TELL',
};

const METHODS = new Map([
  ['password', 'by password'],
  ['publickey', 'by key'],
  ['keyboard-interactive', 'by password (typed)'],
  ['keyboard-interactive/pam', 'by password (typed)'],
  ['gssapi-with-mic', 'by Kerberos'],
  ['gssapi', 'by Kerberos'],
  ['hostbased', 'by trust in its host'],
  ['certificate', 'by certificate'],
  ['none', 'without any proof'],
]);

/** `by password`; '' when the way is unknown. */
export function byMethod(method: string): string {
  return method === '' ? '' : (METHODS.get(method) ?? `by ${nameOf(method)}`);
}

/** What an attacker did, as a verb. */
export const KIND: Readonly<Record<AttackerKind, string>> = {
  password_guessing: 'guessed passwords',
  name_guessing: 'guessed names',
  password_spraying: 'tried many names',
  scanner: 'looked, did not log in',
  web_scan: 'searched for web holes',
  web_exploit: 'sent web attacks',
  web_guessing: 'guessed web logins',
  port_scan: 'scanned ports',
  flood: 'flooded',
};

/** What is missing, as a heading; the detail follows. */
export const MISSING: Readonly<Record<MissingKind, string>> = {
  gap: 'silence',
  ends_early: 'log ends early',
  rotation_missing: 'rotated file absent',
  wtmp_zeroed: 'login records overwritten',
  login_without_record: 'login record missing',
  record_without_login: 'login lines missing',
  session_without_login: 'login line missing',
  logging_stopped: 'logging stopped',
  history_emptied: 'command history emptied',
  nul_run: 'NUL bytes',
  audit_gap: 'audit numbers skipped',
  audit_lost: 'audit lost events',
  lines_lost: 'logger dropped lines',
  truncated: 'cut off',
  clock_step: 'clock set',
  flooded: 'too much to tell',
  host_unseen: 'no logs of it',
};

/** What to do, as a command to the reader; `{}` stands for the target. */
export const ACTION: Readonly<Record<Action['kind'], string>> = {
  preserve: 'keep {} untouched',
  lock_account: 'lock the account {}',
  remove_account: 'remove the account {}',
  remove_key: 'remove the key {}',
  block: 'block {}',
  change_password: 'change the password of {}',
  inspect: 'look at {}',
  report: 'write to {}',
  collect: 'collect {}',
};

/** `NL · AS64500 Example Hosting`; '' when all is unknown. */
export function placeOf(place: Place): string {
  const network = [place.asn === undefined ? '' : `AS${place.asn}`, place.organisation ?? ''].filter(Boolean).join(' ');
  return [place.country ?? '', network].filter(Boolean).join(' · ');
}

/** How much an address did, the largest first: `412 tries`, `3,020 hostile requests`. */
export function deedsOf(attacker: Attacker): string[] {
  const { failures, hostileRequests, webFailures, requests, blockedPackets, probes } = attacker;
  return [
    failures > 0 ? count(failures, 'try', 'tries') : '',
    hostileRequests > 0 ? count(hostileRequests, 'hostile request') : '',
    webFailures > 0 ? count(webFailures, 'wrong web login') : '',
    requests > 0 && hostileRequests === 0 && webFailures === 0 ? count(requests, 'request') : '',
    blockedPackets > 0 ? count(blockedPackets, 'blocked packet') : '',
    probes > 0 ? count(probes, 'probe') : '',
  ].filter(Boolean);
}

/** `confidence high` */
export function confidence(level: Confidence): string {
  return `confidence ${level}`;
}

/** `1–9 Mar 2026, times in UTC+9`: said once in a report. */
export function spanOf(story: Story): string {
  const clock = clockOf(story);
  const range = clock.range(story.from, story.to);
  return range === '' ? '' : `${range}, times in ${clock.offsets(story.from, story.to)}`;
}
