import { describe, expect, test } from 'vitest';
import { investigateFiles, LogWriter } from '../../test/scenario.ts';

const LOG = 'web1/var/log/auth.log';
const log = () => new LogWriter('web1', '2026-05-10T08:00:00Z').life(60);
const told = async (text: string) => {
  const { verdict, confidence, reasons, entries } = await investigateFiles({ [LOG]: text });
  return {
    verdict,
    confidence,
    said: reasons.join('\n'),
    entries: entries.map(({ user, address }) => `${user} ${address}`),
  };
};

/** Logins by key, an hour apart. */
function comes(writer: LogWriter, user: string, address: string, times = 4): LogWriter {
  for (let pid = 600; pid < 600 + times; pid += 1)
    writer.enters(address, user, pid, 'publickey').leaves(user, pid).wait(3600);
  return writer;
}

/** One guess from each of many addresses, hours apart. */
function guessed(writer: LogWriter, user: string, addresses = 60, hours = 2): LogWriter {
  for (let at = 0; at < addresses; at += 1) writer.fails(`198.51.${at}.7`, user, 2000 + at).wait(hours * 3600);
  return writer;
}

describe('a password where there was a key', () => {
  test('from a new address, after guesses from many: entered', async () => {
    const text = guessed(comes(log(), 'anna', '192.0.2.4'), 'anna')
      .enters('203.0.113.9', 'anna', 900)
      .text();
    const { verdict, confidence, said, entries } = await told(text);
    expect({ verdict, confidence, entries }).toEqual({
      verdict: 'breached',
      confidence: 'low',
      entries: ['anna 203.0.113.9'],
    });
    expect(said).toContain('guesses at this account from many addresses in the week before');
  });

  test('alone it is a question, also beside one thing that an administrator does', async () => {
    const away = comes(log(), 'anna', '192.0.2.4').enters('203.0.113.9', 'anna', 900);
    const { verdict, said, entries } = await told(away.sudo('anna', '/usr/bin/mysqldump shop').text());
    expect({ verdict, entries }).toEqual({ verdict: 'quiet', entries: [] });
    expect(said).toContain('anna came by key before, now by password from a new address');
  });

  test.each(['192.0.2.4', '10.1.2.3'])(
    'from %s, where the account came from or in the own network: nothing',
    async (address) => {
      const { said } = await told(comes(log(), 'anna', '192.0.2.4').enters(address, 'anna', 900).text());
      expect(said).not.toContain('may be an intruder');
    },
  );
});

describe('an account that many guessed at slowly', () => {
  test('root, which nobody logged in to before: a question', async () => {
    const text = guessed(comes(log(), 'anna', '192.0.2.4'), 'root')
      .enters('203.0.113.9', 'root', 900)
      .text();
    const { verdict, said } = await told(text);
    expect(verdict).not.toBe('breached');
    expect(said).toContain("a login that may be an intruder's: root on web1 from 203.0.113.9");
  });

  test('its owner, who always comes by password, is not suspect for guesses that fall to each name of a list', async () => {
    const lists = log().enters('192.0.2.4', 'anna', 900).leaves('anna', 900);
    for (const name of 'anna hadoop steam nagios deploy backup alex john tomcat zabbix minecraft jenkins odoo user1'.split(
      ' ',
    ))
      guessed(lists, name, 24, 6).wait(-24 * 21_603);
    const { said, entries } = await told(
      lists
        .wait(24 * 21_603)
        .enters('203.0.113.9', 'anna', 901)
        .text(),
    );
    expect(entries).toEqual([]);
    expect(said).not.toContain('in the week before');
  });

  test('root from ever new addresses, where nobody else comes: nothing', async () => {
    const text = guessed(log(), 'root')
      .enters('203.0.113.9', 'root', 900)
      .wait(9000)
      .enters('203.0.113.88', 'root', 901);
    expect((await told(text.text())).said).not.toContain('may be an intruder');
  });
});

describe('guesses from the addresses beside', () => {
  const beside = (addresses: number) => {
    const log_ = comes(log(), 'anna', '192.0.2.4');
    for (let at = 0; at < 30; at += 1)
      log_.fails(`203.0.113.${10 + (at % addresses)}`, at % 2 ? 'root' : 'anna', 3000 + at);
    return log_;
  };

  test('many of one /24, then a password from there: entered', async () => {
    const { verdict, entries, said } = await told(beside(10).enters('203.0.113.99', 'anna', 900).text());
    expect({ verdict, entries }).toEqual({ verdict: 'breached', entries: ['anna 203.0.113.99'] });
    expect(said).toContain('30 failed tries from 10 addresses beside its own before it');
  });

  test('a neighbour or two, a key, or one who came from there before: not for that', async () => {
    const logs = [
      beside(2).enters('203.0.113.99', 'anna', 900),
      beside(10).enters('203.0.113.99', 'anna', 900, 'publickey'),
      comes(beside(10), 'ben', '203.0.113.99').wait(60).enters('203.0.113.99', 'ben', 900),
    ];
    for (const one of logs) expect((await told(one.text())).said).not.toContain('beside its own');
  });
});

describe('an account that is not for logins', () => {
  test('redis by key from outside: entered', async () => {
    const { verdict, said } = await told(log().enters('203.0.113.9', 'redis', 900, 'publickey').text());
    expect({ verdict, said }).toEqual({
      verdict: 'breached',
      said: 'redis is an account of a service, and nobody logs in to it',
    });
  });

  test('www-data by password: a question; by key, as deployments come: nothing', async () => {
    expect((await told(log().enters('203.0.113.9', 'www-data', 900).text())).said).toContain('a password opened it');
    expect((await told(log().enters('203.0.113.9', 'www-data', 900, 'publickey').text())).said).not.toContain(
      'account',
    );
  });

  test('another name with uid 0: a question, but not the administrator of an appliance', async () => {
    const opened = (user: string) =>
      log()
        .say('sshd[900]', `Accepted publickey for ${user} from 203.0.113.9 port 4022 ssh2`, 0)
        .say('sshd[900]', `pam_unix(sshd:session): session opened for user ${user}(uid=0) by (uid=0)`)
        .text();
    expect((await told(opened('sysup'))).said).toContain('sysup is a second account with uid 0');
    expect((await told(opened('admin'))).said).not.toContain('uid 0');
    expect((await told(opened('root'))).said).not.toContain('uid 0');
  });
});

describe('what programs say of accounts', () => {
  const taken = (writer: LogWriter) =>
    writer
      .say('usermod[700]', "change user 'games' shell from '/usr/sbin/nologin' to '/bin/bash'")
      .say('usermod[701]', "change user 'games' UID from '5' to '0'")
      .say('passwd[702]', 'pam_unix(passwd:chauthtok): password changed for ben');

  test('a shell and uid 0 for an account of a service count, and who comes with what was changed is the intruder', async () => {
    const text = taken(
      comes(log(), 'anna', '192.0.2.4')
        .enters('203.0.113.9', 'anna', 900)
        .say('su[699]', 'pam_unix(su-l:session): session opened for user root(uid=0) by anna(uid=1000)'),
    )
      .leaves('anna', 900)
      .wait(86_400)
      .enters('198.51.100.77', 'ben', 950)
      .text();
    const story = await investigateFiles({ [LOG]: text });
    expect(story.findings.map(({ title, level }) => `${title}: ${level}`)).toEqual(
      expect.arrayContaining(['Second account with uid 0: critical', 'Service account given a shell: high']),
    );
    expect(story.entries.map(({ user, address }) => `${user} ${address}`)).toEqual([
      'anna 203.0.113.9',
      'ben 198.51.100.77',
    ]);
    const locked = story.actions.filter(({ kind }) => kind === 'lock_account').map(({ target }) => target);
    expect(locked.sort()).toEqual(['anna', 'ben', 'games']);
  });

  test('an administrator who makes an account and gives it rights, from a new place: a question at most', async () => {
    const text = comes(log(), 'anna', '192.0.2.4')
      .enters('203.0.113.9', 'anna', 900, 'publickey')
      .sudo('anna', '/bin/bash')
      .say('useradd[700]', 'new user: name=dora, UID=1003, GID=1003, home=/home/dora, shell=/bin/bash, from=/dev/pts/0')
      .say('usermod[701]', "add 'dora' to group 'sudo'")
      .say('usermod[702]', "change user 'games' shell from '/bin/sh' to '/usr/sbin/nologin'")
      .text();
    const { verdict, entries } = await told(text);
    expect({ verdict, entries }).toEqual({ verdict: 'quiet', entries: [] });
  });
});
