import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Parsed } from '../core/stages.ts';
import { Zone } from '../core/zone.ts';
import auditd from './auditd.ts';

interface Read {
  readonly parsed: Parsed;
  readonly line: number;
  readonly lines: number;
  readonly raw: string;
}

function read(lines: readonly string[]): Read[] {
  const out: Read[] = [];
  const context = { zone: new Zone('UTC'), year: () => 2026 };
  const reader = auditd.open(context, (parsed, line, count, raw) => out.push({ parsed, line, lines: count, raw }));
  lines.forEach((line, at) => {
    reader.push(line, at + 1);
  });
  reader.end();
  return out.sort((a, b) => a.line - b.line);
}

const record = (serial: number, type: string, body: string) =>
  `type=${type} msg=audit(1772000000.001:${serial}): ${body}`;
const fieldsOf = (line: string) => read([line])[0]?.parsed.fields ?? {};

/** The records of one event, in the order of the kernel. */
function event(serial: number): string[] {
  return [
    record(
      serial,
      'SYSCALL',
      `arch=c000003e syscall=59 success=yes exit=0 items=1 pid=${serial} uid=0 comm="c${serial}"`,
    ),
    record(serial, 'EXECVE', `argc=1 a0="c${serial}"`),
    record(serial, 'CWD', 'cwd="/"'),
    record(serial, 'PROCTITLE', `proctitle="c${serial}"`),
  ];
}

describe('auditd', () => {
  test('joins the records of an event however events interleave', () => {
    const picks = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), picks, (events, order) => {
        const queues = Array.from({ length: events }, (_, at) => event(100 + at));
        const lines: string[] = [];
        for (const pick of [...order, ...Array.from({ length: 24 }, (_, at) => at)]) {
          const next = queues[pick % events]?.shift();
          if (next !== undefined) lines.push(next);
        }
        lines.push(...queues.flat());
        const out = read(lines);
        expect(out.map(({ lines: count }) => count)).toEqual(out.map(() => 4));
        expect(out).toHaveLength(events);
        for (const { parsed } of out) expect(parsed.fields['process.args']).toEqual([parsed.process]);
      }),
    );
  });

  test('every record is in one event, whatever stands in it', () => {
    const body = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.stringMatching(/^(?:[a-z]{1,3}[=" '(){}[\]A-F0-9]{0,4}){0,20}$/),
    );
    const line = fc.tuple(
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom('SYSCALL', 'EXECVE', 'USER_CMD', 'AVC', 'TTY', 'X_Y'),
      body,
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (sent) => {
        const lines = sent.map(([serial, type, text]) => record(serial, type, text.replaceAll('\n', ' ')));
        const total = read(lines).reduce((sum, { lines: count }) => sum + count, 0);
        expect(total).toBe(lines.length);
      }),
    );
  });

  test('an event without an end is given out when time goes on', () => {
    const later = 'type=DAEMON_ROTATE msg=audit(1772000010.000:9): op=rotate-logs auid=0 pid=1 res=success';
    const out: number[] = [];
    const context = { zone: new Zone('UTC'), year: () => 2026 };
    const reader = auditd.open(context, (_parsed, line) => out.push(line));
    reader.push(record(5, 'CONFIG_CHANGE', 'op=remove_rule key="x" list=4 res=1'), 1);
    expect(out).toEqual([]);
    reader.push(later, 2);
    expect(out).toEqual([1]);
  });

  test('the late end of an event makes no event of its own', () => {
    const lines = [...event(1), ...event(2), record(1, 'EOE', ''), record(2, 'EOE', '')];
    expect(read(lines)).toHaveLength(2);
    expect(read([record(3, 'EOE', '')])).toHaveLength(1); // the rest of it stood in the file before
  });

  test('refuses what is no record', () => {
    const refused = [
      '',
      'type=',
      'type=SYSCALL msg=audit(): x',
      'node=a type=SYSCALL',
      'nothing',
      'type=X msg=audit(1.2:3) no colon',
    ];
    for (const line of refused) expect(auditd.claims(line)).toBe(false);
  });
});

describe('forged fields', () => {
  const user = (said: string) => record(7, 'USER_LOGIN', `pid=9 uid=0 auid=4294967295 ses=4294967295 msg='${said}'`);
  const tail = 'exe="/usr/sbin/sshd" hostname=? addr=203.0.113.9 terminal=ssh res=failed';

  test('a name that holds fields changes none of them', () => {
    const forged = `op=login acct=x exe="/bin/sh" addr=198.51.100.66 res=success ${tail}`;
    expect(fieldsOf(user(forged))).toMatchObject({ 'source.ip': '203.0.113.9', 'event.outcome': 'failure' });
    const quoted = `op=login acct="x addr=198.51.100.66 res=success" ${tail}`;
    expect(fieldsOf(user(quoted))).toMatchObject({ 'source.ip': '203.0.113.9', 'event.outcome': 'failure' });
  });

  test('what a program says never replaces what the kernel says', () => {
    const fields = fieldsOf(user(`op=login uid=1000 auid=1000 ses=3 pid=1 acct="root" ${tail}`));
    expect(fields).toMatchObject({ 'user.name': 'root' });
    expect(fields['user.audit.id']).toBeUndefined();
    expect(fields['spoor.session.id']).toBeUndefined();
  });

  test('a quote in a message does not end it early', () => {
    expect(fieldsOf(user(`op=login acct="o'brien" ${tail}`))).toMatchObject({
      'user.name': "o'brien",
      'source.ip': '203.0.113.9',
    });
  });
});
