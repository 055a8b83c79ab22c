import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Missing } from '../../src/trace/story.ts';
import { BREACH, guesses, OWN_TIME, put, stamp, visit, WIPED, wtmp } from './own-logs.ts';
import { scratch, storyOf } from './program.ts';

const at = scratch();
const holes = async (...paths: string[]): Promise<string[]> => {
  const { missing } = await storyOf([...OWN_TIME, ...paths]);
  const told = ({ kind, file, evidence }: Missing) =>
    `${kind} ${file.slice(at('').length + 1)}:${evidence[0]?.line ?? ''}`;
  return missing.map(told);
};
/** A cron line every five minutes. */
const beat = (from: string, to: string): string => {
  let text = '';
  for (let time = Date.parse(from); time < Date.parse(to); time += 300_000)
    text += `${stamp(time)} web1 CRON[${10_000 + ((time / 300_000) % 9000)}]: (root) CMD (true)\n`;
  return text;
};

test('a log that runs on without a hole has none', async () => {
  const path = put(at('whole/var/log/syslog'), beat('2026-03-07T00:00:00Z', '2026-03-10T00:00:00Z'));
  expect(await holes(path)).toEqual([]);
});

test('a gap against the log’s own rhythm, by the line before it', async () => {
  const before = beat('2026-03-07T00:00:00Z', '2026-03-08T12:00:00Z');
  const path = put(at('gap/var/log/syslog'), before + beat('2026-03-08T20:00:00Z', '2026-03-10T00:00:00Z'));
  const { missing } = await storyOf([...OWN_TIME, path]);
  expect(missing).toMatchObject([
    { kind: 'gap', host: 'web1', file: path, from: '2026-03-08T11:55:00Z', to: '2026-03-08T20:00:00Z' },
  ]);
});

test('a log that ends before its host’s last sign of life', async () => {
  put(at('early/var/log/syslog'), beat('2026-03-07T00:00:00Z', '2026-03-10T00:00:00Z'));
  put(at('early/var/log/auth.log'), beat('2026-03-07T00:00:00Z', '2026-03-08T12:00:00Z'));
  const { missing } = await storyOf([...OWN_TIME, at('early')]);
  expect(missing).toMatchObject([{ kind: 'ends_early', host: 'web1', file: at('early/var/log/auth.log') }]);
});

test('a rotated file whose number is missing', async () => {
  put(at('rot/var/log/auth.log'), beat('2026-03-09T00:00:00Z', '2026-03-10T00:00:00Z'));
  put(at('rot/var/log/auth.log.1'), beat('2026-03-08T00:00:00Z', '2026-03-09T00:00:00Z'));
  put(
    at('rot/var/log/auth.log.3.gz'),
    gzipSync(beat('2026-03-06T00:00:00Z', '2026-03-07T00:00:00Z')),
    '2026-03-07T00:00:00Z',
  );
  const { missing } = await storyOf([...OWN_TIME, at('rot')]);
  expect(missing.find(({ kind }) => kind === 'rotation_missing')?.file).toMatch(/auth\.log\.2/);
});

test('zeroed wtmp records, by number', async () => {
  const login = visit('2026-03-09T10:00:00Z', '198.51.100.20', 'maria', 600, 811);
  put(at('zero/var/log/auth.log'), login);
  const records = [wtmp(7, '2026-03-09T10:00:00Z', 811, 'pts/0', 'maria', '198.51.100.20'), WIPED];
  put(at('zero/var/log/wtmp'), Buffer.concat([...records, wtmp(8, '2026-03-09T10:10:00Z', 811, 'pts/0', '', '')]));
  expect(await holes(at('zero'))).toContain('wtmp_zeroed zero/var/log/wtmp:2');
});

test('a wtmp record whose login no line tells, though the log has that hour', async () => {
  put(at('norecord/var/log/auth.log'), beat('2026-03-09T00:00:00Z', '2026-03-10T00:00:00Z'));
  put(
    at('norecord/var/log/wtmp'),
    Buffer.concat([
      wtmp(7, '2026-03-09T10:00:00Z', 811, 'pts/0', 'maria', '203.0.113.20'),
      wtmp(8, '2026-03-09T10:10:00Z', 811, 'pts/0', '', ''),
    ]),
  );
  expect(await holes(at('norecord'))).toContain('record_without_login norecord/var/log/auth.log:1');
});

test('a session whose "Accepted" line was cut out', async () => {
  const lines = visit('2026-03-09T10:00:00Z', '203.0.113.9', 'root', 600, 811).split('\n').slice(1).join('\n');
  const path = put(at('cut/var/log/auth.log'), beat('2026-03-09T00:00:00Z', '2026-03-09T10:00:00Z') + lines);
  expect(await holes(path)).toContain('session_without_login cut/var/log/auth.log:121');
});

test('a run of NULs', async () => {
  const body = guesses('2026-03-09T10:00:00Z', '203.0.113.9', 'root', 10);
  expect(
    await holes(
      put(at('nul/var/log/auth.log'), Buffer.concat([Buffer.from(body), Buffer.alloc(4096), Buffer.from(body)])),
    ),
  ).toEqual(expect.arrayContaining(['nul_run nul/var/log/auth.log:11']));
});

test('logging stopped and started', async () => {
  const said = (at_: string, text: string) =>
    `${stamp(at_)} web1 rsyslogd: [origin software="rsyslogd" swVersion="8.2302.0" x-pid="602" x-info="https://www.rsyslog.com"] ${text}\n`;
  const body =
    beat('2026-03-09T00:00:00Z', '2026-03-09T10:00:00Z') +
    said('2026-03-09T10:00:01Z', 'exiting on signal 15.') +
    said('2026-03-09T13:00:01Z', 'start') +
    beat('2026-03-09T13:05:00Z', '2026-03-10T00:00:00Z');
  const { missing } = await storyOf([...OWN_TIME, put(at('stop/var/log/syslog'), body)]);
  expect(missing.find(({ kind }) => kind === 'logging_stopped')).toMatchObject({
    host: 'web1',
    from: '2026-03-09T10:00:01Z',
    to: '2026-03-09T13:00:01Z',
    evidence: [{ line: 121 }],
  });
});

test('serial numbers that are missing from audit.log', async () => {
  const record = (serial: number) =>
    `type=USER_ACCT msg=audit(${1_773_050_000 + serial}.123:${serial}): pid=${serial} uid=0 auid=1000 ses=4 msg='op=PAM:accounting acct="root" exe="/usr/sbin/cron" hostname=? addr=? terminal=cron res=success'\n`;
  const serials = [...Array(40).keys()].map((index) => (index < 20 ? 100 + index : 1100 + index));
  const told = await holes(put(at('audit/var/log/audit/audit.log'), serials.map(record).join('')));
  expect(told.filter((hole) => hole.startsWith('audit_gap'))).toEqual(['audit_gap audit/var/log/audit/audit.log:21']);
});

const LOST = `${stamp('2026-03-09T10:00:00Z')} web1 kernel: [   12.345678] audit: audit_lost=77 audit_rate_limit=0 audit_backlog_limit=64\n`;

test('what the kernel says that audit lost', async () => {
  const { missing } = await storyOf([...OWN_TIME, put(at('lost/var/log/kern.log'), LOST)]);
  expect(missing).toMatchObject([{ host: 'web1', evidence: [{ line: 1, raw: LOST.trimEnd() }] }]);
  expect(missing[0]?.detail).toContain('77');
});

test('is an audit_lost', async () => {
  expect(await holes(at('lost'))).toEqual(['audit_lost lost/var/log/kern.log:1']);
});

test('an emptied history of an account that was used', async () => {
  put(at('hist/var/log/auth.log'), visit('2026-03-09T10:00:00Z', '198.51.100.20', 'maria', 600, 811));
  put(at('hist/home/maria/.bash_history'), '');
  expect(await holes(at('hist'))).toContain('history_emptied hist/home/maria/.bash_history:');
});

test('a log cut in the middle of a line', async () => {
  const path = put(at('cutline/var/log/auth.log'), BREACH.slice(0, -25));
  const story = await storyOf([...OWN_TIME, path]);
  expect(story.verdict).toBe('breached');
  expect(story.sessions).toMatchObject([{ user: 'root', address: '203.0.113.9', start: '2026-03-09T10:05:00Z' }]);
});

test('a clock that was set back', async () => {
  const body =
    beat('2026-03-09T10:00:00Z', '2026-03-09T12:00:00Z') + beat('2026-03-09T07:00:00Z', '2026-03-09T09:00:00Z');
  expect(await holes(put(at('step/var/log/syslog'), body))).toContain('clock_step step/var/log/syslog:25');
});

test('an ordinary day has no suspicious hole: logins, records and lines in step', async () => {
  const lines =
    beat('2026-03-09T00:00:00Z', '2026-03-09T10:00:00Z') +
    visit('2026-03-09T10:00:00Z', '198.51.100.20', 'maria', 600, 811);
  put(at('day/var/log/auth.log'), lines + beat('2026-03-09T10:10:00Z', '2026-03-10T00:00:00Z'));
  put(
    at('day/var/log/wtmp'),
    Buffer.concat([
      wtmp(7, '2026-03-09T10:00:00Z', 811, 'pts/0', 'maria', '198.51.100.20'),
      wtmp(8, '2026-03-09T10:10:00Z', 811, 'pts/0', '', ''),
    ]),
  );
  put(at('day/home/maria/.bash_history'), 'ls\n');
  put(at('day/var/log/btmp'), '');
  expect(await holes(at('day'))).toEqual([]);
});
