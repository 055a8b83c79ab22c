/** A hostile input of any size: `head`, then `unit` again and again, then `tail`. A unit with a newline makes many lines. */
export interface Shape {
  readonly name: string;
  readonly head: string;
  readonly unit: string | ((nth: number) => string);
  readonly tail: string;
}

const shape = (name: string, head: string, unit: Shape['unit'], tail = ''): Shape => ({ name, head, unit, tail });

const SSH = 'Mar  7 10:00:00 web1 sshd[9]: ';
const PAM = `${SSH}pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=`;
const WEB = '192.0.2.7 - - [07/Mar/2026:10:00:00 +0000] "';
const NGINX = '2026/03/07 10:00:00 [error] 9#9: *1 open() "/srv/';
const APACHE = '[Sat Mar 07 10:00:00.123456 2026] [core:error] [pid 9:tid 9] [client 192.0.2.7:4711] ';
const AUDIT = 'type=EXECVE msg=audit(1772877600.123:77): argc=9 ';
const FORGED = ' from 192.0.2.1 port 22 ssh2';

const SSHD: readonly Shape[] = [
  shape('sshd: long user name', `${SSH}Failed password for invalid user `, 'a', FORGED),
  shape('sshd: many addresses, then the true one', `${SSH}Failed password for invalid user x`, FORGED),
  shape('sshd: many addresses that do not end', `${SSH}Failed password for x`, FORGED, ' '),
  shape('sshd: only " from "', `${SSH}Invalid user `, ' from '),
  shape('sshd: only spaces', `${SSH}Invalid user `, ' ', 'from 192.0.2.1 port 2'),
  shape('sshd: accepted, many keys', `${SSH}Accepted publickey for x${FORGED}: `, 'RSA SHA256:aaaa '),
  shape('sshd: nested repeats', SSH, 'message repeated 2 times: [ ', ']'),
  shape('sshd: many [preauth]', `${SSH}Connection closed by invalid user `, 'x 192.0.2.1 port 9 [preauth] '),
  shape('sshd: many ports', `${SSH}Received disconnect from 192.0.2.1 port 9:11: `, 'from 192.0.2.1 port 9:11: '),
  shape('sshd: quotes', `${SSH}Bad protocol version identification '`, "' from 192.0.2.1 port 9 '"),
  shape(
    'sshd: certificate ids',
    `${SSH}Accepted publickey for x${FORGED}: RSA-CERT SHA256:a ID `,
    'a (serial 1) CA RSA ',
  ),
  shape('sshd: colons', `${SSH}Connection closed by `, ':', ' port 9'),
  shape('sshd: digits and dots', `${SSH}Connection closed by `, '1.', ' port 9'),
];

const LINUX: readonly Shape[] = [
  shape('pam: many rhosts', `${PAM}192.0.2.1  user=`, 'a rhost=192.0.2.2 '),
  shape('pam: many keys', PAM, 'user= '),
  shape('pam: parentheses', 'Mar  7 10:00:00 web1 login: pam_unix(', '('),
  shape(
    'sudo: many commands',
    'Mar  7 10:00:00 web1 sudo:  anna : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=',
    ' ; COMMAND=',
  ),
  shape('sudo: long user', 'Mar  7 10:00:00 web1 sudo: ', 'anna : '),
  shape('su: users', 'Mar  7 10:00:00 web1 su[9]: (to root) ', 'a on '),
  shape('cron: parentheses', 'Mar  7 10:00:00 web1 CRON[9]: (root) CMD (', '('),
  shape('useradd: names', 'Mar  7 10:00:00 web1 useradd[9]: new user: ', 'name=a, UID=0, '),
  shape('kernel: many sources', 'Mar  7 10:00:00 web1 kernel: [1.1] IN=eth0 OUT= ', 'SRC=192.0.2.1 '),
  shape('kernel: spaces', 'Mar  7 10:00:00 web1 kernel: IN=', ' ', 'PROTO=TCP'),
  shape('logind: sessions', 'Mar  7 10:00:00 web1 systemd-logind[9]: New session ', '1 of user '),
  shape(
    'polkit: agents',
    'Mar  7 10:00:00 web1 polkitd[9]: Operator of unix-session:1 ',
    'successfully authenticated as ',
  ),
  shape('fail2ban: bans', '2026-03-07 10:00:00,123 fail2ban.actions [9]: NOTICE ', '[sshd] Ban '),
  shape('dpkg: words', '2026-03-07 10:00:00 install ', 'a:amd64 '),
  shape('shell through syslog', 'Mar  7 10:00:00 web1 bash[9]: HISTORY: PID=1 UID=0 ', 'cd ; '),
  shape(
    'pam_krb5: many uids',
    'Mar  7 10:00:00 web1 sshd[9]: pam_krb5(sshd:auth): authentication failure; logname=',
    'a uid=0 ',
  ),
  shape('duo: quotes', 'Mar  7 10:00:00 web1 sshd[9]: Failed Duo login for ', "' from 192.0.2.1: "),
  shape('sudo: a name of blanks', 'Mar  7 10:00:00 web1 sudo: ', 'a ', ' : TTY=x'),
  shape('sudo: nested JSON', 'Mar  7 10:00:00 web1 sudo: @cee:{"sudo":{', '"a":{'),
  shape('sudo-log: continued', 'Mar  7 10:00:00 : anna : TTY=pts/0 ; PWD=/ ; USER=root ;\n', '    COMMAND=/bin/a\n'),
  shape('cri: parts', '', '2026-03-07T10:00:00Z stdout P a\n'),
  shape('wrappers: ident', 'Mar  7 10:00:00 web1 in.telnetd[9]: connect from ', 'a@'),
  shape(
    'dropbear: groups',
    "Mar  7 10:00:00 web1 dropbear[9]: Logins are restricted to the group a but user '",
    "' is not ",
  ),
  shape('snoopy: pairs', 'Mar  7 10:00:00 web1 snoopy[9]: [', 'uid:a(0)/b(1) tty:x '),
  shape('snoopy', 'Mar  7 10:00:00 web1 snoopy[9]: [', 'uid:0 sid:1 tty:x cwd:/ filename:a]: '),
  shape(
    'last message repeated',
    `${SSH}Invalid user a from 192.0.2.1 port 9\n`,
    'Mar  7 10:00:01 web1 last message repeated 9 times\n',
  ),
];

const WEBS: readonly Shape[] = [
  shape('web: long path', `${WEB}GET /`, 'a', ' HTTP/1.1" 200 5 "-" "-"'),
  shape('web: percent of percent', `${WEB}GET /?q=`, '%25', ' HTTP/1.1" 200 5 "-" "-"'),
  shape('web: bad percent', `${WEB}GET /?q=`, '%', ' HTTP/1.1" 200 5 "-" "-"'),
  shape('web: dots', `${WEB}GET `, '/..', ' HTTP/1.1" 200 5 "-" "-"'),
  shape('web: parameters', `${WEB}GET /?`, 'a=1&', ' HTTP/1.1" 200 5 "-" "-"'),
  shape('web: SQL words', `${WEB}GET /?q=`, 'union+select+', ' HTTP/1.1" 200 5 "-" "-"'),
  shape('web: SQL comments', `${WEB}GET /?q=`, '/**/', ' HTTP/1.1" 200 5 "-" "-"'),
  shape('web: tags', `${WEB}GET /?q=`, '<a ', ' HTTP/1.1" 200 5 "-" "-"'),
  shape('web: nested ${', `${WEB}GET /?q=`, '${', ' HTTP/1.1" 200 5 "-" "-"'),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a Log4j look-up
  shape('web: ${lower:', `${WEB}GET /?q=`, '${lower:j}', ' HTTP/1.1" 200 5 "-" "-"'),
  shape('web: shell marks', `${WEB}GET /?q=`, ';`$(', ' HTTP/1.1" 200 5 "-" "-"'),
  shape('web: spaces in the request', `${WEB}GET `, ' ', 'HTTP/1.1" 200 5 "-" "-"'),
  shape('web: quotes', WEB, '"'),
  shape('web: escaped quotes', WEB, '\\"'),
  shape('web: backslashes', WEB, '\\'),
  shape('web: quotes in the user agent', `${WEB}GET / HTTP/1.1" 200 5 "-" "`, '" "'),
  shape('web: brackets', '192.0.2.7 - - ', '['),
  shape('web: users', '192.0.2.7 - ', 'a ', '[07/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5'),
  shape('web: list of clients', '', '192.0.2.7, ', '- - [07/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5'),
  shape('web: JSON, deep', '{"remote_addr":"192.0.2.7","a":', '{"a":'),
  shape('web: JSON, lists', '', '['),
  shape('web: JSON, keys', '{"remote_addr":"192.0.2.7"', (nth) => `,"a${nth}":1`, '}'),
  shape(
    'nginx: many clients',
    NGINX,
    ', client: 192.0.2.1',
    '", client: 192.0.2.7, server: a, request: "GET / HTTP/1.1"',
  ),
  shape('nginx: quotes', NGINX, '" ', ', client: 192.0.2.7, server: a'),
  shape('apache: many clients', APACHE, '[client 192.0.2.1] '),
  shape('apache: AH codes', APACHE, 'AH00001: '),
];

const BYTES: readonly Shape[] = [
  shape('audit: arguments', AUDIT, (nth) => `a${nth}="x" `),
  shape('audit: parts of arguments', AUDIT, (nth) => `a0[${nth}]=61 `),
  shape('audit: hexadecimal', `${AUDIT}a0=`, '61'),
  shape('audit: quotes', `${AUDIT}a0=`, '"'),
  shape('audit: equals', AUDIT, '='),
  shape('audit: nested msg', 'type=USER_AUTH msg=audit(1772877600.123:77): pid=9 ', "msg='op="),
  shape(
    'audit: events without end',
    '',
    (nth) => `type=SYSCALL msg=audit(1772877600.123:${nth}): arch=c000003e syscall=59\n`,
  ),
  shape('audit: one event without end', '', (nth) => `type=PATH msg=audit(1772877600.123:7): item=${nth} name="/"\n`),
  shape('5424: structured data', '<34>1 2026-03-07T10:00:00Z web1 app 9 - ', '[a b="c"]', ' x'),
  shape('5424: escapes', '<34>1 2026-03-07T10:00:00Z web1 app 9 - [a b="', '\\"', '"] x'),
  shape('5424: unclosed', '<34>1 2026-03-07T10:00:00Z web1 app 9 - [a b="', ']'),
  shape('3164: priorities', '', '<34>'),
  shape('3164: tags', 'Mar  7 10:00:00 web1 ', 'a['),
  shape('export: fields', '', (nth) => `F${nth}=a\n`),
  shape('export: one long entry', '__CURSOR=a\n', (nth) => `__REALTIME_TIMESTAMP=${nth}\nMESSAGE=a\n`),
  shape('journal: JSON text', '{"MESSAGE":"', '\\u0000', '"}'),
  shape('history: stamps', '', (nth) => `#${1_700_000_000 + nth}\n`),
  shape('history: one command', '#1700000000\n', 'cd ..; '),
  shape('apt: fields', 'Start-Date: 2026-03-07  10:00:00\n', 'Install: a:amd64 (1), b:amd64 (2)\n'),
  shape('apt: one list', 'Start-Date: 2026-03-07  10:00:00\nInstall: ', 'a:amd64 (1, automatic), '),
  shape('letters', '', 'a'),
  shape('digits', '', '1'),
  shape('parentheses', '', '('),
  shape('braces', '', '{'),
  shape('spaces', '', ' '),
  shape('tabs', '', '\t'),
  shape('carriage returns', '', '\r'),
  shape('empty lines', '', '\n'),
  shape('NULs', '', '\0'),
  shape('NULs in runs', 'a', '\0\0\0\0\0\0\0\0a'),
  shape('NULs in runs, in syslog', SSH, '\0\0\0\0\0\0\0\0a'),
  shape('ANSI', SSH, '\x1b[31m'),
  shape('bidi', SSH, '\u202e\u2066'),
  shape('bytes that are no text', '', '\ufffd'),
];

/** Every way that we know of to make a reader of logs slow. */
export const SHAPES: readonly Shape[] = [...SSHD, ...LINUX, ...WEBS, ...BYTES];

/** The shape at a size of about `bytes`. */
export function build({ head, unit, tail }: Shape, bytes: number): Buffer {
  const room = Math.max(0, bytes - head.length - tail.length);
  if (typeof unit === 'string') return Buffer.from(head + unit.repeat(Math.ceil(room / unit.length)) + tail);
  const parts = [head];
  for (let nth = 0, length = 0; length < room; nth += 1) {
    const part = unit(nth);
    parts.push(part);
    length += part.length;
  }
  return Buffer.from(parts.join('') + tail);
}
