import { type EcsFields, withFields } from '../../core/event.ts';
import { FILE, INFO, PROCESS } from '../auth/words.ts';
import { connection, type Groups, login } from './say.ts';

// The user before the verb and the anonymous password after the address are both the client's text.
const LOGIN =
  /^\[(?<user>.*)\] (?<verb>OK|FAIL) LOGIN: Client "(?<address>[^"\s]{1,253})"(?:, (?:anon password )?"(?<reason>[^"]{0,256})")?$/s;
const CONNECT = /^CONNECT: Client "(?<address>[^"\s]{1,253})"(?:, "(?<reason>[^"]{0,256})")?$/;
const RESPONSE =
  /^\[(?<user>[^\]]{0,256})\] FTP response: Client "(?<address>[^"\s]{1,253})", "(?<reason>530[^"]{0,256})"$/;
const TRANSFER =
  /^\[(?<user>[^\]]{0,256})\] (?<verb>OK|FAIL) (?<what>UPLOAD|DOWNLOAD|DELETE|MKDIR|RMDIR|RENAME|CHMOD|APPEND): Client "(?<address>[^"\s]{1,253})"(?:, "(?<path>.*?)")?(?:, .*)?$/s;
const VERB = ' LOGIN: Client "';
const TALK = /^\[?[^\]"]{0,256}\]? ?(?:FTP command|FTP response|DEBUG|INFO): /;

function transfer(groups: Groups): EcsFields {
  return withFields(connection('ftp_connect', { user: groups['user'], address: groups['address'] }), {
    'event.category': FILE,
    'event.type': [
      groups['what'] === 'DELETE' || groups['what'] === 'RMDIR'
        ? 'deletion'
        : groups['what'] === 'DOWNLOAD'
          ? 'access'
          : 'change',
    ],
    'event.action': `ftp_${(groups['what'] as string).toLowerCase()}`,
    'event.outcome': groups['verb'] === 'OK' ? 'success' : 'failure',
    'file.path': groups['path'],
  });
}

// Where its own log is fed to syslog line by line, its stamp and "[pid N]" stand within the message.
const OWN_HEAD = /^(?:[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]?\d \d\d:\d\d:\d\d \d{4} )?\[pid \d{1,10}\] /;

/** One message of vsftpd (vsftpd's logging.c); null when it is none. */
export function vsftpd(message: string): EcsFields | null {
  const text = message.slice(OWN_HEAD.exec(message.slice(0, 64))?.[0].length ?? 0);
  const tried = LOGIN.exec(text)?.groups;
  if (tried) {
    const told = text.indexOf(VERB) === text.lastIndexOf(VERB); // else nobody can tell which of them vsftpd wrote
    return login(tried['verb'] === 'OK' ? 'success' : 'failure', told ? tried : {});
  }
  const came = CONNECT.exec(text)?.groups;
  if (came) return connection(came['reason'] === undefined ? 'ftp_connect' : 'ftp_refused', came);
  const answer = RESPONSE.exec(text)?.groups;
  if (answer)
    return /login|permission/i.test(answer['reason'] as string)
      ? login('failure', answer)
      : connection('ftp_refused', answer);
  const moved = TRANSFER.exec(text)?.groups;
  if (moved) return transfer(moved);
  return TALK.test(text) ? { 'event.category': PROCESS, 'event.type': INFO, 'event.action': 'ftp_info' } : null;
}
