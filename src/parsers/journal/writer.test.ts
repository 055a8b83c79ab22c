import { describe, expect, test } from 'vitest';
import { forgedBy } from './writer.ts';

type Entry = Readonly<Record<string, string>>;
const forged = (entry: Entry) => forgedBy((name) => entry[name]) !== null;
const FAILED = 'Failed password for root from 203.0.113.9 port 4022 ssh2';

describe('a line that another program wrote', () => {
  test.each<[string, Entry]>([
    ['logger', { SYSLOG_IDENTIFIER: 'sshd', _COMM: 'logger', _UID: '1000', MESSAGE: FAILED }],
    ['logger, as root', { SYSLOG_IDENTIFIER: 'sshd', _COMM: 'logger', _UID: '0', MESSAGE: FAILED }],
    ['a script', { SYSLOG_IDENTIFIER: 'sudo', _COMM: 'python3', _EXE: '/usr/bin/python3.11', _UID: '1000' }],
    [
      'a process that calls itself sshd',
      { SYSLOG_IDENTIFIER: 'sshd', _COMM: 'sshd', _EXE: '/usr/bin/perl', _UID: '1000' },
    ],
    ['a program of its own name', { SYSLOG_IDENTIFIER: 'sshd', _COMM: 'sshd', _EXE: '/home/eve/sshd', _UID: '1000' }],
    ['what only root says', { SYSLOG_IDENTIFIER: 'sshd', _COMM: 'sshd', _UID: '1000', MESSAGE: FAILED }],
    ['logind is root', { SYSLOG_IDENTIFIER: 'systemd-logind', _COMM: 'systemd-logind', _UID: '1000' }],
    ['a relay of a user', { SYSLOG_IDENTIFIER: 'sshd', _COMM: 'rsyslogd', _UID: '1000', MESSAGE: FAILED }],
    [
      'a PAM module’s words',
      { SYSLOG_IDENTIFIER: 'x', _COMM: 'logger', MESSAGE: 'pam_unix(sshd:session): session opened' },
    ],
  ])('%s', (_, entry) => {
    expect(forged(entry)).toBe(true);
  });
});

describe('a line that its program wrote', () => {
  test.each<[string, Entry]>([
    ['sshd as root', { SYSLOG_IDENTIFIER: 'sshd', _COMM: 'sshd', _EXE: '/usr/sbin/sshd', _UID: '0', MESSAGE: FAILED }],
    ['sshd-session', { SYSLOG_IDENTIFIER: 'sshd-session', _EXE: '/usr/lib/openssh/sshd-session', _UID: '0' }],
    ['replaced since', { SYSLOG_IDENTIFIER: 'sshd', _EXE: '/usr/sbin/sshd (deleted)', _UID: '0' }],
    [
      'of the user’s child',
      { SYSLOG_IDENTIFIER: 'sshd', _COMM: 'sshd', _UID: '1000', MESSAGE: 'Disconnected from user a' },
    ],
    ['sudo, with its caller’s uid', { SYSLOG_IDENTIFIER: 'sudo', _COMM: 'sudo', _EXE: '/usr/bin/sudo', _UID: '1000' }],
    ['sudo-rs', { SYSLOG_IDENTIFIER: 'sudo', _COMM: 'sudo', _EXE: '/usr/bin/sudo-rs', _UID: '1000' }],
    ['su', { SYSLOG_IDENTIFIER: 'su', _COMM: 'su', _UID: '1000' }],
    ['systemd before it became it', { SYSLOG_IDENTIFIER: 'sshd', _COMM: '(sshd)', _UID: '0' }],
    ['of another host, by a relay', { SYSLOG_IDENTIFIER: 'sshd', _COMM: 'rsyslogd', _UID: '104', MESSAGE: FAILED }],
    ['an entry without trusted fields', { SYSLOG_IDENTIFIER: 'sshd', MESSAGE: FAILED }],
    [
      'a service that uses sshd’s PAM',
      { SYSLOG_IDENTIFIER: 'dropbear', _COMM: 'dropbear', MESSAGE: 'pam_unix(sshd:auth): x' },
    ],
    ['nobody’s name', { SYSLOG_IDENTIFIER: 'backup', _COMM: 'logger', _UID: '1000', MESSAGE: FAILED }],
    ['an odd name', { SYSLOG_IDENTIFIER: 'constructor', _COMM: 'logger', _UID: '1000' }],
  ])('%s', (_, entry) => {
    expect(forged(entry)).toBe(false);
  });
});
