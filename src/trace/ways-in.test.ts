import { describe, expect, test } from 'vitest';
import { investigateFiles, LogWriter } from '../../test/scenario.ts';
import type { Story } from './story.ts';

const LOG = 'web1/var/log/auth.log';
const OFFICE = '198.51.100.7';
const log = () => new LogWriter('web1', '2026-05-01T08:00:00Z').life(60);
const told = (text: string): Promise<Story> => investigateFiles({ [LOG]: text });
const logins = ({ entries }: Story) => entries.map(({ user, address }) => `${user} ${address}`);

/** Logs in, does something as root, leaves. */
function visit(writer: LogWriter, [address, user]: readonly [string, string], pid: number, commands: string[] = []) {
  let inside = writer.enters(address, user, pid);
  for (const command of commands) inside = inside.sudo(user, command);
  return inside.leaves(user, pid).wait(3600);
}

describe('guesses before a login', () => {
  test('who mistypes now and then is no guesser after weeks of it', async () => {
    let writer = log();
    for (let day = 0; day < 15; day += 1)
      writer = visit(writer.fails(OFFICE, 'mina', 100 + day, 1 + (day % 2)), [OFFICE, 'mina'], 200 + day).wait(80_000);
    const story = await told(writer.text());
    expect(story).toMatchObject({ verdict: 'quiet', entries: [], attackers: [] });
  });

  test('nor from a home that has a new address of its own network each day', async () => {
    let writer = log();
    for (let day = 0; day < 15; day += 1) {
      const home = `2001:db8:7:1::${(day + 16).toString(16)}`;
      writer = visit(writer.fails(home, 'mina', 100 + day, 1 + (day % 2)), [home, 'mina'], 200 + day).wait(80_000);
    }
    expect((await told(writer.text())).entries).toEqual([]);
  });

  test('nobody is blamed for what is mistyped after the login', async () => {
    let writer = visit(log(), [OFFICE, 'mina'], 200).fails(OFFICE, 'mina', 201, 2);
    for (const name of ['mnia', 'maria', 'jo', 'lars'])
      writer = writer.say('sshd[300]', `Invalid user ${name} from ${OFFICE} port 40001`).wait(600);
    writer = writer.fails(OFFICE, 'invalid user mnia', 300, 4);
    expect((await told(writer.text())).entries).toEqual([]);
  });

  test('an office: who comes for the first time does not pay for the others’ typing', async () => {
    let writer = log();
    for (let day = 0; day < 10; day += 1) {
      for (const user of ['mina', 'ben', 'carl', 'dora']) writer = visit(writer, [OFFICE, user], 1000 + day);
      writer = visit(writer.fails(OFFICE, 'ben', 100, 3), [OFFICE, 'ben'], 2000 + day);
      writer = writer.fails(OFFICE, `invalid user mima${day}`, 200, 1).wait(7200);
    }
    expect((await told(visit(writer, [OFFICE, 'finn'], 3000).text())).entries).toEqual([]);
  });

  test('in an office, too, a guesser is found', async () => {
    let writer = log();
    for (let day = 0; day < 5; day += 1)
      for (const [at, user] of ['mina', 'ben', 'carl', 'dora'].entries())
        writer = visit(writer, [OFFICE, user], 1000 + day * 10 + at);
    writer = writer.fails(OFFICE, 'backup', 300, 60).enters(OFFICE, 'backup', 2000);
    expect(logins(await told(writer.text()))).toEqual([`backup ${OFFICE}`]);
  });

  test('a guesser who comes back is found each time', async () => {
    let writer = log().fails('203.0.113.9', 'mina', 300, 30);
    for (let day = 0; day < 3; day += 1) writer = visit(writer, ['203.0.113.9', 'mina'], 400 + day).wait(80_000);
    expect(logins(await told(writer.text()))).toEqual(Array(3).fill('mina 203.0.113.9'));
  });
});

describe('guesses at an account from elsewhere', () => {
  const guessers = (writer: LogWriter, names: readonly string[], tries: number, from = 1) => {
    let guessed = writer;
    for (let at = from; at <= 30; at += 1)
      guessed = guessed.fails(`203.0.113.${at}`, names[at % names.length] as string, 500 + at, tries);
    return guessed;
  };

  test('a name on everybody’s list is not aimed at', async () => {
    const lists = ['maria', 'john', 'alex', 'anna', 'david', 'chris'];
    const few = visit(guessers(log(), lists, 9), [OFFICE, 'maria'], 700);
    expect((await told(few.text())).entries).toEqual([]);
    let writer = log();
    for (let at = 1; at <= 12; at += 1)
      for (const name of [...lists, 'sam', 'tom', 'kim']) writer = writer.fails(`203.0.113.${at}`, name, 500 + at, 3);
    expect((await told(visit(writer, [OFFICE, 'maria'], 700).text())).entries).toEqual([]);
  });

  test('one that many addresses try and nobody else’s list holds is', async () => {
    const aimed = guessers(guessers(log(), ['oracle', 'test', 'john'], 3, 20), ['k.weber'], 3);
    const story = await told(visit(aimed, [OFFICE, 'k.weber'], 700).text());
    expect(logins(story)).toEqual([`k.weber ${OFFICE}`]);
    expect(story.reasons[0]).toContain('guesses at this account from');
  });
});

describe('what was done, from a new place', () => {
  const WORK = ['/usr/sbin/useradd -m tim', '/usr/sbin/visudo', '/usr/bin/tee -a /home/tim/.ssh/authorized_keys'];
  const ODD = ['/usr/bin/cat /etc/shadow', '/usr/bin/touch -r /bin/ls /usr/bin/x'];
  const known = () => visit(log(), [OFFICE, 'mina'], 200).wait(80_000);

  test('an administrator’s work makes no intruder', async () => {
    const story = await told(visit(known(), ['203.0.113.50', 'mina'], 300, WORK).text());
    expect(story).toMatchObject({ verdict: 'quiet', entries: [] });
    expect(story.findings.map(({ title }) => title)).toContain('Account added');
  });

  test('and from the place where one always is, it stands out in nothing', async () => {
    const story = await told(visit(known(), [OFFICE, 'mina'], 300, WORK).text());
    expect(story.reasons).toEqual(['nobody guessed, and no login stands out']);
  });

  test('what is no such work does', async () => {
    expect(logins(await told(visit(known(), ['203.0.113.50', 'mina'], 300, ODD).text()))).toEqual([
      'mina 203.0.113.50',
    ]);
  });

  test('a new place says nothing of somebody who has a new one every day', async () => {
    let writer = log();
    for (let day = 0; day < 6; day += 1)
      writer = visit(writer, [`203.0.113.${day + 50}`, 'mina'], 200 + day).wait(80_000);
    expect((await told(visit(writer, ['203.0.113.90', 'mina'], 300, ODD).text())).entries).toEqual([]);
  });
});

test('guesses behind an address that three accounts share are no less guesses when somebody waits an hour', async () => {
  let writer = log();
  for (const [at, user] of ['ada', 'ben', 'mina'].entries()) writer = visit(writer, ['203.0.113.9', user], 200 + at);
  for (let at = 0; at < 60; at += 1)
    writer = writer.say('sshd[900]', 'Failed password for eva from 203.0.113.9 port 4000 ssh2', 1);
  expect(logins(await told(visit(writer.wait(7200), ['203.0.113.9', 'eva'], 400).text()))).toContain('eva 203.0.113.9');
});

describe('sessions without a login line', () => {
  const silent = (writer: LogWriter, pid: number) =>
    writer
      .say(`sshd[${pid}]`, 'pam_unix(sshd:session): session opened for user mina(uid=1000) by (uid=0)')
      .leaves('mina', pid)
      .wait(7200);

  test('a server that does not log whom it lets in, until somebody sets it', async () => {
    let writer = log();
    for (let at = 0; at < 4; at += 1) writer = silent(writer, 200 + at);
    for (let at = 0; at < 4; at += 1) writer = visit(writer, [OFFICE, 'mina'], 300 + at);
    const story = await told(writer.text());
    expect(story).toMatchObject({ verdict: 'quiet', entries: [] });
    expect(story.missing.map(({ suspicion }) => suspicion)).toEqual(Array(4).fill('low'));
  });

  test('where sshd says whom it does not know, all lines of who got in were taken out', async () => {
    let writer = log();
    for (let at = 0; at < 4; at += 1)
      writer = silent(writer, 200 + at).say(`sshd[${300 + at}]`, `Invalid user oracle from 203.0.113.${at} port 40001`);
    const story = await told(writer.text());
    expect(story.reasons.join()).toContain('the line that let it in is missing');
    expect(story.missing.map(({ suspicion }) => suspicion)).toContain('medium');
  });

  test('those of one night at the end were taken out', async () => {
    let writer = log();
    for (let at = 0; at < 4; at += 1) writer = visit(writer, [OFFICE, 'mina'], 300 + at);
    for (let at = 0; at < 6; at += 1) writer = silent(writer, 400 + at);
    expect((await told(writer.text())).verdict).toBe('breached');
  });

  test('a server that logs them no more, for days', async () => {
    let writer = log();
    for (let at = 0; at < 4; at += 1) writer = visit(writer, [OFFICE, 'mina'], 300 + at);
    for (let at = 0; at < 6; at += 1) writer = silent(writer, 400 + at).wait(20_000);
    expect((await told(writer.text())).verdict).toBe('quiet');
  });

  test('one among others that have theirs was taken out', async () => {
    let writer = log();
    for (let at = 0; at < 3; at += 1) writer = visit(writer, [OFFICE, 'mina'], 300 + at);
    writer = visit(silent(writer, 400), [OFFICE, 'mina'], 500);
    const story = await told(writer.text());
    expect(story.verdict).toBe('breached');
    expect(story.missing).toMatchObject([{ kind: 'session_without_login', suspicion: 'high' }]);
  });
});
