import { type EcsFields, withFields } from '../../core/event.ts';
import { INFO, PROCESS, SESSION } from '../auth/words.ts';
import { about, connection, type Groups, login } from './say.ts';

// "server (peer[ADDR]) - TEXT" or "server (peer[ADDR]): TEXT": the server writes its own name and the peer before any of
// the client's words. The peer's name is what its name server says, so it may hold no bracket.
const HEAD = /^(?:\S{1,253} )?\((?:[^\s()[\]]{0,253})\[(?<address>[^\s()[\]]{1,253})\]\)(?: -|:) (?<text>.*)$/s;
const MESSAGES: readonly (readonly [RegExp, (groups: Groups) => EcsFields])[] = [
  [/^(?:USER|ANON) (?<user>.*): Login successful\.? *$/s, (g) => login('success', g)],
  [/^USER (?<user>.*) \(Login failed\): (?<reason>[^()]{1,200})$/s, (g) => login('failure', g)],
  [/^USER (?<user>.*?): (?<reason>no such user)(?: found)?(?: from .*)?$/s, (g) => login('failure', g)],
  [
    /^SECURITY VIOLATION: (?<user>root|Root)? ?login attempted\.?$/i,
    (g) => withFields(login('failure', g), { 'event.reason': 'root login' }),
  ],
  [/^Maximum login attempts \(\d{1,6}\) exceeded/, (g) => about('ftp_max_attempts', g)],
  [/^Connection from .{1,600} denied\.?$/s, (g) => connection('ftp_refused', { ...g, reason: 'denied' })],
  [/^Refused (?<reason>(?:PORT|PASV|user) .{0,400})$/s, (g) => connection('ftp_refused', g)],
  [/^FTP session opened\.?$/, (g) => connection('ftp_connect', g)],
  [
    /^(?:FTP session closed|FTP (?:login|no transfer|session|idle) time(?:out|d out))/,
    (g) => connection('ftp_disconnect', g),
  ],
];
const TALK =
  /^(?:ProFTPD |mod_|Preparing to chroot|Entering Passive|Client |error:|notice:|warning:|SETUP|dispatching|Session |USER |ANON |CWD |Listening|standalone|configuration)/i;

/** One message of ProFTPD (src/session.c, modules/mod_auth.c); null when it is none. */
export function proftpd(message: string): EcsFields | null {
  const head = HEAD.exec(message)?.groups;
  const text = head?.['text'] ?? message.replace(/^\S{1,253} - /, '');
  for (const [pattern, say] of MESSAGES) {
    const groups = pattern.exec(text)?.groups;
    if (groups || pattern.test(text)) return say({ ...groups, address: head?.['address'] });
  }
  if (head)
    return withFields(connection('ftp_connect', { address: head['address'] }), {
      'event.category': SESSION,
      'event.type': INFO,
      'event.action': 'ftp_info',
    });
  return TALK.test(text) ? { 'event.category': PROCESS, 'event.type': INFO, 'event.action': 'ftp_info' } : null;
}
