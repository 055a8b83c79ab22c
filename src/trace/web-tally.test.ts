import { expect, test } from 'vitest';
import { investigateFiles, LogWriter } from '../../test/scenario.ts';
import { isAnswer } from './web-tally.ts';

const blocked = (source: string, rest: string) =>
  `[UFW BLOCK] IN=eth0 OUT= MAC=00:16:3e:00:00:01:00:16:3e:00:00:02:08:00 SRC=${source} DST=192.0.2.10 LEN=76 TOS=0x00 PREC=0x00 TTL=55 ID=7 ${rest}`;

async function judged(packet: (at: number) => string) {
  const log = new LogWriter('gate', '2026-05-10T06:00:00Z').life(60);
  for (let at = 0; at < 40; at += 1) log.say('kernel', blocked('45.83.4.9', packet(at)), 61);
  const { attackers, verdict } = await investigateFiles({ 'kern.log': log.text() });
  return { kinds: attackers.flatMap((one) => one.kinds), verdict };
}

test.each([
  ['time', (at: number) => `PROTO=UDP SPT=123 DPT=${40_000 + at * 11} LEN=56`],
  ['names', (at: number) => `PROTO=UDP SPT=53 DPT=${40_000 + at * 11} LEN=56`],
  [
    'what a telephone is told',
    (at: number) => `PROTO=TCP SPT=5228 DPT=${40_000 + at * 11} WINDOW=265 RES=0x00 ACK PSH FIN URGP=0`,
  ],
  ['calls', (at: number) => `PROTO=UDP SPT=19302 DPT=${40_000 + at * 11} LEN=60`],
  ['players', (at: number) => `PROTO=UDP SPT=1900 DPT=${40_000 + at * 11} LEN=300`],
  ['pages', (at: number) => `PROTO=TCP SPT=443 DPT=${40_000 + at * 11} WINDOW=0 RES=0x00 ACK RST URGP=0`],
])('late answers (%s) that a firewall stops are no scan', async (_, packet) => {
  const { kinds, verdict } = await judged(packet);
  expect(kinds).toEqual([]);
  expect(verdict).not.toBe('attacked');
});

test('what machines of a network call to all of it is no scan', async () => {
  const ports = [137, 138, 1900, 3702, 5353, 5355, 17_500, 22_222, 27_036, 32_412];
  for (const to of ['239.255.255.250', '255.255.255.255', '192.168.1.255', '192.168.1.20']) {
    const log = new LogWriter('gate', '2026-05-10T06:00:00Z').life(60);
    for (const port of [...ports, ...ports]) {
      const packet = blocked('192.168.1.51', `PROTO=UDP SPT=${40_000 + port} DPT=${port} LEN=56`);
      log.say('kernel', packet.replace('DST=192.0.2.10', `DST=${to}`), 61);
    }
    const { attackers } = await investigateFiles({ 'kern.log': log.text() });
    expect(
      attackers.flatMap((one) => one.kinds),
      to,
    ).toEqual(to === '192.168.1.20' ? ['port_scan'] : []);
  }
});

test('calls of many ports are a scan, whatever port they come from', async () => {
  const { kinds } = await judged((at) => `PROTO=TCP SPT=443 DPT=${40_000 + at * 11} WINDOW=1024 RES=0x00 SYN URGP=0`);
  expect(kinds).toContain('port_scan');
});

const asked = (at: number, status: number, name = '-') =>
  `198.51.100.7 - ${name} [10/May/2026:08:${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')} +0000] "GET /team/repo.git/info/refs?service=git-upload-pack HTTP/1.1" ${status} 401 "-" "git/2.47.3"`;

async function kindsOf(lines: readonly string[]): Promise<string[]> {
  const { attackers } = await investigateFiles({ 'access.log': `${lines.join('\n')}\n` });
  return attackers.flatMap((one) => one.kinds);
}

test('a client that is asked who it is, and then let in by name, guesses nothing', async () => {
  const lines = Array.from({ length: 120 }, (_, at) => (at % 2 === 0 ? asked(at, 401) : asked(at, 200, 'anna')));
  expect(await kindsOf(lines)).toEqual([]);
});

test.each([
  ['without a name', '-'],
  ['by name', 'anna'],
])('one who tries %s and gets in at last has guessed', async (_, name) => {
  const lines = Array.from({ length: 120 }, (_, at) => (at < 100 ? asked(at, 401, name) : asked(at, 200, 'anna')));
  expect(await kindsOf(lines)).toEqual(['web_guessing']);
});

test('a low port that is called is no answer', () => {
  const udp = { 'network.transport': 'udp', 'source.port': 53 };
  expect(isAnswer({ ...udp, 'destination.port': 161 })).toBe(false);
  expect(isAnswer({ ...udp, 'source.port': 5353, 'destination.port': 5060 })).toBe(false);
  for (const [source, answer] of [
    ['192.168.1.40', true],
    ['45.83.4.9', false],
  ] as const)
    expect(isAnswer({ ...udp, 'source.ip': source, 'source.port': 40_000, 'destination.port': 50_000 })).toBe(answer);
  expect(isAnswer({ ...udp, 'source.port': 123, 'destination.port': 123 })).toBe(true);
});

const at = (second: number) => new Date(Date.parse('2026-05-10T08:00:00Z') + second * 1000);

/** Requests of one client: seconds since the first, what it asks for, the answer's status and length. */
function client(
  asks: readonly (readonly [second: number, request: string, status: number, bytes?: number])[],
): string[] {
  return asks.map(([second, request, status, bytes = 300]) => {
    const [day = '', time = ''] = at(second).toISOString().slice(0, 19).split('T');
    const stamp = `${day.slice(8)}/May/2026:${time} +0000`;
    return `198.51.100.7 - - [${stamp}] "${request} HTTP/1.1" ${status} ${bytes} "-" "client/1.0"`;
  });
}
const every = (seconds: number, times: number, of: (nth: number, second: number) => Parameters<typeof client>[0]) =>
  Array.from({ length: times }, (_, nth) => of(nth, nth * seconds)).flat();

test.each([
  ['who looks whether a server lives, and is asked for a name', every(300, 400, (_, s) => [[s, 'HEAD /', 401]])],
  ['a page whose parts all ask who is there', every(0, 8, (nth, s) => [[s, `GET /api/part-${nth}`, 401]])],
  [
    'who delivers to many inboxes',
    every(90, 90, (nth, s) => [[s, `POST /users/u${nth % 9}/inbox`, nth % 3 ? 401 : 202]]),
  ],
  [
    'who logs in each time, and then gets what is wanted',
    every(3600, 40, (_, s) => [
      [s, 'POST /login', 200],
      [s + 1, 'GET /reports/daily', 200, 9000],
    ]),
  ],
  [
    'a test that logs in as people do',
    every(600, 50, (_, s) => [
      [s, 'GET /login', 200],
      [s + 2, 'POST /login', 302],
      [s + 3, 'GET /dashboard/', 200],
    ]),
  ],
  ['who asks for a token each hour', every(3600, 90, (_, s) => [[s, 'POST /oauth/token', 200]])],
  ['an app over XML-RPC', every(900, 40, (nth, s) => [[s, 'POST /xmlrpc.php', 200, 400 + ((nth * 7919) % 5000)]])],
  ['who waits until its owner has said yes', every(1, 120, (_, s) => [[s, 'POST /login/v2/poll', 404, 2]])],
  [
    'who asks whether it is there before it brings it',
    every(60, 60, (nth, s) => [
      [s, `HEAD /backup/2026/${nth}.tar.zst`, 404],
      [s + 1, `PUT /backup/2026/${nth}.tar.zst`, 200],
    ]),
  ],
  [
    'who looks for what is kept by its hash',
    every(5, 60, (nth, s) => [[s, `HEAD /repo/data/${String(nth).padStart(64, 'a')}`, 404]]),
  ],
  ['a page whose pictures are gone', every(0, 60, (nth, s) => [[s, `GET /assets/img/product-${nth}.jpg`, 404]])],
])('%s is no attacker', async (_, asks) => {
  expect(await kindsOf(client(asks))).toEqual([]);
});

test.each([
  ['a form that says 200', every(2, 60, (_, s) => [[s, 'POST /login', 200]])],
  [
    'a form that leads back to itself',
    every(5, 40, (_, s) => [
      [s, 'POST /login', 302],
      [s + 1, 'GET /login?error', 200],
    ]),
  ],
  [
    'a form on the first page',
    every(5, 40, (_, s) => [
      [s, 'POST /login.php', 302],
      [s + 1, 'GET /index.php?error=1', 200],
    ]),
  ],
  ['a name each time, refused', every(60, 40, (_, s) => [[s, 'POST /api/login', 401]])],
  ['XML-RPC, answered alike', every(600, 40, (nth, s) => [[s, 'POST /xmlrpc.php', 200, 403 + (nth % 9)]])],
  [
    'WordPress, with a look at a page between',
    every(60, 40, (_, s) => [
      [s, 'POST /wp-login.php', 200],
      [s + 1, 'GET /shop/', 200],
    ]),
  ],
  ['a page that asks for a name, in a rush', every(1, 8, (_, s) => [[s, 'GET /', 401]])],
  ['a page that asks for a name, many times at once', every(1, 100, (_, s) => [[s, 'GET /secret/', 401]])],
])('%s: guesses', async (_, asks) => {
  expect(await kindsOf(client(asks))).toEqual(['web_guessing']);
});
