import { type EcsFields, withFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import { source } from './auth/peer.ts';
import { AUTHENTICATION, END, INFO, SESSION, START } from './auth/words.ts';

// audit_syslog(7): "EVENT ok|failed session ID by USER as EUSER:GROUP[ in ZONE][ from HOST][ proc_auid …][ obj …]"
const LINE =
  /^(?<event>[a-z][\w ()/-]{1,60}?) (?<result>ok|failed) session (?<session>\d{1,12}) by (?<user>\S{1,256}) as (?<as>[^\s:]{1,256}):(?<group>[^\s:]{1,256})(?: in (?<zone>[\w.-]{1,64}))?(?: from (?<address>[^\s]{1,253}))?(?: (?:proc_|obj ).*)?$/s;
const ACTIONS: ReadonlyMap<string, string> = new Map([
  ['login - ssh', 'ssh_login'],
  ['login - telnet', 'login'],
  ['login - rlogin', 'login'],
  ['login - local', 'login'],
  ['login - zlogin', 'login'],
  ['ftp access', 'ftp_login'],
  ['su', 'su'],
  ['role login', 'su'],
]);

/** Solaris' audit trail as its audit_syslog plugin writes it. */
export default {
  kind: 'message',
  name: 'solaris-audit',
  programs: ['audit'],
  parse({ message }): EcsFields | null {
    const groups = LINE.exec(message)?.groups;
    if (!groups) return null;
    const { event, result, session, user, as, address } = groups as Record<string, string>;
    const isSu = ACTIONS.get(event as string) === 'su';
    return withFields(kindOf(event as string), {
      'event.outcome': result === 'ok' ? 'success' : 'failure',
      'user.name': user,
      'user.effective.name': isSu && as !== user ? as : undefined,
      'spoor.session.id': session,
      ...source(address),
    });
  },
} satisfies MessageParser;

function kindOf(event: string): EcsFields {
  const login = ACTIONS.get(event);
  if (login === 'ssh_login')
    return { 'event.category': AUTHENTICATION, 'event.type': INFO, 'event.action': 'ssh_audited' }; // sshd says so itself
  if (login !== undefined) return { 'event.category': AUTHENTICATION, 'event.type': START, 'event.action': login };
  if (event === 'logout') return { 'event.category': SESSION, 'event.type': END, 'event.action': 'session_close' };
  const action = event
    .toLowerCase()
    .replace(/[^a-z\d]{1,4}/g, '-')
    .replace(/-$/, '');
  return { 'event.category': ['process'], 'event.type': INFO, 'event.action': action };
}
