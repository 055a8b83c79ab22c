import { type EcsFields, withFields } from '../../core/event.ts';
import { source } from '../auth/peer.ts';
import { AUTHENTICATION, IAM, INFO, PROCESS } from '../auth/words.ts';

/** Reads one message of a PAM module. `groups` are those of the pattern. */
type Say = (groups: Readonly<Record<string, string | undefined>>) => EcsFields;

const USER_CHANGE = ['user', 'change'] as const;

function denied(reason: string, groups: Readonly<Record<string, string | undefined>>): EcsFields {
  return {
    'event.category': AUTHENTICATION,
    'event.type': INFO,
    'event.action': 'pam_denied',
    'event.outcome': 'failure',
    'event.reason': reason,
    'user.name': groups['user'],
    ...source(groups['address']),
  };
}

function authenticated(action: string, groups: Readonly<Record<string, string | undefined>>): EcsFields {
  return {
    'event.category': AUTHENTICATION,
    'event.type': INFO,
    'event.action': action,
    'event.outcome': 'success',
    'user.name': groups['user'],
    ...source(groups['address']),
  };
}

// Names stand last or in quotes; where a name is a client's text nothing else is read from the line.
const MESSAGES: readonly (readonly [RegExp, Say])[] = [
  [
    /^password changed for (?<user>\S{1,256})$/,
    ({ user }) => ({
      'event.category': IAM,
      'event.type': USER_CHANGE,
      'event.action': 'password_changed',
      'event.outcome': 'success',
      'user.target.name': user,
    }),
  ],
  [
    /^user "(?<user>.*)" does not exist in \/etc\/\w{1,16}$/s,
    ({ user }) => ({
      'event.category': IAM,
      'event.type': INFO,
      'event.action': 'password_change_failed',
      'event.outcome': 'failure',
      'event.reason': 'user does not exist',
      'user.target.name': user,
    }),
  ],
  [
    /^Consecutive login failures for user (?<user>.*) account temporarily locked$/s,
    (groups) => withFields(denied('account temporarily locked', groups), { 'event.action': 'account_locked' }),
  ],
  [
    /^user (?<user>\S{1,256}) \(\d{1,10}\)(?: has time limit .*| tally \d{1,10}, deny \d{1,10}.*)$/s,
    (groups) => withFields(denied('too many failed logins', groups), { 'event.action': 'account_locked' }),
  ],
  [
    /^requirement "(?<reason>[^"]{1,200})" not met by user "(?<user>.*)"$/s,
    (groups) => denied(`requirement "${groups['reason']}" not met`, groups),
  ],
  [
    /^access denied for user `(?<user>.*)' from `(?<address>[^'`\s]{1,253})'$/s,
    (groups) => denied('access denied', groups),
  ],
  [/^Refused user (?<user>.*) for service \S{1,64}$/s, (groups) => denied('listed file', groups)],
  [
    /^received for user (?<user>.*): \d{1,4} \((?<reason>[^()]{1,200})\)$/s,
    (groups) => denied(groups['reason'] as string, groups),
  ],
  [/^auth could not identify password for \[(?<user>.*)\]$/s, (groups) => denied('no password given', groups)],
  [/^bad username \[(?<user>.*)\]$/s, (groups) => denied('bad username', groups)],
  [/^account (?<user>\S{1,256}) has expired(?: .*)?$/s, (groups) => denied('account expired', groups)],
  [/^expired password for user (?<user>\S{1,256})(?: .*)?$/s, (groups) => denied('password expired', groups)],
  [
    /^could not identify user \(from getpwnam\((?<user>.*)\)\)$/s,
    (groups) => withFields(denied('user unknown', groups), { 'event.action': 'pam_unknown_user' }),
  ],
  [
    /^could not obtain user info \((?<user>.*)\)$/s,
    (groups) => withFields(denied('user unknown', groups), { 'event.action': 'pam_unknown_user' }),
  ],
  [
    /^password check failed for user \((?<user>.*)\)$/s,
    (groups) => withFields(denied('authentication failure', groups), { 'event.action': 'pam_auth_failure' }),
  ],
  [
    /^error retrieving information about user (?<user>.*)$/s,
    (groups) => withFields(denied('user unknown', groups), { 'event.action': 'pam_unknown_user' }),
  ],
  [/^Authentication failure; user=(?<user>.*)$/s, (groups) => denied('authentication failure', groups)],
  [/^Tally overflowed for user (?<user>.*)$/s, (groups) => denied('too many failed logins', groups)],
  [
    /^Blocking access from (?<address>[^\s,]{1,253}) to service [\w.-]{1,64}, user (?<user>.*)$/s, // pam_abl
    (groups) => withFields(denied('too many failed logins', groups), { 'event.action': 'account_locked' }),
  ],
  [
    /^error trying to bind as user "(?:(?:uid|cn)=(?<user>[^",=+\\]{1,256}),)?[^"]{0,1024}" \((?<reason>[^()]{1,200})\)$/i,
    (g) => denied(g['reason'] as string, g),
  ],
  [/^user (?<user>\S{1,256}) inactive for \d{1,6} days - denied$/, (groups) => denied('account inactive', groups)],
  [/^Too many (?:system )?logins \(max \d{1,10}\) for (?<user>.*)$/s, (groups) => denied('too many logins', groups)],
  [
    /^access denied: tty '(?<tty>[^']{1,128})' is not secure ?!?$/,
    (g) => withFields(denied('terminal is not secure', g), { 'user.terminal': g['tty'] }),
  ],
  [
    /^user (?<user>\S{1,256}) authenticated as (?<principal>\S{1,512})$/,
    (g) => withFields(authenticated('pam_auth_success', g), { 'spoor.auth.principal': g['principal'] }),
  ],
  [
    /^Successful Duo login for '(?<user>.*)'(?: from (?<address>[^\s':]{1,253}|[\da-fA-F:.]{2,45}))?(?:: [^']*)?$/s,
    (groups) => authenticated('second_factor_accepted', groups),
  ],
  [
    /^Failsafe Duo login for '(?<user>.*)'(?: from (?<address>[^\s':]{1,253}|[\da-fA-F:.]{2,45}))?(?:: [^']*)?$/s,
    (groups) => authenticated('second_factor_skipped', groups), // Duo did not answer, and `failmode=safe` lets people in
  ],
  [
    /^(?:Failed|Aborted) Duo login for '(?<user>.*)'(?: from (?<address>[^\s':]{1,253}|[\da-fA-F:.]{2,45}))?(?:: [^']*)?$/s,
    (groups) => denied('second factor', groups),
  ],
  [/^Failsafe Duo login for '/, () => authenticated('second_factor_skipped', {})],
  [/^(?:Failed|Aborted) Duo login for '/, () => denied('second factor', {})], // a quote in Duo's reason: whose, nobody knows
  [
    /^(?:conversation failed|auth could not identify user|could not identify user.*)$/s,
    () => denied('conversation failed', {}),
  ],
  [
    /^authentication success; (?:logname=\S* uid=\d{1,10} euid=\d{1,10} tty=\S* ruser=\S* rhost=(?<address>[^\s=]{0,253}) {1,2}|.* )user=(?<user>.{1,256})$/s,
    (groups) => authenticated('pam_auth_success', groups),
  ],
  [
    /^authentication succeeds for '(?<user>[^\s']{1,256})' \([^()]{0,300}\)$/,
    (groups) => authenticated('pam_auth_success', groups),
  ],
  [
    /^authentication fails for '(?<user>.*)' \([^()]{0,300}\): (?<reason>[^:]{1,200})$/s,
    (groups) => denied(groups['reason'] as string, groups),
  ],
  [
    /^(?<reason>Authentication failure|Permission denied|User not known to the underlying authentication module|Maximum number of tries exceeded.{0,100})$/,
    (groups) => denied(groups['reason'] as string, groups),
  ],
  [
    /^Accepted google_authenticator for (?<user>\S{1,256})$/,
    (groups) => authenticated('second_factor_accepted', groups),
  ],
  [/^Invalid verification code for (?<user>.*)$/s, (groups) => denied('invalid verification code', groups)],
  [/^user '?(?<user>[^\s']{1,256})'? granted access$/, (groups) => authenticated('pam_auth_success', groups)],
  [/^user '(?<user>.*)' denied access(?: \([^()]{1,200}\))?$/s, (groups) => denied('access denied', groups)],
  [
    /^Access denied (?:for|to) (?:user )?'?(?<user>[^\s']{1,256}?)'?:?(?: .*)?$/s,
    (groups) => denied('access denied', groups),
  ],
];

/** What a module said, or the bare fact that it spoke: an unknown message of PAM is still PAM's. */
export function moduleMessage(text: string): EcsFields {
  for (const [pattern, say] of MESSAGES) {
    const groups = pattern.exec(text);
    if (groups) return say(groups.groups ?? {});
  }
  return { 'event.category': PROCESS, 'event.type': INFO, 'event.action': 'pam_info' };
}
