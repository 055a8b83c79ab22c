import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { SyslogReader } from './syslog.ts';
import { Zone } from './zone.ts';

const reader = () => new SyslogReader(new Zone('UTC'), () => 2026);

/** What a reader makes of a line: [time, host, program, pid, message], or null. */
function read(line: string, syslog = reader()): unknown {
  if (!syslog.read(line)) return null;
  const { time, hostname, appName, pid, message } = syslog;
  return [Number.isNaN(time) ? null : new Date(time).toISOString(), hostname, appName, pid, message];
}

const AT = '2026-03-09T10:00:01.000Z';

describe('RFC 3164 and what programs make of it', () => {
  test.each([
    ['Mar  9 10:00:01 web1 sshd[811]: text', [AT, 'web1', 'sshd', 811, 'text']],
    ['<38>Mar  9 10:00:01 web1 sshd[811]: text', [AT, 'web1', 'sshd', 811, 'text']],
    ['Mar  9 10:00:01 web1 kernel: text', [AT, 'web1', 'kernel', 0, 'text']],
    ['Mar  9 10:00:01 web1 /usr/sbin/cron[9]: text', [AT, 'web1', 'cron', 9, 'text']],
    ['Mar  9 10:00:01 web1 sshd(pam_unix)[811]: text', [AT, 'web1', 'sshd', 811, 'text']],
    ['Mar  9 10:00:01 web1 sshd[811] text', [AT, 'web1', 'sshd', 811, 'text']],
    ['Mar  9 10:00:01 web1 postfix/smtpd[8]: text', [AT, 'web1', 'postfix/smtpd', 8, 'text']],
    ['Mar  9 10:00:01 web1 sshd[811]: a: b[7]: c', [AT, 'web1', 'sshd', 811, 'a: b[7]: c']],
    ['Mar  9 10:00:01 web1 sshd[99999999999]: text', [AT, 'web1', 'sshd', 0, 'text']],
    ['Mar  9 10:00:01 web1 text of no program', [AT, 'web1', '', 0, 'text of no program']],
    ['Mar  9 10:00:01 2001:db8::7 sshd[811]: text', [AT, '2001:db8::7', 'sshd', 811, 'text']],
    ['Mar  9 10:00:01 web1 [sshd] text', [AT, 'web1', 'sshd', 0, 'text']],
    ['2026-03-09T10:00:01.000000+00:00 web1 sshd[811]: text', [AT, 'web1', 'sshd', 811, 'text']],
    ['2026-03-09T11:00:01+0100 web1 sshd[811]: text', [AT, 'web1', 'sshd', 811, 'text']], // journalctl -o short-iso
    ['Mon 2026-03-09 10:00:01 UTC web1 sshd[811]: text', [AT, 'web1', 'sshd', 811, 'text']], // short-full
    ['1773050401.000000 web1 sshd[811]: text', [AT, 'web1', 'sshd', 811, 'text']], // short-unix
    ['Mar  9 10:00:01 web1 sshd[811]:', [AT, 'web1', 'sshd', 811, '']],
  ])('%s', (line, parts) => {
    expect(read(line)).toEqual(parts);
  });

  // OpenWrt's logread: asctime's stamp, facility and severity, no host
  test.each([
    ['Mon Mar  9 10:00:01 2026 authpriv.warn dropbear[811]: text', [AT, '', 'dropbear', 811, 'text']],
    ['Mon Mar  9 10:00:01 2026 [1773050401.123] daemon.info crond[7]: text', [AT, '', 'crond', 7, 'text']], // logread -t
    ['Mon Mar  9 10:00:01 2026 kern.info kernel: [   12.345678] text', [AT, '', 'kernel', 0, '[   12.345678] text']],
    ['Mon Mar  9 10:00:01 2026 authpriv.warn router dropbear[811]: text', [AT, 'router', 'dropbear', 811, 'text']],
    ['Mon Mar  9 10:00:01 2026 [pid 2] CONNECT: Client "192.0.2.1"', null], // vsftpd's
    ['Mon Mar  9 10:00:01 2026 1 192.0.2.1 17 /a b _ o r u ftp 0 * c', null], // xferlog
  ])('%s', (line, parts) => {
    expect(read(line)).toEqual(parts);
  });

  // journalctl -o with-unit: the unit in the program's place
  test.each([
    ['ssh.service[811]: text', 'sshd'],
    ['sshd.service[811]: text', 'sshd'],
    ['sshd@12-192.0.2.10:22-198.51.100.7:40222.service[811]: text', 'sshd'],
    ['sshd@1-2001:db8::1:22-2001:db8::2:40222.service[811]: text', 'sshd'],
    ['cron.service[811]: text', 'CRON'],
    ['getty@tty1.service[811]: text', 'login'],
    ['systemd-logind.service[811]: text', 'systemd-logind'],
    ['user@1000.service[811]: text', 'systemd'],
    ['init.scope[811]: text', 'systemd'],
    ['nginx.service[811]: text', 'nginx'],
    ['user@1000.service/sshd.service[811]: text', 'user@1000.service/sshd.service'], // a user's own, named as he likes
    ['session-3.scope[811]: text', 'session-3.scope'],
    ['constructor.service[811]: text', 'constructor'],
  ])('%s', (rest, program) => {
    expect(read(`Mon 2026-03-09 10:00:01 UTC web1 ${rest}`)).toEqual([AT, 'web1', program, 811, 'text']);
  });

  test('in a session only what certain programs alone say is told from its scope', () => {
    const program = (said: string) => (read(`Mar  9 10:00:01 web1 session-3.scope[8]: ${said}`) as string[])[2];
    expect(program('   maria : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/id')).toBe('sudo');
    expect(program('(to root) maria on pts/0')).toBe('su');
    expect(program('new user: name=eve, UID=0, GID=0, home=/root, shell=/bin/sh, from=/dev/pts/0')).toBe('useradd');
    expect(program('Disconnected from user maria 198.51.100.7 port 4022')).toBe('sshd');
    expect(program('Accepted password for root from 198.51.100.7 port 4022 ssh2')).toBe('session-3.scope');
  });

  test('the host is missing where the next word ends a tag', () => {
    expect(read('Mar  9 10:00:01 dropbear[1252]: text')).toEqual([AT, '', 'dropbear', 1252, 'text']);
    expect(read('Mar  9 10:00:01 kernel: text')).toEqual([AT, '', 'kernel', 0, 'text']);
    expect(read('<38>sshd[811]: text')).toEqual([null, '', 'sshd', 811, 'text']);
  });

  test('FreeBSD and Solaris', () => {
    expect(read('Mar  9 10:00:01 <auth.info> web1 sshd[811]: text')).toEqual([AT, 'web1', 'sshd', 811, 'text']);
    expect(read('Mar  9 10:00:01 auth.info web1 sshd[811]: text')).toEqual([AT, 'web1', 'sshd', 811, 'text']);
    expect(read('Mar  9 10:00:01 sun1 sshd[811]: [ID 800047 auth.info] text')).toEqual([
      AT,
      'sun1',
      'sshd',
      811,
      'text',
    ]);
  });

  test('the kernel’s own clock, and lines without a stamp', () => {
    expect(read('[   12.345678] text of the kernel')).toEqual([null, '', 'kernel', 0, 'text of the kernel']);
    expect(read('[   12.345678] web1 sshd[811]: text')).toEqual([null, 'web1', 'sshd', 811, 'text']);
    expect(read('web1 sshd[811]: text')).toEqual([null, 'web1', 'sshd', 811, 'text']);
  });

  test.each([
    '',
    'text',
    'type=SYSCALL msg=audit(1.2:3): x',
    '<999>Mar  9 10:00:01 web1 a: b',
    '<x>',
    '{"a":1}',
    '192.0.2.7 - - [09/Mar/2026:10:00:01 +0000] "GET /"',
  ])('"%s" is no syslog', (line) => {
    expect(read(line)).toBeNull();
  });
});

describe('RFC 5424', () => {
  test('header, structured data, byte order mark', () => {
    const syslog = reader();
    const data = '[a@1 x="1" y="a \\"q\\" \\] b"][b@2]';
    expect(read(`<38>1 2026-03-09T10:00:01.000Z web1.example sshd 811 ID47 ${data} \ufefftext`, syslog)).toEqual([
      AT,
      'web1.example',
      'sshd',
      811,
      'text',
    ]);
    expect([syslog.priority, syslog.msgId, syslog.structuredData, syslog.certainty]).toEqual([
      38,
      'ID47',
      data,
      'exact',
    ]);
  });

  test.each([
    ['<38>1 - - - - - -', [null, '', '', 0, '']],
    ['<38>1 - - - - - - text', [null, '', '', 0, 'text']],
    ['<38>1 2026-03-09T10:00:01Z - sshd - - - text', [AT, '', 'sshd', 0, 'text']],
    ['<0>1 2026-03-09T12:00:01+02:00 web1 sshd 811 - [a@1] text', [AT, 'web1', 'sshd', 811, 'text']],
    ['<38>1 2026-03-09T10:00:01Z web1 sshd 12/0x7 - - text', [AT, 'web1', 'sshd', 12, 'text']],
    ['<38>1 2026-03-09T10:00:01Z web1 sshd 811 - [a@1 x="]"] text', [AT, 'web1', 'sshd', 811, 'text']],
  ])('%s', (line, parts) => {
    expect(read(line)).toEqual(parts);
  });

  test('structured data that never ends is not taken for any', () => {
    expect((read('<38>1 2026-03-09T10:00:01Z web1 sshd 811 - [a@1 x="1" text') as unknown[] | null)?.[4]).not.toBe('');
  });
});

test('what one line left does not reach the next', () => {
  const syslog = reader();
  read('<38>1 2026-03-09T10:00:01Z web1 sshd 811 ID [a@1] text', syslog);
  expect(read('Mar  9 10:00:01 web2 kernel: other', syslog)).toEqual([AT, 'web2', 'kernel', 0, 'other']);
  expect([syslog.priority, syslog.msgId, syslog.structuredData]).toEqual([-1, '', '']);
  expect(read('Mar  9 10:00:01 web2x kernel: other', syslog)).toEqual([AT, 'web2x', 'kernel', 0, 'other']);
  expect(read('Mar  9 10:00:01 web kernel: other', syslog)).toEqual([AT, 'web', 'kernel', 0, 'other']);
});

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
const message = fc.string({ maxLength: 60 }).filter((text) => !/[\r\n]/.test(text));
const pid = fc.integer({ min: 1, max: 4_194_304 });
const time = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2090, 0, 1) });

property.prop([time, word, word, pid, message])(
  'whatever is framed is read back: RFC 5424',
  (ms, host, app, id, text) => {
    const line = `<13>1 ${new Date(ms).toISOString()} ${host} ${app} ${id} - - ${text}`;
    expect(read(line)).toEqual([new Date(ms).toISOString(), host, app, id, text]);
  },
);

property.prop([time, word, word, pid, message])('and rsyslog’s file format', (ms, host, app, id, text) => {
  const line = `${new Date(ms).toISOString()} ${host} ${app}[${id}]: ${text}`;
  fc.pre(!text.startsWith('[ID '));
  expect(read(line)).toEqual([new Date(ms).toISOString(), host, app, id, text]);
});

property.prop([fc.array(fc.string({ maxLength: 80 }), { maxLength: 10 })])('no text makes it throw', (lines) => {
  const syslog = reader();
  for (const line of lines)
    for (const begin of ['', '<13>', '<13>1 ', 'Mar  9 10:00:01 ', 'Mar  9 10:00:01 h ']) syslog.read(begin + line);
});
