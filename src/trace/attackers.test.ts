import { describe, expect, test } from 'vitest';
import { investigateFiles, LogWriter } from '../../test/scenario.ts';

const log = () => new LogWriter('web1', '2026-05-01T08:00:00Z').life(60);
const kinds = async (files: Readonly<Record<string, string>>) =>
  (await investigateFiles(files)).attackers.map(({ address, kinds: all }) => `${address} ${all.join(' ')}`);
const offers = (address: string, names: readonly string[], days: number) => {
  let writer = log();
  for (let day = 0; day < days; day += 1)
    for (const name of names)
      writer = writer
        .say('sshd[600]', `Failed publickey for ${name} from ${address} port 50000 ssh2: RSA SHA256:${'A'.repeat(43)}`)
        .wait(80_000);
  return { 'web1/var/log/auth.log': writer.text() };
};

describe('keys that were refused', () => {
  test('each night, of a job inside whose key was taken away', async () => {
    expect(await kinds(offers('10.0.1.19', ['borg'], 9))).toEqual([]);
  });

  test('from outside, or for name after name', async () => {
    expect(await kinds(offers('203.0.113.9', ['borg'], 9))).toEqual(['203.0.113.9 password_guessing']);
    expect(await kinds(offers('10.0.1.19', ['borg', 'root', 'admin'], 3))).toEqual(['10.0.1.19 password_guessing']);
  });
});

describe('an address that belongs here', () => {
  const week = (failures: number, between: number) => {
    let writer = log();
    for (let day = 0; day < 7; day += 1) {
      for (const user of ['mina', 'ben', 'eva'])
        writer = writer
          .enters('198.51.100.7', user, 100 + day)
          .leaves(user, 100 + day)
          .wait(3600);
      for (let at = 0; at < failures; at += 1)
        writer = writer.fails('198.51.100.7', `invalid user m${day}`, 200, 1).wait(between);
    }
    return { 'web1/var/log/auth.log': writer.text() };
  };

  test('mistypes a name now and then', async () => {
    expect(await kinds(week(1, 3600))).toEqual([]);
  });

  const days = (many: number, day: (writer: LogWriter, nth: number) => LogWriter) => {
    let writer = log();
    for (let nth = 0; nth < many; nth += 1) writer = day(writer, nth).wait(80_000);
    return { 'web1/var/log/auth.log': writer.text() };
  };
  const unknown = (writer: LogWriter, name: string, pid: number) =>
    writer
      .say(`sshd[${pid}]`, `Invalid user ${name} from 203.0.113.9 port 50000`)
      .say(`sshd[${pid}]`, `Connection closed by invalid user ${name} 203.0.113.9 port 50000 [preauth]`);
  const works = (writer: LogWriter, user: string, pid: number) =>
    writer.enters('203.0.113.9', user, pid, 'publickey').wait(300).leaves(user, pid);

  test('begins each time with a name that is none', async () => {
    expect(
      await kinds(days(9, (writer, nth) => works(unknown(writer, 'cloud', 300 + nth), 'deploy', 500 + nth))),
    ).toEqual([]);
    const named = days(9, (writer, nth) => works(unknown(writer, `cloud${nth}`, 300 + nth), 'deploy', 500 + nth));
    expect(await kinds(named)).toHaveLength(1);
  });

  test('does not know that its account was closed', async () => {
    const closed = days(9, (writer, nth) =>
      nth < 2 ? works(writer, 'borg', 500 + nth) : unknown(writer, 'borg', 300 + nth),
    );
    expect(await kinds(closed)).toEqual([]);
    expect(await kinds(days(9, (writer, nth) => unknown(writer, 'borg', 300 + nth)))).toHaveLength(1);
  });

  test('took the name of its own laptop at first', async () => {
    const hired = days(3, (writer, nth) => {
      for (let at = 0; at < 4 && nth === 0; at += 1)
        writer.fails('203.0.113.9', 'invalid user nina.k', 300 + at, 1).wait(20);
      return works(writer, 'nina', 500 + nth);
    });
    expect(await kinds(hired)).toEqual([]);
  });

  test('does not try a dozen at once', async () => {
    expect(await kinds(week(12, 1))).toHaveLength(1);
  });
});

describe('logins to a web application', () => {
  const requests = (logins: number, others: number) => {
    const lines = Array.from({ length: logins + others }, (_, at) => {
      const asked = at < logins ? 'POST /wp-login.php' : `GET /wp-admin/page${at % 5}`;
      const clock = `${String(8 + Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}:00`;
      return `203.0.113.9 - - [01/May/2026:${clock} +0000] "${asked} HTTP/1.1" 200 4480 "-" "Mozilla/5.0"`;
    });
    return { 'web1/var/log/nginx/access.log': `${lines.join('\n')}\n` };
  };

  test('of somebody who works there', async () => {
    expect(await kinds(requests(25, 300))).toEqual([]);
  });

  test('of a guesser', async () => {
    expect(await kinds(requests(25, 30))).toEqual(['203.0.113.9 web_guessing']);
  });
});

describe('what is not there any more', () => {
  const missed = (paths: readonly string[]) => {
    const lines = paths.map(
      (path, at) =>
        `192.0.2.7 - - [01/May/2026:08:${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')} +0000] "GET ${path} HTTP/1.1" 404 153 "-" "Mozilla/5.0"`,
    );
    return kinds({ 'web1/var/log/nginx/access.log': `${lines.join('\n')}\n` });
  };
  const hundred = (pathOf: (at: number) => string) => Array.from({ length: 100 }, (_, at) => pathOf(at));

  test('old pages, which a search engine follows for years', async () => {
    expect(await missed(hundred((at) => `/shop/alt/${at}.html`))).toEqual([]);
    expect(await missed(hundred((at) => `/blog/how-we-brew-${at}`))).toEqual([]);
  });

  test('scripts, or words in a folder, are looked for', async () => {
    expect(await missed(hundred((at) => `/x${at}.php`))).toEqual(['192.0.2.7 web_scan']);
    expect(await missed(hundred((at) => `/app/old${at}`))).toEqual(['192.0.2.7 web_scan']);
  });
});

test('a monitor that looks for hours whether sshd answers is no attacker, from outside for days; in a rush, or now and then, it is a scanner', async () => {
  const looks = (address: string, step: number, times = 20) => {
    let writer = log();
    for (let at = 0; at < times; at += 1)
      writer = writer.say(`sshd[${700 + at}]`, `Connection closed by ${address} port 50000 [preauth]`, step);
    return { 'web1/var/log/auth.log': writer.text() };
  };
  expect(await kinds(looks('10.0.0.9', 600))).toEqual([]);
  expect(await kinds(looks('10.0.0.9', 2))).toEqual(['10.0.0.9 scanner']);
  expect(await kinds(looks('203.0.113.9', 600))).toEqual(['203.0.113.9 scanner']);
  expect(await kinds(looks('203.0.113.9', 600, 300))).toEqual([]);
  expect(await kinds(looks('203.0.113.9', 14_400))).toEqual(['203.0.113.9 scanner']);
});
