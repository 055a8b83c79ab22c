import { describe, expect, test } from 'vitest';
import { investigateFiles, LogWriter } from '../../test/scenario.ts';
import type { Story } from './story.ts';

const START = '2026-05-01T08:00:00Z';
const LOG = 'web1/var/log/auth.log';
const log = () => new LogWriter('web1', START).life(60);
const told = ({ missing }: Story) => missing.map(({ kind, suspicion }) => `${kind} ${suspicion}`);
const came = (writer: LogWriter, user = 'mina') => writer.enters('198.51.100.7', user, 300).leaves(user, 300).wait(600);

/** A record of wtmp: what kind, whose, from where, when; all zeros without a kind. */
function record(type: number, line = '', user = '', host = '', at = START): Buffer {
  const bytes = Buffer.alloc(384);
  if (type === 0) return bytes;
  bytes.writeInt16LE(type, 0);
  bytes.writeInt32LE(4242, 4);
  bytes.write(line, 8);
  bytes.write('ts/0', 40);
  bytes.write(user, 44);
  bytes.write(host, 76);
  bytes.writeInt32LE(Date.parse(at) / 1000, 340);
  return bytes;
}
const boot = (at: string) => record(2, '~', 'reboot', '6.1.0', at);
const shutdown = (at: string) => record(1, '~', 'shutdown', '6.1.0', at);
const login = (at: string) => record(7, 'pts/0', 'mina', '', at);

describe('records of zeros', () => {
  const wtmp = (...records: Buffer[]) => investigateFiles({ 'web1/var/log/wtmp': Buffer.concat(records) });

  test('before a boot that no shutdown led to: the power failed', async () => {
    const story = await wtmp(login('2026-05-02T08:00:00Z'), record(0), record(0), boot('2026-05-02T10:00:00Z'));
    expect(told(story)).toEqual(['wtmp_zeroed medium', 'wtmp_zeroed medium']);
    expect(story.verdict).not.toBe('breached');
  });

  test('anywhere else, and after a shutdown: somebody wrote them', async () => {
    const within = await wtmp(login('2026-05-02T08:00:00Z'), record(0), login('2026-05-02T10:00:00Z'));
    expect(told(within)).toEqual(['wtmp_zeroed high']);
    const after = await wtmp(shutdown('2026-05-02T08:00:00Z'), record(0), boot('2026-05-02T10:00:00Z'));
    expect(told(after)).toEqual(['wtmp_zeroed high']);
  });
});

describe('empty logs', () => {
  const host = (day: string) => ({
    [`web1/var/log/secure-${day}`]: came(log()).life(120).text(),
    'web1/var/log/secure': '',
    'web1/var/log/messages': new LogWriter('web1', START).life(2880).text(),
  });

  test('rotated by date a short while ago', async () => {
    const story = await investigateFiles(host('20260503'));
    expect(story).toMatchObject({ verdict: 'quiet', missing: [] });
  });

  test('not since the log was rotated, but days later', async () => {
    const story = await investigateFiles(host('20260420'));
    expect(told(story)).toContain('truncated high');
  });

  test('login records of a host where nobody had a terminal', async () => {
    const story = await investigateFiles({ [LOG]: came(log()).life(60).text(), 'web1/var/log/wtmp': '' });
    expect(told(story)).toEqual(['wtmp_zeroed medium']);
    const typed = log().enters('198.51.100.7', 'mina', 300).sudo('mina', '/usr/bin/id').leaves('mina', 300);
    const wiped = await investigateFiles({ [LOG]: typed.life(60).text(), 'web1/var/log/wtmp': '' });
    expect(told(wiped)).toEqual(['wtmp_zeroed high']);
  });
});

test('numbers of addresses and versions are none of a rotation', async () => {
  const text = log().text();
  const story = await investigateFiles({
    'fs/var/log/samba/log.10.0.0.15': text,
    'fs/var/log/remote/10.0.0.9': text,
    'fs/var/log/php8.2': text,
  });
  expect(story.missing.filter(({ kind }) => kind === 'rotation_missing')).toEqual([]);
  const real = await investigateFiles({
    'fs/var/log/tty1': text,
    'fs/var/log/tty1.1': text,
    'fs/var/log/tty1.3': text,
  });
  expect(real.missing.map(({ file }) => file)).toContain('./fs/var/log/tty1.2');
});

test('a host that was given its name after the first login has no record too many', async () => {
  const first = new LogWriter('ip-10-0-0-4', START).enters('198.51.100.7', 'mina', 300).text();
  const rest = new LogWriter('web1', '2026-05-01T08:05:00Z').life(600).text();
  const early = new LogWriter('web1', '2026-05-01T07:50:00Z').life(5).text();
  const wtmp = Buffer.concat([
    boot('2026-05-01T07:50:00Z'),
    record(7, 'pts/0', 'mina', '198.51.100.7', START),
    record(8, 'pts/0', '', '', '2026-05-01T09:00:00Z'),
  ]);
  const story = await investigateFiles({ [LOG]: early + first + rest, 'web1/var/log/wtmp': wtmp });
  expect(story.verdict).toBe('quiet');
  const cut = await investigateFiles({ [LOG]: early + rest, 'web1/var/log/wtmp': wtmp });
  expect(told(cut)).toContain('record_without_login high');
});

describe('a log that ends early', () => {
  const syslog = new LogWriter('web1', START).life(60 * 24 * 9).text();
  const burst = (at: string) => {
    let writer = new LogWriter('web1', at);
    for (let line = 0; line < 80; line += 1) writer = writer.say('kernel', `[    0.${line}] pci 0000:00:${line}`, 1);
    return writer.text();
  };

  test('not one that had its hour', async () => {
    const story = await investigateFiles({ 'web1/var/log/syslog': syslog, 'web1/var/log/kern.log': burst(START) });
    expect(story.missing).toEqual([]);
  });

  test('not one that has an hour now and then, each in a file of its own', async () => {
    const files = {
      'web1/var/log/syslog': syslog,
      'web1/var/log/dpkg.log.2': burst('2026-05-01T09:00:00Z'),
      'web1/var/log/dpkg.log.1': burst('2026-05-04T09:00:00Z'),
      'web1/var/log/dpkg.log': burst('2026-05-07T09:00:00Z'),
    };
    expect((await investigateFiles(files)).missing).toEqual([]);
  });

  test('a login log does, however short it was', async () => {
    const story = await investigateFiles({ 'web1/var/log/syslog': syslog, [LOG]: log().life(600).text() });
    expect(told(story)).toEqual(['ends_early medium']);
  });
});

describe('logging that stopped', () => {
  const said = (writer: LogWriter, text: string) =>
    writer.say('rsyslogd', `[origin software="rsyslogd" swVersion="8.2302.0" x-pid="602" x-info="x"] ${text}`);
  const stopped = (writer: LogWriter, seconds: number) =>
    said(said(writer, 'exiting on signal 15.').wait(seconds), 'start').life(60).text();

  test('with the host, which says so first', async () => {
    const writer = log().say('systemd-logind[600]', 'System is powering down.', 20);
    const down = said(writer.say('systemd[1]', 'Reached target Shutdown.', 20), 'exiting on signal 15.').wait(40_000);
    const up = said(down, 'start').say('kernel', '[    0.000000] Linux version 6.1.0', 2);
    const story = await investigateFiles({ 'web1/var/log/syslog': up.life(60).text() });
    expect(told(story).filter((hole) => hole.startsWith('logging_stopped'))).toEqual(['logging_stopped low']);
  });

  test('for half a minute, as an upgrade does', async () => {
    const dpkg = '2026-05-01 09:00:00 upgrade rsyslog:amd64 8.2302.0-1 8.2302.0-2\n';
    const text = stopped(log(), 30);
    const upgraded = await investigateFiles({ 'web1/var/log/syslog': text, 'web1/var/log/dpkg.log': dpkg });
    expect(told(upgraded)).toEqual(['logging_stopped low']);
    expect(told(await investigateFiles({ 'web1/var/log/syslog': text }))).toEqual(['logging_stopped medium']);
  });

  test('FreeBSD’s own words for down and up again', async () => {
    const writer = log().say('shutdown[700]', 'reboot by ops: ').say('syslogd', 'exiting on signal 15', 60);
    const text = writer.say('syslogd', 'kernel boot file is /boot/kernel/kernel').life(60).text();
    expect(told(await investigateFiles({ 'web1/var/log/messages': text }))).toEqual(['logging_stopped low']);
  });
});
