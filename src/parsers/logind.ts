import { type EcsFields, withFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import { END, HOST, INFO, PROCESS, SESSION, START } from './auth/words.ts';

// systemd 256 and later put the parts in quotes and add the class and type.
const OPENED =
  /^New session '?(?<id>[\w-]{1,64})'? of user '?(?<user>[^\s'.]{1,256}(?:\.[^\s'.]{1,256}){0,8})'?(?: with class '(?<class>[\w-]{1,32})' and type '(?<type>[\w-]{1,32})')?\.?$/;
const CLOSED =
  /^(?:Removed session '?(?<id>[\w-]{1,64})'?|Session '?(?<out>[\w-]{1,64})'? logged out\. Waiting for processes to exit)\.?$/;
const STOPPING = /^(?:The system will|System is|Creating \/run\/nologin).{0,20}(?<how>reboot|power|halt|kexec|shut)/i;
const OTHER =
  /^(?:New seat|Removed seat|Watching system buttons|Power key|Suspend key|Lid |Docked|Undocked|Operation |Failed to|Existing logind session|User |Session |Suspending|Hibernating|Delay lock|Got |Unknown |Linger|System is|Received )/;

function session(type: 'session_open' | 'session_close' | 'session_logged_out', id: string | undefined): EcsFields {
  return {
    'event.category': SESSION,
    'event.type': type === 'session_open' ? START : type === 'session_close' ? END : INFO,
    'event.action': type,
    'spoor.session.id': id,
  };
}

function parse(message: string): EcsFields | null {
  const opened = OPENED.exec(message)?.groups;
  if (opened)
    return withFields(session('session_open', opened['id']), {
      'user.name': opened['user'],
      'spoor.session.user': opened['user'],
      'spoor.session.kind': opened['class'],
    });
  const closed = CLOSED.exec(message)?.groups;
  if (closed?.['id'] !== undefined) return session('session_close', closed['id']);
  if (closed) return session('session_logged_out', closed['out']);
  const how = STOPPING.exec(message)?.groups?.['how'];
  if (how !== undefined)
    return { 'event.category': HOST, 'event.type': END, 'event.action': 'shutdown', 'event.reason': message };
  return OTHER.test(message) ? { 'event.category': PROCESS, 'event.type': INFO, 'event.action': 'logind_info' } : null;
}

/** systemd-logind: sessions and seats (src/login/logind-session.c), and the host going down. */
export default {
  kind: 'message',
  name: 'logind',
  programs: ['systemd-logind', 'elogind', 'elogind-daemon'],
  parse: ({ message }) => parse(message),
} satisfies MessageParser;
