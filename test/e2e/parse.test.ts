import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { put, sshd, stamp, WIPED, wtmp } from './own-logs.ts';
import { parsed, ROOT, SPOOR, scratch } from './program.ts';

const at = scratch();
const UTC = ['--tz', 'UTC', '--now', '2026-03-10T00:00:00Z'];
const FAILED = sshd('2026-03-09T10:00:00Z', 811, 'Failed password for root from 203.0.113.9 port 4022 ssh2');

test('one line, one object: the whole of it', async () => {
  expect(await parsed([...UTC, put(at('one.log'), FAILED)])).toEqual([
    {
      line: 1,
      lines: 1,
      parser: 'sshd',
      event: {
        '@timestamp': '2026-03-09T10:00:00.000Z',
        'event.kind': 'event',
        'host.name': 'web1',
        'host.hostname': 'web1',
        'process.name': 'sshd',
        'process.pid': 811,
        message: 'Failed password for root from 203.0.113.9 port 4022 ssh2',
        'event.category': ['authentication'],
        'event.type': ['start'],
        'event.action': 'ssh_login',
        'event.outcome': 'failure',
        'spoor.auth.method': 'password',
        'user.name': 'root',
        'source.ip': '203.0.113.9',
        'source.address': '203.0.113.9',
        'source.port': 4022,
        'spoor.time.certainty': 'year',
        'event.original': FAILED.trimEnd(),
      },
    },
  ]);
});

test('input order, no line lost: every line that is not blank is in exactly one object', async () => {
  const path = join(ROOT, 'sample/incident/gate/var/log/auth.log');
  const events = await parsed([...UTC, path]);
  expect(events.map(({ line, lines }) => [line, lines])).toEqual(
    Array.from({ length: 427 }, (_, index) => [index + 1, 1]),
  );
});

describe('joined records', () => {
  const audit = (type: string, serial: number, text: string) =>
    `type=${type} msg=audit(1772000000.123:${serial}): ${text}\n`;
  const log =
    audit(
      'SYSCALL',
      50,
      'arch=c000003e syscall=59 success=yes exit=0 items=1 ppid=1 pid=900 auid=1000 uid=0 gid=0 euid=0 tty=pts0 ses=3 comm="id" exe="/usr/bin/id" key=(null)',
    ) +
    audit('EXECVE', 50, 'argc=2 a0="id" a1="-u"') +
    audit('CWD', 50, 'cwd="/root"') +
    audit('PROCTITLE', 50, 'proctitle=6964002D75') +
    audit(
      'USER_LOGIN',
      51,
      'pid=901 uid=0 auid=1000 ses=4 msg=\'op=login id=1000 exe="/usr/sbin/sshd" hostname=203.0.113.9 addr=203.0.113.9 terminal=ssh res=success\'',
    );

  test('audit records of one event are one object, at its first line', async () => {
    const events = await parsed([...UTC, put(at('audit.log'), log)]);
    expect(events.map(({ line, lines, parser }) => [line, lines, parser])).toEqual([
      [1, 4, 'auditd'],
      [5, 1, 'auditd'],
    ]);
    expect(events[0]?.event).toMatchObject({ 'process.args': ['id', '-u'], 'process.working_directory': '/root' });
    expect(events[0]?.event['event.original']).toBe(log.split('\n').slice(0, 4).join('\n'));
  });

  test('also where lines of other events stand between them', async () => {
    const lines = log.split('\n');
    const mixed = [lines[0], FAILED.trimEnd(), lines[1], lines[4], lines[2], lines[3]].join('\n');
    const events = await parsed([...UTC, put(at('mixed.log'), `${mixed}\n`)]);
    expect(events.map(({ line, lines: joined, parser }) => [line, joined, parser])).toEqual([
      [1, 4, 'auditd'],
      [2, 1, 'sshd'],
      [4, 1, 'auditd'],
    ]);
  });

  test('shell history with stamps', async () => {
    const path = put(at('home/maria/.bash_history'), '#1772000000\nwhoami\n#1772000060\ncat <<X\nX\n');
    const events = await parsed([...UTC, path]);
    expect(
      events.map(({ line, lines, parser, event }) => [
        line,
        lines,
        parser,
        event['process.command_line'],
        event['@timestamp'],
      ]),
    ).toEqual([
      [1, 2, 'bash-history', 'whoami', '2026-02-25T06:13:20.000Z'],
      [3, 3, 'bash-history', 'cat <<X\nX', '2026-02-25T06:14:20.000Z'],
    ]);
  });
});

describe('message repeated', () => {
  test('is unfolded and counted', async () => {
    const repeated = sshd(
      '2026-03-09T10:00:05Z',
      811,
      'message repeated 4 times: [ Failed password for root from 203.0.113.9 port 4022 ssh2]',
    );
    const events = await parsed([...UTC, put(at('rep.log'), FAILED + repeated)]);
    expect(events.map(({ line, lines, count }) => [line, lines, count])).toEqual([
      [1, 1, undefined],
      [2, 1, 4],
    ]);
    expect(events[1]?.event).toMatchObject({
      'source.ip': '203.0.113.9',
      'event.outcome': 'failure',
      '@timestamp': '2026-03-09T10:00:05.000Z',
    });
  });

  test('in the words of BSD syslogd', async () => {
    const events = await parsed([
      ...UTC,
      put(at('last.log'), `${FAILED}${stamp('2026-03-09T10:01:00Z')} web1 last message repeated 3 times\n`),
    ]);
    expect(events.map(({ count, event }) => [count, event['source.ip'], event['@timestamp']])).toEqual([
      [undefined, '203.0.113.9', '2026-03-09T10:00:00.000Z'],
      [3, '203.0.113.9', '2026-03-09T10:01:00.000Z'],
    ]);
  });
});

describe('options', () => {
  test('--format keeps one parser', async () => {
    const events = await parsed([...UTC, '--format', 'auditd', put(at('fmt.log'), FAILED)]);
    expect(events.map(({ parser }) => parser)).toEqual(['sshd']); // an envelope is read under any format
    const web = '192.0.2.7 - - [09/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5\n';
    const path = put(at('web.log'), web);
    expect((await parsed([...UTC, path])).map(({ parser }) => parser)).toEqual(['web-access']);
    expect(
      (await parsed([...UTC, '--format', 'dpkg', path])).map(({ parser, event }) => [parser, event['event.kind']]),
    ).toEqual([[null, 'pipeline_error']]);
  });

  test('--tz and --now', async () => {
    const time = async (...args: string[]) => (await parsed([...args, at('one.log')]))[0]?.event['@timestamp'];
    expect(await time('--tz', 'Europe/Berlin', '--now', '2026-03-10T00:00:00Z')).toBe('2026-03-09T09:00:00.000Z');
    expect(await time('--tz', 'UTC', '--now', '2026-03-07T00:00:00Z')).toBe('2025-03-09T10:00:00.000Z');
    expect(await time('--tz', 'UTC')).toBe('2026-03-09T10:00:00.000Z'); // by the file's time
  });

  test('--host', async () => {
    const bare = put(at('bare.log'), '192.0.2.7 - - [09/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5\n');
    expect((await parsed(['--host', 'db7', bare]))[0]?.event['host.name']).toBe('db7');
    expect((await parsed([...UTC, '--host', 'db7', at('one.log')]))[0]?.event['host.name']).toBe('web1');
  });

  test('standard input and <(command) give what the file gives', async () => {
    const path = put(at('all.log'), FAILED.repeat(3));
    const events = await parsed([...UTC, path]);
    expect(await parsed([...UTC, '-'], { input: FAILED.repeat(3) })).toEqual(events);
    const piped = execFileSync('bash', [
      '-c',
      `"$0" "$1" parse ${UTC.join(' ')} <(cat "$2")`,
      process.execPath,
      SPOOR,
      path,
    ]).toString();
    expect(
      piped
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(events);
  });
});

describe('years that no stamp names', () => {
  const days = async (name: string, now: string, lines: readonly string[]) => {
    const body = lines.map((day) => `${day} 10:00:00 web1 cron[5]: (root) CMD (true)\n`).join('');
    return (await parsed(['--tz', 'UTC', '--now', now, put(at(name), body)])).map(({ event }) =>
      String(event['@timestamp']).slice(0, 10),
    );
  };

  test('across New Year', async () => {
    expect(await days('ny.log', '2026-01-03T00:00:00Z', ['Dec 30', 'Dec 31', 'Jan  1', 'Jan  2'])).toEqual([
      '2025-12-30',
      '2025-12-31',
      '2026-01-01',
      '2026-01-02',
    ]);
  });

  test('across two New Years', async () => {
    expect(await days('two.log', '2026-02-03T00:00:00Z', ['Nov 30', 'Mar  1', 'Aug 31', 'Dec 24', 'Feb  2'])).toEqual([
      '2024-11-30',
      '2025-03-01',
      '2025-08-31',
      '2025-12-24',
      '2026-02-02',
    ]);
  });

  test('29 February stands in a leap year', async () => {
    expect(await days('leap.log', '2026-03-10T00:00:00Z', ['Feb 28', 'Feb 29', 'Mar  1'])).toEqual([
      '2024-02-28',
      '2024-02-29',
      '2024-03-01',
    ]);
    expect(await days('leap2.log', '2026-03-10T00:00:00Z', ['Feb 29', 'Dec 31', 'Jan  1'])).toEqual([
      '2024-02-29',
      '2024-12-31',
      '2025-01-01',
    ]);
  });

  test('a line of last night after this morning’s is disorder, not a year', async () => {
    expect(await days('late.log', '2026-01-03T00:00:00Z', ['Dec 31', 'Jan  1', 'Dec 31', 'Jan  2'])).toEqual([
      '2025-12-31',
      '2026-01-01',
      '2025-12-31',
      '2026-01-02',
    ]);
  });
});

describe('odd files', () => {
  const addresses = async (name: string, body: Buffer | string) =>
    (await parsed([...UTC, put(at(name), body)])).map(({ line, parser, event }) => [line, parser, event['source.ip']]);
  const two = [
    [1, 'sshd', '203.0.113.9'],
    [2, 'sshd', '203.0.113.9'],
  ];

  test('CRLF, no line ending at the end, blank lines', async () => {
    expect(await addresses('crlf.log', (FAILED + FAILED).replaceAll('\n', '\r\n'))).toEqual(two);
    expect(await addresses('noend.log', (FAILED + FAILED).trimEnd())).toEqual(two);
    expect(await addresses('blank.log', `\n${FAILED}\n\n${FAILED}`)).toEqual([
      [2, 'sshd', '203.0.113.9'],
      [5, 'sshd', '203.0.113.9'],
    ]);
  });

  test('an empty file has no events', async () => {
    const events = await parsed([put(at('empty.log'), '')]).catch(() => []);
    expect(events).toEqual([]);
  });

  test('a binary wtmp: an object for each record, told by content', async () => {
    const body = Buffer.concat([
      wtmp(7, '2026-03-09T10:00:00Z', 811, 'pts/0', 'maria', '198.51.100.20'),
      WIPED,
      wtmp(8, '2026-03-09T11:00:00Z', 811, 'pts/0', '', ''),
    ]);
    const events = await parsed([put(at('renamed.dat'), body)]);
    expect(
      events.map(({ line, parser, event }) => [
        line,
        parser,
        event['@timestamp'],
        event['source.ip'],
        event['user.name'],
      ]),
    ).toEqual([
      [1, 'utmp', '2026-03-09T10:00:00.000Z', '198.51.100.20', 'maria'],
      [2, 'utmp', undefined, undefined, undefined],
      [3, 'utmp', '2026-03-09T11:00:00.000Z', undefined, undefined],
    ]);
  });

  test('a line of 100 MB does not hide the next', async () => {
    const events = await parsed([
      ...UTC,
      put(at('huge.log'), Buffer.concat([Buffer.alloc(1e8, 65), Buffer.from(`\n${FAILED}`)])),
    ]);
    expect(events.map(({ line, parser, event }) => [line, parser, event['error.code']])).toEqual([
      [1, null, 'too_long'],
      [2, 'sshd', undefined],
    ]);
    expect(String(events[0]?.event['event.original']).length).toBeLessThanOrEqual(65_536);
  });

  test('bytes that are no UTF-8 keep their line', async () => {
    const line = Buffer.concat([
      Buffer.from(FAILED.replace('root', 'm').split(' from')[0] ?? ''),
      Buffer.from([0xfc, 0x6c]),
      Buffer.from(' from 203.0.113.9 port 4022 ssh2\n'),
    ]);
    const [event] = await parsed([...UTC, put(at('latin1.log'), line)]);
    expect(event?.event).toMatchObject({ 'user.name': 'm\ufffdl', 'source.ip': '203.0.113.9' });
  });

  test('a UTF-8 byte order mark does not hide the first line', async () => {
    expect(await addresses('bom.log', `\ufeff${FAILED}${FAILED}`)).toEqual(two);
  });
});
