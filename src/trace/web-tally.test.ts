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
  ['pages', (at: number) => `PROTO=TCP SPT=443 DPT=${40_000 + at * 11} WINDOW=0 RES=0x00 ACK RST URGP=0`],
])('late answers (%s) that a firewall stops are no scan', async (_, packet) => {
  const { kinds, verdict } = await judged(packet);
  expect(kinds).toEqual([]);
  expect(verdict).not.toBe('attacked');
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
  expect(isAnswer({ ...udp, 'source.port': 5353, 'destination.port': 50_000 })).toBe(false);
  expect(isAnswer({ ...udp, 'source.port': 123, 'destination.port': 123 })).toBe(true);
});
