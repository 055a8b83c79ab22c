import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The kinds of log that are measured. */
export type LogKind = 'auth' | 'web';

/** Another program that answers a part of the question, measured beside ours in the same go. */
export interface Yardstick {
  readonly name: string;
  /** What it must find on the PATH. */
  readonly program: string;
  readonly kinds: readonly LogKind[];
  /** Takes so long that it is run once, and on a million lines at most. */
  readonly slow?: boolean;
  command(kind: LogKind, path: string): string[];
}

// Failures by address: the field before "port", from the right, since a user name may hold spaces.
const AWK_AUTH =
  '/Failed password/ { for (i = NF; i > 1; i--) if ($i == "port") { n[$(i-1)]++; break } } END { for (a in n) c++; print c }';
const AWK_WEB = '$9 ~ /^4/ { n[$1]++ } END { for (a in n) c++; print c }';
const LNAV_AUTH =
  ";SELECT regexp_match('from ([0-9a-fA-F.:]+) port', log_body) AS ip, count(*) FROM syslog_log WHERE log_body LIKE 'Failed password%' GROUP BY ip";
const LNAV_WEB = ';SELECT c_ip, count(*) FROM access_log WHERE sc_status BETWEEN 400 AND 499 GROUP BY c_ip';

const awk = (kind: LogKind, path: string) => [kind === 'auth' ? AWK_AUTH : AWK_WEB, path];

/** In the order in which they are shown. The first that is installed is what the ratios are of. */
export const YARDSTICKS: readonly Yardstick[] = [
  {
    name: 'mawk: failures by address',
    program: 'mawk',
    kinds: ['auth', 'web'],
    command: (kind, path) => ['mawk', ...awk(kind, path)],
  },
  {
    name: 'node: split, one regex, Map',
    program: 'node',
    kinds: ['auth', 'web'],
    command: (kind, path) => [process.execPath, join(import.meta.dirname, 'yardstick.mjs'), kind, path],
  },
  {
    name: 'grep -c',
    program: 'grep',
    kinds: ['auth', 'web'],
    command: (kind, path) => ['grep', '-c', kind === 'auth' ? 'Failed password' : '" 40[0-9] ', path],
  },
  {
    name: 'lnav: failures by address',
    program: 'lnav',
    kinds: ['auth', 'web'],
    slow: true,
    command: (kind, path) => ['lnav', '-n', '-c', kind === 'auth' ? LNAV_AUTH : LNAV_WEB, path],
  },
  {
    name: 'fail2ban-regex sshd',
    program: 'fail2ban-regex',
    kinds: ['auth'],
    slow: true,
    command: (_kind, path) => ['fail2ban-regex', path, 'sshd'],
  },
];

/** Is there a program of this name on the PATH? */
export function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
