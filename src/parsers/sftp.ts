import type { EcsFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import { source } from './auth/peer.ts';
import { ACCESS, CHANGE, CREATION, DELETION, FILE, INFO, PROCESS, SESSION } from './auth/words.ts';

type Groups = Readonly<Record<string, string | undefined>>;

// sftp-server.c quotes names, but a name may hold quotes: what the server writes after it is read from the end.
const SESSION_LINE =
  /^session (?<how>opened|closed) for local user (?<user>.{0,256}) from \[(?<address>[^\][\s]{1,253})\]$/s;
const OPEN = /^open "(?<path>.*)" flags (?<flags>[A-Z,]{0,64}) mode 0?[0-7]{1,6}$/s;
const CLOSED = /^(?:forced )?close "(?<path>.*)" bytes read (?<read>\d{1,20}) written (?<written>\d{1,20})$/s;
const TWO = /^(?<verb>rename|posix-rename|symlink|hardlink|link) old "(?<path>.*)" new "(?<to>.*)"$/s;
const ONE =
  /^(?<verb>remove|mkdir|rmdir|opendir|closedir|set|setstat|lsetstat|fsetstat|stat|lstat|fstat|realpath|readlink|statvfs|fsync|copy-data|readdir)(?: name)? "(?<path>.*)"(?: (?:mode|modtime|owner|size|group) .{0,200})?$/s;
const OTHER =
  /^(?:sent |received |debug|error|fatal|Refusing |lsetstat |unknown |client version|request \d|read |write |bad |process_|handle |sftp-)/i;

const TYPES: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['remove', DELETION],
  ['rmdir', DELETION],
  ['mkdir', CREATION],
  ['symlink', CREATION],
  ['hardlink', CREATION],
  ['link', CREATION],
  ['rename', CHANGE],
  ['posix-rename', CHANGE],
  ['set', CHANGE],
  ['setstat', CHANGE],
  ['lsetstat', CHANGE],
  ['fsetstat', CHANGE],
]);

function file(verb: string, groups: Groups, type = TYPES.get(verb) ?? ACCESS): EcsFields {
  return {
    'event.category': FILE,
    'event.type': type,
    'event.action': `sftp_${verb.replace('-', '_')}`,
    'file.path': groups['path'],
    'file.target_path': groups['to'],
    'spoor.bytes.read': groups['read'] === undefined ? undefined : Number(groups['read']),
    'spoor.bytes.written': groups['written'] === undefined ? undefined : Number(groups['written']),
  };
}

function session({ how, user, address }: Groups): EcsFields {
  return {
    'event.category': SESSION,
    'event.type': INFO, // the login's own session is PAM's to tell
    'event.action': how === 'opened' ? 'sftp_session_open' : 'sftp_session_close',
    'user.name': user,
    'spoor.session.user': user,
    'spoor.session.service': 'sftp',
    ...source(address),
  };
}

function parse(message: string): EcsFields | null {
  const between = SESSION_LINE.exec(message)?.groups;
  if (between) return session(between);
  const opened = OPEN.exec(message)?.groups;
  if (opened) return file('open', opened, opened['flags']?.includes('WRITE') ? CHANGE : ACCESS);
  const closed = CLOSED.exec(message)?.groups;
  if (closed) return file('close', closed, closed['written'] === '0' ? ACCESS : CHANGE);
  const moved = TWO.exec(message)?.groups ?? ONE.exec(message)?.groups;
  if (moved) return file(moved['verb'] as string, moved);
  return OTHER.test(message) ? { 'event.category': PROCESS, 'event.type': INFO, 'event.action': 'sftp_info' } : null;
}

/** OpenSSH's sftp-server and internal-sftp: what was read, written, removed and renamed over SFTP (sftp-server.c). */
export default {
  kind: 'message',
  name: 'sftp',
  programs: ['sftp-server', 'internal-sftp', 'sftpd'],
  parse: ({ message }) => parse(message),
} satisfies MessageParser;
