import { type EcsFields, withFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import { source } from './auth/peer.ts';
import { AUTHENTICATION, INFO, PROCESS, START } from './auth/words.ts';

type Groups = Readonly<Record<string, string | undefined>>;

// util-linux writes the host, or where there is none the terminal, in the same place.
const TERMINAL = /^(?:\/dev\/|tty|pts\/|console$|hvc\d|vc\/)/;

function place({ address, tty }: Groups): EcsFields {
  if (address === undefined || address === '(null)') return { 'user.terminal': tty };
  if (TERMINAL.test(address)) return { 'user.terminal': address };
  return { 'user.terminal': tty, ...source(address) };
}

// A name that is no account may be a password typed too early: login hides it unless it is told not to (login.defs, LOG_UNKFAIL_ENAB).
const HIDDEN = /^(?:UNKNOWN|UNKNOWN_USER|\(unknown\)|\(null\))$/;

function named({ user }: Groups): EcsFields {
  return user !== undefined && HIDDEN.test(user) ? { 'spoor.user.unknown': true } : { 'user.name': user };
}

function tried(outcome: 'success' | 'failure', groups: Groups): EcsFields {
  return {
    'event.category': AUTHENTICATION,
    'event.type': START,
    'event.action': 'login',
    'event.outcome': outcome,
    'event.reason': groups['reason'],
    ...named(groups),
    ...place(groups),
    'spoor.auth.method': 'password',
  };
}

function about(action: string, groups: Groups): EcsFields {
  return {
    'event.category': AUTHENTICATION,
    'event.type': INFO,
    'event.action': action,
    'event.outcome': 'failure',
    'event.reason': groups['reason'],
    ...named(groups),
    ...place(groups),
  };
}

const MORE = (groups: Groups): EcsFields =>
  withFields(about('login_failures', groups), {
    'spoor.failures': groups['count'] === undefined ? undefined : Number(groups['count']),
  });

// The name tried is in quotes or last but one; what login itself writes ends the line.
const PLACE = String.raw`on '?(?<tty>[\w/.:-]{1,128})'?(?: from '?(?<address>[^\s']{1,253})'?)?`;
const FROM = String.raw`(?: FROM (?<address>[^\s,]{1,253}|\(null\)))?`;
const MESSAGES: readonly (readonly [RegExp, (groups: Groups) => EcsFields])[] = [
  [
    // FreeBSD names the account, which has root's id alone for certain
    new RegExp(`^ROOT LOGIN +(?:\\((?<user>[^\\s()]{1,256})\\) )?ON (?<tty>[^\\s,]{1,128})(?:${FROM})?$`),
    (g) => tried('success', { ...g, user: g['user'] ?? 'root' }),
  ],
  [
    new RegExp(`^(?:LOGIN|DIALUP) ON (?<tty>[^\\s,]{1,128}) BY (?<user>\\S{1,256})(?:${FROM})?$`),
    (g) => tried('success', g),
  ],
  [new RegExp(`^(?:ROOT LOGIN|root login) +${PLACE}$`), (g) => tried('success', { ...g, user: 'root' })],
  [/^login (?<address>\S{1,253}) as (?<user>\S{1,256})$/, (g) => tried('success', g)],
  [
    /^login (?:from (?<address>\S{1,253}) )?on (?<tty>\S{1,128}) as (?<user>\S{1,256})$/, // FreeBSD
    (g) => tried('success', g),
  ],
  [/^DIALUP AT (?<tty>\S{1,128}) BY (?<user>\S{1,256})$/, (g) => tried('success', g)],
  [new RegExp(`^'(?<user>[^\\s']{1,256})' logged in ${PLACE}$`), (g) => tried('success', g)], // shadow
  [
    /^FAILED LOGIN (?:SESSION )?(?:\(?(?<count>\d{1,6})\)? )?(?:FROM \(null\)|FROM (?<address>[^\s,]{1,253})|ON (?<tty>[^\s,]{1,128})) FOR (?<user>.*), (?<reason>[^,]{1,200})$/s,
    (g) => tried('failure', g),
  ],
  [
    new RegExp(`^FAILED LOGIN \\(\\d{1,6}\\) ${PLACE} FOR '(?<user>.*)'(?:, (?<reason>[^,']{1,200}))?$`, 's'),
    (g) => tried('failure', g),
  ],
  [
    /^FAILED LOGIN (?<count>\d{1,6}) FROM (?<address>[^\s,]{1,253}) FOR (?<user>.*), (?<reason>[^,]{1,200})$/s,
    (g) => tried('failure', g),
  ],
  [
    /^TOO MANY LOGIN TRIES \((?<count>\d{1,6})\) (?:FROM (?<address>\S{1,253})|ON (?<tty>\S{1,128})) FOR (?<user>.*), (?<reason>[^,]{1,200})$/s,
    MORE,
  ],
  [new RegExp(`^TOO MANY LOGIN TRIES \\((?<count>\\d{1,6})\\) ${PLACE} FOR '(?<user>.*)'$`, 's'), MORE],
  [
    /^(?<count>\d{1,6}) LOGIN FAILURES? (?:ON (?<tty>[^\s,]{1,128})|FROM (?<address>[^\s,]{1,253}))(?:, (?<user>.*))?$/s,
    MORE,
  ],
  [
    /^REPEATED LOGIN FAILURES(?= ON | FROM )(?: ON (?<tty>[^\s,]{1,128}))?(?: FROM (?<address>[^\s,]{1,253}))?(?:, (?<user>.*))?$/s,
    MORE,
  ],
  [new RegExp(`^exceeded failure limit for '(?<user>.*)' ${PLACE}$`, 's'), MORE],
  [
    /^(?:invalid password|unknown user|invalid user) (?:for )?['`](?<user>.*)' {1,2}on ['`](?<tty>[^'`\s]{1,128})'(?: from ['`](?<address>[^'`\s]{1,253})')?$/s,
    (g) => tried('failure', g),
  ],
  [
    /^LOGIN (?<user>\S{1,256}) REFUSED(?: FROM (?<address>\S{1,253}))?(?: ON TTY (?<tty>\S{1,128}))?$/,
    (g) => about('login_refused', g),
  ],
  [
    /^(?:Connection|connect) from (?<address>[\da-fA-F:.]{2,45}) on (?<reason>illegal port)\.? ?$/,
    (g) => about('login_refused', g),
  ],
  [
    /^ssh: failed login attempt for (?<user>.*) from (?<address>\S{1,253})$/s, // AIX' loginfailed(), beside what sshd says
    (g) => about('login_refused', g),
  ],
  [/^no user entry for (?<user>.*)$/s, (g) => about('login_refused', g)],
];
const OTHER =
  /^(?:timed out|FATAL|checkname failed|PAM |pam_|\/dev\/\S{1,64}: |tty|bad speed|could not |failed to |signal|EOF|Gdm:|gkr-pam|unable to locate daemon|.{0,60}no such file|DIALUP|VHANGUP)/i;
// Desktop log-in screens speak through PAM for what matters.
const DESKTOP = /^(?:gdm|lightdm|sddm|kdm|xdm)/;

function parse(message: string, appName: string): EcsFields | null {
  for (const [pattern, say] of MESSAGES) {
    const groups = pattern.exec(message)?.groups;
    if (groups) return say(groups);
  }
  if (!OTHER.test(message) && !DESKTOP.test(appName)) return null;
  return { 'event.category': PROCESS, 'event.type': INFO, 'event.action': 'login_info' };
}

/** Logins at a console or a serial line: login of util-linux, shadow, busybox and the BSDs, getty, and log-in screens. */
export default {
  kind: 'message',
  name: 'login',
  programs: [
    ...[
      'login',
      'getty',
      'agetty',
      'mingetty',
      'remote',
      'rlogind',
      'rshd',
      'in.rshd',
      'in.rlogind',
      'telnetd',
      'in.telnetd',
    ],
    ...[
      'gdm',
      'gdm3',
      'gdm-password',
      'gdm-session-worker',
      'gdm-password]',
      'gdm-launch-environment',
      'lightdm',
      'sddm',
      'sddm-helper',
    ],
  ],
  prefixes: ['ssh: failed login attempt for '],
  parse: ({ message, appName }) => parse(message, appName),
} satisfies MessageParser;
