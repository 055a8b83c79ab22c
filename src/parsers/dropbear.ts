import { type EcsFields, withFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import { source } from './auth/peer.ts';
import {
  AUTHENTICATION,
  CONNECTION_END,
  CONNECTION_START,
  INFO,
  NETWORK,
  PROCESS,
  SESSION,
  START,
} from './auth/words.ts';

type Groups = Readonly<Record<string, string | undefined>>;

// The peer is "ADDR:PORT", IPv6 without brackets; it ends the line, or stands in "<>" before the client's own text.
const AT_END = String.raw`(?<address>[^\s<>]{1,253}):(?<port>\d{1,5})$`;
const IN_FRONT = String.raw`from <(?<address>[^\s<>]{1,253}):(?<port>\d{1,5})>`;

function login(outcome: 'success' | 'failure', method: string, groups: Groups): EcsFields {
  return {
    'event.category': AUTHENTICATION,
    'event.type': START,
    'event.action': 'ssh_login',
    'event.outcome': outcome,
    'user.name': groups['user'],
    ...source(groups['address'], groups['port']),
    'spoor.auth.method': method,
  };
}

function about(action: string, reason: string | undefined, groups: Groups): EcsFields {
  return {
    'event.category': AUTHENTICATION,
    'event.type': INFO,
    'event.action': action,
    'event.outcome': 'failure',
    'event.reason': reason,
    'user.name': groups['user'],
    ...source(groups['address'], groups['port']),
  };
}

function connection(action: string, groups: Groups, reason?: string): EcsFields {
  return {
    'event.category': NETWORK,
    'event.type': action === 'ssh_connect' ? CONNECTION_START : CONNECTION_END,
    'event.action': action,
    'event.reason': reason,
    'user.name': groups['user'],
    ...source(groups['address'], groups['port']),
    'spoor.preauth': action === 'ssh_preauth_close' ? true : undefined,
  };
}

function beforeAuth(groups: Groups): EcsFields {
  const reason = groups['reason'];
  return reason?.startsWith('Max auth tries reached')
    ? about('ssh_max_attempts', 'Max auth tries reached', groups)
    : connection('ssh_preauth_close', groups, reason);
}

const MESSAGES: readonly (readonly [RegExp, (groups: Groups) => EcsFields])[] = [
  [
    new RegExp(`^[Bb]ad (?:PAM )?password attempt for '(?<user>.*)' from ${AT_END}`, 's'),
    (groups) => login('failure', 'password', groups),
  ],
  [
    new RegExp(`^(?:PAM )?[Pp]assword auth succeeded for '(?<user>.*)' from ${AT_END}`, 's'),
    (groups) => login('success', 'password', groups),
  ],
  [
    new RegExp(
      `^[Pp]ubkey auth succeeded for '(?<user>.*)' with (?:(?<type>[\\w@.-]{1,64}) )?key (?:md5 |sha1!! )?(?<print>\\S{16,160}) from ${AT_END}`, // before 2020.80 the digest's name
      's',
    ),
    (groups) =>
      withFields(login('success', 'publickey', groups), {
        'spoor.key.type': groups['type'],
        'spoor.key.fingerprint': groups['print'],
      }),
  ],
  [
    new RegExp(`^[Aa]uth succeeded with blank password for '(?<user>.*)' from ${AT_END}`, 's'),
    (groups) => login('success', 'none', groups),
  ],
  [
    new RegExp(`^[Ll]ogin attempt (?:for nonexistent user|with wrong user) ?(?:'?(?<user>.*?)'? )?from ${AT_END}`, 's'),
    (groups) => withFields(login('failure', 'none', groups), { 'spoor.user.unknown': true }),
  ],
  [
    /^User '(?<user>[^']{0,256})' has (?<reason>blank password|invalid shell)[^']*$/s,
    (groups) => about('ssh_not_allowed', groups['reason'], groups),
  ],
  [
    /^Logins are restricted to the group \S{1,64} but user '(?<user>.*)' is not a member$/s,
    (groups) => about('ssh_not_allowed', 'not in the group', groups),
  ],
  [/^User account '(?<user>.*)' is locked$/s, (groups) => about('ssh_not_allowed', 'account is locked', groups)],
  [/^[Rr]oot login rejected$/, () => about('ssh_root_refused', 'root login rejected', { user: 'root' })],
  [new RegExp(`^(?:Child connection|Connection) from ${AT_END}`), (groups) => connection('ssh_connect', groups)],
  [
    new RegExp(
      `^[Ee]xit before auth ${IN_FRONT}: (?:\\(user '(?<user>[^']{0,256})', \\d{1,6} fails\\): )?(?<reason>.*)$`,
      's',
    ),
    beforeAuth,
  ],
  [
    new RegExp(
      `^[Ee]xit before auth(?: \\(user '(?<user>[^']{0,256})', \\d{1,6} fails\\))?: (?<reason>Max auth tries reached) - user '.*' from ${AT_END}`,
      's',
    ),
    beforeAuth,
  ],
  [/^[Ee]xit before auth(?: \(user '(?<user>[^']{0,256})', \d{1,6} fails\))?: (?<reason>.*)$/s, beforeAuth],
  [
    new RegExp(`^[Ee]xit \\((?<user>[^()]{0,256})\\) ${IN_FRONT}: (?<reason>.*)$`, 's'),
    (groups) => connection('ssh_disconnect', groups, groups['reason']),
  ],
  [
    /^[Ee]xit \((?<user>[^()]{0,256})\): (?<reason>.*)$/s,
    (groups) => connection('ssh_disconnect', groups, groups['reason']),
  ],
];

const DAEMON =
  /^(?:Running in background|Not backgrounding|Not forking|Early exit|Terminated by signal|Failed |Couldn't |premature exit|syslogin_perform_logout|lastlog|wtmp_|ioctl\()/;
const SUBSYSTEM = /^(?:subsystem request for|ssh(?:-| )?agent|X11 forwarding)/i;
// Embedded builds repeat their own tag: "[825] Jul 10 23:53:52 Bad password …"
const OWN_STAMP = /^\[\d{1,10}\] [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d /;

function parse(message: string): EcsFields | null {
  const text = message.replace(OWN_STAMP, '');
  for (const [pattern, say] of MESSAGES) {
    const groups = pattern.exec(text)?.groups;
    if (groups || pattern.test(text)) return say(groups ?? {});
  }
  if (DAEMON.test(text)) return { 'event.category': PROCESS, 'event.type': INFO, 'event.action': 'ssh_info' };
  if (SUBSYSTEM.test(text)) return { 'event.category': SESSION, 'event.type': INFO, 'event.action': 'ssh_info' };
  return null;
}

/** Dropbear, the small SSH server of routers and boot images (svr-auth.c, svr-session.c). */
export default {
  kind: 'message',
  name: 'dropbear',
  programs: ['dropbear', 'dropbearmulti'],
  parse: ({ message }) => parse(message),
} satisfies MessageParser;
