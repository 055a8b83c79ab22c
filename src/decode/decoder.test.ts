import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import type { Event } from '../core/event.ts';
import { Zone } from '../core/zone.ts';
import { parsers } from '../parsers/index.ts';
import { Decoder } from './decoder.ts';
import { createDispatch } from './dispatch.ts';

const dispatch = createDispatch(parsers);

/** The events of some lines, numbered from 1, in the order of their lines. */
function decode(lines: readonly string[], path = 'a.log', host = ''): Event[] {
  const events: Event[] = [];
  const decoder = new Decoder(dispatch, {
    zone: new Zone('UTC'),
    year: () => 2026,
    host,
    emit: (event) => events.push(event),
  });
  decoder.begin(path, lines);
  for (const [index, line] of lines.entries()) decoder.push(line, index + 1);
  decoder.end();
  return events.sort((a, b) => a.line - b.line);
}

const brief = (events: readonly Event[]) =>
  events.map(({ line, lines, count, parser }) => [line, lines, count, parser]);
const AT = 'Mar  9 10:00:0';
const FAILED = `${AT}0 web1 sshd[811]: Failed password for root from 203.0.113.9 port 4022 ssh2`;
const WEB = '192.0.2.7 - - [09/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5';

describe('what a line is, is told line by line', () => {
  test('formats mixed in one file', () => {
    const lines = [FAILED, WEB, FAILED, 'what is this', 'type=CWD msg=audit(1773050401.123:7): cwd="/"', FAILED];
    const told = decode(lines).map(({ parser }) => parser);
    expect(told).toEqual(['sshd', 'web-access', 'sshd', null, 'auditd', 'sshd']);
  });

  test('an envelope that no parser understands keeps what it says', () => {
    expect(decode([`${AT}1 web1 strange[7]: text`])).toMatchObject([
      {
        parser: 'syslog',
        host: 'web1',
        process: 'strange',
        pid: 7,
        message: 'text',
        time: Date.UTC(2026, 2, 9, 10, 0, 1),
        certainty: 'year',
        fields: {},
      },
    ]);
  });

  test('blank lines are none, a carriage return belongs to the line ending', () => {
    expect(brief(decode(['', `${FAILED}\r`, '']))).toEqual([[2, 1, 1, 'sshd']]);
    expect(decode([`${FAILED}\r`])[0]?.raw).toBe(FAILED);
  });

  test('a web server that logs through syslog keeps the envelope’s host', () => {
    expect(decode([`${AT}1 web1 nginx: ${WEB}`])).toMatchObject([
      { parser: 'web-access', host: 'web1', process: 'nginx', address: '192.0.2.7' },
    ]);
  });

  test('the host handed in is for lines that name none', () => {
    expect(decode([FAILED, WEB], 'a.log', 'db7').map(({ host }) => host)).toEqual(['web1', 'db7']);
  });
});

describe('message repeated', () => {
  const repeated = (text: string, number = 1) => `${AT}${number} web1 sshd[811]: ${text}`;

  test('is what it repeats, so many times', () => {
    const events = decode([
      repeated('message repeated 3 times: [ Failed password for root from 203.0.113.9 port 4022 ssh2]'),
    ]);
    expect(events).toMatchObject([{ count: 3, parser: 'sshd', address: '203.0.113.9', user: 'root' }]);
  });

  test('is so wherever a shipper put it', () => {
    const message = 'message repeated 3 times: [ Failed password for root from 203.0.113.9 port 4022 ssh2]';
    const events = decode([
      JSON.stringify({ time: '2026-03-09T10:00:00Z', host: 'web1', program: 'sshd', pid: '811', message }),
      JSON.stringify({ log: `${repeated(message)}\n`, stream: 'stdout', time: '2026-03-09T10:00:01Z' }),
      JSON.stringify({ __REALTIME_TIMESTAMP: '1773050400000000', SYSLOG_IDENTIFIER: 'sshd', MESSAGE: message }),
    ]);
    const [one] = events;
    expect(events.map(({ count, parser, address }) => [count, parser, address])).toEqual(
      events.map(() => [3, 'sshd', '203.0.113.9']),
    );
    expect(one?.message).toBe('Failed password for root from 203.0.113.9 port 4022 ssh2');
  });

  test('a count or an end that an attacker wrote is text', () => {
    const name = 'message repeated 9 times: [ x]';
    const events = decode([repeated(`Failed password for invalid user ${name} from 203.0.113.9 port 4022 ssh2`)]);
    expect(events).toMatchObject([{ count: 1, user: name, address: '203.0.113.9' }]);
    expect(decode([repeated('message repeated 99999999 times: [ x]')])).toMatchObject([{ count: 1 }]);
    expect(decode([repeated('message repeated 3 times: [ cut')])).toMatchObject([{ count: 1 }]);
  });

  test('last message repeated: the line before, at the new time', () => {
    const events = decode([
      FAILED,
      `${AT}5 web1 last message repeated 2 times`,
      `${AT}6 web1 --- last message repeated 1 time ---`,
    ]);
    expect(events.map(({ count, address, time }) => [count, address, time - Date.UTC(2026, 2, 9, 10)])).toEqual([
      [1, '203.0.113.9', 0],
      [2, '203.0.113.9', 5000],
      [1, '203.0.113.9', 6000],
    ]);
    expect(brief(decode([`${AT}5 web1 last message repeated 2 times`]))).toEqual([[1, 1, 1, 'syslog']]); // nothing before it
  });
});

test('a line of the same process names the peer of one that does not, and of no other', () => {
  const opened = 'pam_unix(sshd:session): session opened for user root(uid=0) by (uid=0)';
  const events = decode([
    `${AT}0 web1 sshd[811]: Accepted password for root from 203.0.113.9 port 4022 ssh2`,
    `${AT}0 web1 sshd[811]: ${opened}`,
    `${AT}1 web1 sshd[812]: ${opened}`,
    `${AT}1 web2 sshd[811]: ${opened}`,
  ]);
  expect(events.map(({ address }) => address)).toEqual(['203.0.113.9', '203.0.113.9', '', '']);
  expect(events[1]?.fields['spoor.source.from']).toBe('process');
});

describe('runs of NULs', () => {
  test('are told, and the text behind them is read', () => {
    expect(decode([`${'\0'.repeat(100)}${FAILED}`])).toMatchObject([
      { parser: null, fields: { 'error.code': 'nul_run', 'spoor.nul.bytes': 100 }, line: 1 },
      { parser: 'sshd', address: '203.0.113.9', line: 1 },
    ]);
  });

  test('a line of thousands of runs shows some of it and ends', () => {
    const events = decode(['a\0\0'.repeat(5000) + '\0'.repeat(9)]);
    expect(events.length).toBeLessThan(20);
    expect(events.at(-1)?.fields).toMatchObject({ 'error.code': 'nul_run', 'spoor.nul.bytes': 10_009 });
  });
});

test('of a line too long to keep, its beginning is kept and its length told', () => {
  const [event] = decode(['A'.repeat(200_000)]);
  expect([event?.raw.length, event?.fields]).toEqual([65_536, { 'error.code': 'too_long', 'spoor.length': 200_000 }]);
});

const piece = fc.oneof(
  fc.constantFrom(
    FAILED,
    WEB,
    `${AT}3 web1 cron[4]: x`,
    'type=CWD msg=audit(1773050401.123:7): cwd="/"',
    '#1773050401',
    '<13>1 - - - - - - t',
  ),
  fc.string({ minLength: 1, maxLength: 60 }).filter((text) => !/[\r\n\0]/.test(text)),
);

property.prop([fc.array(piece, { maxLength: 30 })])('every line that is not blank is in exactly one event', (lines) => {
  const covered = decode(lines).reduce((sum, event) => sum + event.lines, 0);
  expect(covered).toBe(lines.length);
});

property.prop([fc.array(fc.string({ maxLength: 200 }), { maxLength: 20 })])(
  'no text makes it throw, and each event has its line',
  (lines) => {
    for (const event of decode(lines))
      expect(event.line >= 1 && event.line <= lines.length && event.count >= 1).toBe(true);
  },
);

describe('a carriage return inside a line', () => {
  const second = `${AT}1 web1 sshd[812]: Accepted password for root from 203.0.113.9 port 4023 ssh2`;

  test.each([[[`${AT}0 web1 app[7]: name x\r${second}`]], [[`${AT}0 web1 app[7]: name x\r${second}`, FAILED]]])(
    'is its writer’s and forges none',
    (lines) => {
      const events = decode(lines);
      expect(events).toHaveLength(lines.length);
      expect(events[0]?.parser).toBe('syslog');
      expect(events[0]?.raw).toContain('Accepted');
    },
  );
});

describe('a line within an entry', () => {
  const docker = (log: string) => JSON.stringify({ log: `${log}\n`, stream: 'stdout', time: '2026-03-09T11:00:00.5Z' });

  test('is read as it would be alone', () => {
    const events = decode([docker(WEB), docker(FAILED), docker('Starting the server'), docker(WEB)]);
    expect(events.map(({ parser }) => parser)).toEqual(['web-access', 'sshd', 'journal-json', 'web-access']);
    expect(events.map(({ address }) => address)).toEqual(['192.0.2.7', '203.0.113.9', '', '192.0.2.7']);
    expect(events[2]).toMatchObject({ message: 'Starting the server', process: '' });
  });

  test('the outer time stands unless the inner one is certain', () => {
    const times = decode([docker(WEB), docker(FAILED)]).map(({ time }) => new Date(time).toISOString());
    expect(times).toEqual(['2026-03-09T10:00:00.000Z', '2026-03-09T11:00:00.500Z']);
  });

  test('a web server’s access log in the journal', () => {
    const entry = {
      __REALTIME_TIMESTAMP: '1773050400000000',
      SYSLOG_IDENTIFIER: 'nginx',
      _HOSTNAME: 'web1',
      MESSAGE: WEB,
    };
    expect(decode([JSON.stringify(entry)])).toMatchObject([
      { parser: 'web-access', host: 'web1', address: '192.0.2.7' },
    ]);
  });
});
