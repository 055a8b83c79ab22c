import type { EcsFields } from '../core/event.ts';
import type { MessageParser } from '../core/stages.ts';
import { ftpd } from './ftp/ftpd.ts';
import { proftpd } from './ftp/proftpd.ts';
import { pureFtpd } from './ftp/pure-ftpd.ts';
import { vsftpd } from './ftp/vsftpd.ts';

const READERS: ReadonlyMap<string, (text: string) => EcsFields | null> = new Map([
  ['vsftpd', vsftpd],
  ...['ftpd', 'in.ftpd', 'wu-ftpd', 'gssftpd'].map((name) => [name, ftpd] as const),
  ['proftpd', proftpd],
  ['pure-ftpd', pureFtpd],
  ['pure-ftpd-wrapper', pureFtpd],
]);

/** Logins of FTP servers that log to syslog: vsftpd, ProFTPD, Pure-FTPd, the BSDs' ftpd. */
export default {
  kind: 'message',
  name: 'ftp',
  programs: [...READERS.keys()],
  parse: ({ message, appName }) => READERS.get(appName)?.(message) ?? null,
} satisfies MessageParser;
