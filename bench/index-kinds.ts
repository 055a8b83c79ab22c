// How often what is said in a year of an auth log (see generate-auth.ts), and in which words.

/** Of 10,000 lines so many are of this kind: how it is said, with which message and attributes. */
export const KINDS: readonly (readonly [share: number, kind: Kind])[] = [
  [
    2600,
    {
      action: 'ssh_login',
      type: 'start',
      outcome: 'failure',
      message:
        "concat('Failed password for ', if(name % 3 = 0, 'invalid user ', ''), who, ' from ', peer, ' port ', toString(port), ' ssh2')",
      attrs: "if(name % 2 = 0, map('spoor.user.unknown', 'true'), map())",
      named: true,
      peer: true,
    },
  ],
  [
    2370,
    {
      category: 'network',
      type: 'connection,end',
      action: 'ssh_preauth_close',
      message: "concat('Received disconnect from ', peer, ' port ', toString(port), ':11: Bye Bye [preauth]')",
      attrs: "map('event.reason', 'disconnect', 'spoor.preauth', 'true')",
      peer: true,
    },
  ],
  [
    1850,
    {
      action: 'pam_auth_failure',
      type: 'info',
      outcome: 'failure',
      message:
        "concat('pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=', peer, '  user=', who)",
      attrs: "map('event.reason', 'authentication failure', 'spoor.session.service', 'sshd')",
      named: true,
      peer: true,
    },
  ],
  [
    875,
    {
      action: 'ssh_invalid_user',
      type: 'info',
      outcome: 'failure',
      message: "concat('Invalid user ', who, ' from ', peer, ' port ', toString(port))",
      attrs: "map('event.reason', 'invalid user', 'spoor.user.unknown', 'true')",
      named: true,
      peer: true,
    },
  ],
  [
    735,
    {
      action: 'pam_unknown_user',
      type: 'info',
      outcome: 'failure',
      message: "'pam_unix(sshd:auth): check pass; user unknown'",
      attrs: "map('event.reason', 'user unknown', 'spoor.session.service', 'sshd', 'spoor.source.from', 'process')",
      peer: true,
    },
  ],
  [
    500,
    {
      action: 'ssh_max_attempts',
      type: 'info',
      outcome: 'failure',
      message: "'PAM service(sshd) ignoring max retries; 4 > 3'",
      attrs: "map('spoor.source.from', 'process')",
      peer: true,
    },
  ],
  [
    490,
    {
      category: 'network',
      type: 'connection,end',
      action: 'ssh_probe',
      message: "concat('Did not receive identification string from ', peer, ' port ', toString(port))",
      attrs: "map('event.reason', 'no identification string', 'spoor.preauth', 'true')",
      peer: true,
    },
  ],
  [
    145,
    {
      category: 'network',
      type: 'connection,end',
      action: 'ssh_disconnect',
      message: "concat('Connection reset by ', peer, ' port ', toString(port))",
      attrs: "map('event.reason', 'reset')",
      peer: true,
    },
  ],
  [
    220,
    {
      category: 'session',
      type: 'start',
      action: 'session_open',
      program: 'CRON',
      message: "'pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)'",
      attrs: "map('user.id', '0', 'spoor.session.user', 'root', 'spoor.session.service', 'cron')",
      user: 'root',
    },
  ],
  [
    215,
    {
      category: 'process',
      type: 'info',
      action: 'service_info',
      program: 'systemd',
      message: "'logrotate.service: Deactivated successfully.'",
      attrs: 'map()',
    },
  ],
];

/** One kind of line: texts of columns, and SQL for its message and attributes. */
export interface Kind {
  readonly category?: string;
  readonly type: string;
  readonly action: string;
  readonly outcome?: string;
  readonly program?: string;
  readonly user?: string;
  readonly message: string;
  readonly attrs: string;
  readonly named?: boolean;
  readonly peer?: boolean;
}

/** Lines of one login, each so many seconds after it. */
export const LOGIN: readonly (readonly [seconds: number, kind: Kind])[] = [
  [
    0,
    {
      type: 'start',
      action: 'ssh_login',
      outcome: 'success',
      message:
        "concat('Accepted publickey for ', who, ' from ', peer, ' port ', toString(port), ' ssh2: ED25519 ', key)",
      attrs: "map('spoor.key.type', 'ED25519')",
      named: true,
      peer: true,
    },
  ],
  [
    0,
    {
      category: 'session',
      type: 'start',
      action: 'session_open',
      message: "concat('pam_unix(sshd:session): session opened for user ', who, '(uid=1000) by (uid=0)')",
      attrs: "map('user.id', '1000', 'spoor.session.user', who, 'spoor.session.service', 'sshd')",
      named: true,
      peer: true,
    },
  ],
  [
    1,
    {
      category: 'session',
      type: 'start',
      action: 'session_open',
      program: 'systemd-logind',
      message: "concat('New session ', toString(login), ' of user ', who, '.')",
      attrs: "map('spoor.session.user', who)",
      named: true,
    },
  ],
  [
    30,
    {
      category: 'process',
      type: 'start',
      action: 'sudo',
      outcome: 'success',
      program: 'sudo',
      message: "concat(who, ' : TTY=pts/1 ; PWD=/home/', who, ' ; USER=root ; COMMAND=/usr/bin/systemctl status web')",
      attrs: "map('user.terminal', 'pts/1')",
      named: true,
    },
  ],
  [
    30,
    {
      category: 'session',
      type: 'start',
      action: 'session_open',
      program: 'sudo',
      message: "concat('pam_unix(sudo:session): session opened for user root(uid=0) by ', who, '(uid=1000)')",
      attrs: "map('spoor.session.user', 'root', 'spoor.session.service', 'sudo', 'spoor.opener.name', who)",
      named: true,
    },
  ],
  [
    31,
    {
      category: 'session',
      type: 'end',
      action: 'session_close',
      program: 'sudo',
      message: "'pam_unix(sudo:session): session closed for user root'",
      attrs: "map('spoor.session.user', 'root', 'spoor.session.service', 'sudo')",
      user: 'root',
    },
  ],
  [
    900,
    {
      category: 'session',
      type: 'end',
      action: 'session_close',
      message: "concat('pam_unix(sshd:session): session closed for user ', who)",
      attrs: "map('spoor.session.user', who, 'spoor.session.service', 'sshd')",
      named: true,
    },
  ],
  [
    900,
    {
      category: 'session',
      type: 'end',
      action: 'session_close',
      program: 'systemd-logind',
      message: "concat('Removed session ', toString(login), '.')",
      attrs: 'map()',
    },
  ],
];
