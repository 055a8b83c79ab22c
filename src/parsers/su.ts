import { type EcsFields, withFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import { AUTHENTICATION, INFO, START } from './auth/words.ts';

type Groups = Readonly<Record<string, string | undefined>>;

// ATTEMPT: the line that counts. shadow (Debian) writes "Successful su for root by bob" and then once more "+ TTY bob:root".
const ATTEMPTS: readonly (readonly [RegExp, 'success' | 'failure'])[] = [
  [/^Successful su for (?<as>\S{1,256}) by (?<user>\S{1,256})$/, 'success'],
  [/^FAILED su for (?<as>.{1,256}) by (?<user>\S{1,256})$/, 'failure'],
  [/^\(to (?<as>[^\s()]{1,256})\) (?<user>\S{1,256}) on (?<tty>\S{1,128})$/, 'success'], // util-linux, Red Hat
  [/^FAILED SU \(to (?<as>[^()]{1,256})\) (?<user>\S{1,256}) on (?<tty>\S{1,128})$/, 'failure'],
  [/^from (?<user>\S{1,256}) to (?<as>\S{1,256}) at (?<tty>\S{1,128})$/, 'success'], // AIX
  [/^BAD SU from (?<user>\S{1,256}) to (?<as>\S{1,256}) at (?<tty>\S{1,128})$/, 'failure'],
  [/^BAD SU (?<user>\S{1,256}) to (?<as>\S{1,256}) on (?<tty>\S{1,128})$/, 'failure'], // BSD
  [/^(?<user>\S{1,256}) to (?<as>\S{1,256}) on (?<tty>\S{1,128})$/, 'success'],
  [/^'su (?<as>[^'\s]{1,256})' succeeded for (?<user>\S{1,256}) on (?<tty>\S{1,128})$/, 'success'], // Solaris
  [/^succeeded: (?<tty>\S{1,128}) changing from (?<user>\S{1,256}) to (?<as>\S{1,256})$/, 'success'], // IRIX
  [/^failed: (?<tty>\S{1,128}) changing from (?<user>\S{1,256}) to (?<as>\S{1,256})$/, 'failure'],
  [/^'su (?<as>[^'\s]{1,256})' failed for (?<user>\S{1,256}) by \S{1,256}$/, 'failure'],
  [/^'su (?<as>[^'\s]{1,256})' failed for (?<user>\S{1,256}) on (?<tty>\S{1,128})$/, 'failure'],
];
const AGAIN = /^(?<sign>[+-]) (?<tty>\S{1,128}) (?<user>[^\s:]{1,256}?)[:-](?<as>[^\s:]{1,256})$/;
const COMPLAINT =
  /^(?:pam_authenticate: (?<reason>.{1,200})|(?<other>Authentication (?:failed|failure)\b.{0,200}|You are not authorized to su \S{1,256}|No passwd entry for user.{0,256}|unknown (?:id|login).{0,256}))$/s;

function terminal(groups: Groups): string | undefined {
  const tty = groups['tty'];
  return tty === 'none' || tty === '???' ? undefined : tty;
}

function attempt(outcome: 'success' | 'failure', groups: Groups): EcsFields {
  return {
    'event.category': AUTHENTICATION,
    'event.type': START,
    'event.action': 'su',
    'event.outcome': outcome,
    'user.name': groups['user'],
    'user.effective.name': groups['as'],
    'user.terminal': terminal(groups),
  };
}

function parse(message: string): EcsFields | null {
  for (const [pattern, outcome] of ATTEMPTS) {
    const groups = pattern.exec(message)?.groups;
    if (groups) return attempt(outcome, groups);
  }
  const again = AGAIN.exec(message)?.groups;
  if (again)
    return withFields(attempt(again['sign'] === '+' ? 'success' : 'failure', again), {
      'event.type': INFO,
      'event.action': 'su_again',
    });
  const complaint = COMPLAINT.exec(message)?.groups;
  if (!complaint) return null;
  return {
    'event.category': AUTHENTICATION,
    'event.type': INFO,
    'event.action': 'su_failure',
    'event.outcome': 'failure',
    'event.reason': complaint['reason'] ?? complaint['other'],
  };
}

/** su, in the words of shadow (src/su.c), util-linux (login-utils/su-common.c), the BSDs and Solaris. */
export default {
  kind: 'message',
  name: 'su',
  programs: ['su', 'su-l', 'runuser'],
  parse: ({ message }) => parse(message),
} satisfies MessageParser;
