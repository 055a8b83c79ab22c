import { type EcsFields, withFields } from '../../core/event.ts';
import { INFO, SESSION } from '../auth/words.ts';
import { connection, type Groups, login } from './say.ts';

// "(USER@ADDR) [LEVEL] TEXT". USER is "?" until a login; a name may hold "@" and spaces but the bracket ends the head.
const HEAD = /^\((?<who>[^()]{0,256})@(?<address>[^\s()@]{1,253})\) \[(?<level>[A-Z]{2,12})\] (?<text>.*)$/s;
const MESSAGES: readonly (readonly [RegExp, (groups: Groups) => EcsFields])[] = [
  [/^Authentication failed for user \[(?<user>.*)\]$/s, (g) => login('failure', g)],
  [/^(?<user>.*) is now logged in$/s, (g) => login('success', g)],
  [/^New connection from /, (g) => connection('ftp_connect', g)],
  [/^(?:Logout|Timeout)/, (g) => connection('ftp_disconnect', g)],
];

/** One message of Pure-FTPd (src/ftpd.c); null when it is none. */
export function pureFtpd(message: string): EcsFields | null {
  const head = HEAD.exec(message)?.groups;
  if (!head) return null;
  for (const [pattern, say] of MESSAGES) {
    const match = pattern.exec(head['text'] as string);
    if (match) return say({ ...match.groups, address: head['address'] });
  }
  const user = head['who'] === '?' ? undefined : head['who'];
  return withFields(connection('ftp_connect', { user, address: head['address'] }), {
    'event.category': SESSION,
    'event.type': INFO,
    'event.action': 'ftp_info',
  });
}
