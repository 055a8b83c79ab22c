import { describe, expect, test } from 'vitest';
import { investigateFiles, LogWriter } from '../../test/scenario.ts';

const log = () => new LogWriter('web1', '2026-05-01T08:00:00Z').life(60);
const fails = (writer: LogWriter, times: number, step: number) => {
  let next = writer;
  for (let left = times; left > 0; left -= 1) next = next.say('su[77]', 'FAILED SU (to root) eva on pts/1', step);
  return next;
};
const right = (writer: LogWriter) => writer.say('su[78]', '(to root) eva on pts/1');
const judged = async (writer: LogWriter) => {
  const { verdict, findings } = await investigateFiles({ 'web1/var/log/auth.log': writer.text() });
  return [verdict, ...findings.map(({ title, count }) => `${title} ${count}`)];
};

describe('passwords of su', () => {
  test('mistyped once a day', async () => {
    let writer = log();
    for (let day = 0; day < 14; day += 1) writer = right(fails(writer, 1 + (day % 3), 8)).wait(80_000);
    expect(await judged(writer)).toEqual(['quiet']);
  });

  test('of a job that never gets in, once an hour', async () => {
    expect(await judged(fails(log(), 40, 3600))).toEqual(['quiet']);
  });

  test('guessed', async () => {
    expect(await judged(fails(log(), 12, 3))).toEqual(['attacked', 'Password guessed from inside 12']);
  });

  test('guessed right, after a first mistake of days ago', async () => {
    const before = right(fails(log(), 2, 8)).wait(200_000);
    const told = ['breached', 'Password guessed from inside, then right 30'];
    expect(await judged(right(fails(before, 30, 120)))).toEqual(told);
  });

  test('a monitor whose right is missing tried no password', async () => {
    let writer = log();
    for (let at = 0; at < 30; at += 1)
      writer = writer.say(
        'sudo',
        ' zabbix : a password is required ; TTY=unknown ; PWD=/ ; USER=root ; COMMAND=/usr/sbin/smartctl -A /dev/sda',
        60,
      );
    expect(await judged(writer)).toEqual(['quiet']);
  });
});

describe('attacks that a web server answered', () => {
  const PATHS = ['/uploads/shell.php?cmd=id', '/images/x.php?cmd=cat+/etc/passwd', '/vendor/a/../../../etc/passwd'];
  const request = (path: string, bytes: number, at: number) =>
    `203.0.113.9 - - [01/May/2026:08:00:${String(at).padStart(2, '0')} +0000] "GET ${path} HTTP/1.1" 200 ${bytes} "-" "curl/8.5.0"`;
  const answered = async (sizes: readonly number[], paths: readonly string[] = PATHS) => {
    const lines = paths.map((path, at) => request(path, sizes[at] as number, at));
    const story = await investigateFiles({ 'web1/var/log/nginx/access.log': `${lines.join('\n')}\n` });
    return { verdict: story.verdict, titles: story.findings.map(({ title }) => title) };
  };

  test('with the one page that it has for every path', async () => {
    expect(await answered([1432, 1432, 1432])).toEqual({ verdict: 'attacked', titles: [] });
  });

  const sent = async (path: string, sizes: readonly number[]) => {
    const lines = sizes.map((bytes, at) => request(path, bytes, at).replace('GET', 'POST'));
    const story = await investigateFiles({ 'web1/var/log/nginx/access.log': `${lines.join('\n')}\n` });
    return [story.verdict, ...story.findings.map(({ title }) => title)];
  };

  test('a script among uploads that is fed, and says this and that', async () => {
    expect(await sent('/wp-content/uploads/2026/05/x.php', [54, 1432, 99])).toEqual(['breached', 'Web shell used']);
  });

  test('a page that is given for whatever is sent', async () => {
    const told = ['attacked', 'Attacks that the web server answered with success'];
    expect(await sent('/wp-content/uploads/2026/05/x.php', [54, 54, 54, 54])).toEqual(told);
  });

  test('a script that many send something is a part of the site', async () => {
    const lines = Array.from({ length: 30 }, (_, at) =>
      request('/files/uploads/rate.php', 54 + (at % 3), at)
        .replace('GET', 'POST')
        .replace('203.0.113.9', `198.51.100.${at % 12}`),
    );
    const story = await investigateFiles({ 'web1/var/log/nginx/access.log': `${lines.join('\n')}\n` });
    expect(story.verdict).toBe('attacked');
  });

  test('a program that takes uploads', async () => {
    expect((await sent('/uploads/upload.php', [54, 1432, 99]))[0]).not.toBe('breached');
  });

  test('by copies of one shell, which say the same', async () => {
    const copies = ['/uploads/a.php?cmd=id', '/uploads/b.php?cmd=id', '/uploads/c.php?cmd=id'];
    expect((await answered([54, 54, 54], copies)).verdict).toBe('breached');
  });

  test('with what they asked for', async () => {
    const { verdict, titles } = await answered([54, 1432, 1432]);
    expect(verdict).toBe('breached');
    expect(titles).toContain('Web shell used');
  });
});
