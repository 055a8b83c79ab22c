import { describe, expect, test } from 'vitest';
import { Random } from '../../bench/random.ts';
import { ipv4 } from '../../score/planted/background.ts';
import { PlantedLog } from '../../score/planted/log.ts';
import { inventNames, PARTINGS, POPULAR } from '../../score/planted/words.ts';
import { investigateFiles } from '../../test/scenario.ts';
import type { Campaign } from './tracks.ts';

const START = Date.parse('2026-05-10T00:00:00Z');
const HOUR = 3_600_000;

interface Guess {
  readonly from: number;
  readonly gap: number;
  readonly parting: string;
}

function guesses(log: PlantedLog, address: string, names: readonly string[], { from, gap, parting }: Guess): void {
  for (const [at, name] of names.entries()) {
    log.fails(from + at * gap, 'web1', address, name, name === 'root');
    if (parting !== '') log.says(from + at * gap, 'web1', address, parting);
  }
}

/** Strangers who guess each for itself, over three days. */
function strangers(random: Random, log: PlantedLog, count: number): void {
  for (let left = count; left > 0; left -= 1)
    guesses(log, ipv4(random), POPULAR.slice(0, random.between(1, 30)), {
      from: START + random.next() * 72 * HOUR,
      gap: 1000 * Math.exp(random.next() * 7),
      parting: random.chance(0.5) ? random.pick(PARTINGS) : '',
    });
}

function bots(random: Random, count: number): string[] {
  return Array.from({ length: count }, () => ipv4(random));
}

function sharedWith(campaigns: readonly Campaign[], addresses: readonly string[]): number[] {
  const within = new Set(addresses);
  return campaigns.map((one) => one.addresses.filter((address) => within.has(address)).length);
}

test('two campaigns with the same popular list, but another client, rhythm and time, stay two', async () => {
  const random = new Random(11);
  const log = new PlantedLog();
  strangers(random, log, 800);
  const [first, second] = [bots(random, 40), bots(random, 40)];
  const list = POPULAR.slice(3, 15);
  for (const address of first)
    guesses(log, address, list, {
      from: START + 5 * HOUR + random.next() * HOUR,
      gap: 4000,
      parting: 'Received disconnect from ADDR:11: Bye from kaloma [preauth]',
    });
  for (const address of second)
    guesses(log, address, list, {
      from: START + 40 * HOUR + random.next() * HOUR,
      gap: 240_000,
      parting: 'Received disconnect from ADDR:11: vorten done [preauth]',
    });
  const { campaigns } = await investigateFiles({ 'auth.log': log.text() });
  expect(campaigns).toHaveLength(2);
  expect(sharedWith(campaigns, first).sort((a, b) => b - a)).toEqual([40, 0]);
  expect(sharedWith(campaigns, second).sort((a, b) => b - a)).toEqual([40, 0]);
});

test.each([
  ['dealt out', 0, false],
  ['dealt out, and some strangers', 8, false],
  ['dealt out, and many strangers', 40, false],
  ['tried by each in turn', 0, true],
] as const)('a small log with one distributed guess, a list %s: it is told as one', async (_, others, whole) => {
  const random = new Random(12);
  const log = new PlantedLog();
  for (let at = 0; at < 400; at += 1) {
    const time = START + at * 300_000;
    const text = 'pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)';
    log.raw(time, `${stamp(time)} web1 CRON[${1000 + at}]: ${text}`);
  }
  strangers(random, log, others);
  const names = inventNames(random, 48);
  const all = bots(random, 12);
  for (const [at, address] of all.entries())
    guesses(log, address, whole ? names.slice(0, 4) : names.slice(at * 4, at * 4 + 4), {
      from: START + 9 * HOUR + at * 90_000,
      gap: 20_000,
      parting: '',
    });
  const { campaigns } = await investigateFiles({ 'auth.log': log.text() });
  expect(campaigns.map(({ addresses }) => [...addresses].sort())).toEqual([[...all].sort()]);
  expect(campaigns[0]?.mostOfOne).toBe(4);
  expect(campaigns[0]?.reasons).not.toEqual([]);
});

test('three with one list who begin and end together are one, three who come at other times are not', async () => {
  const told = async (beginnings: readonly number[]) => {
    const random = new Random(3);
    const log = new PlantedLog();
    const three = bots(random, 3);
    for (const [at, address] of three.entries())
      guesses(log, address, POPULAR.slice(0, 9), {
        from: START + (beginnings[at] as number),
        gap: 40_000,
        parting: '',
      });
    const { campaigns } = await investigateFiles({ 'auth.log': log.text() });
    return campaigns.map(({ addresses }) => addresses.length);
  };
  expect(await told([0, 1000, 2000])).toEqual([3]);
  expect(await told([0, 5 * HOUR, 19 * HOUR])).toEqual([]);
});

test('a few strangers in a small log are no campaign', async () => {
  for (let seed = 20; seed < 30; seed += 1) {
    const random = new Random(seed);
    const log = new PlantedLog();
    strangers(random, log, 15);
    const { campaigns } = await investigateFiles({ 'auth.log': log.text() });
    expect(campaigns, `${seed}`).toEqual([]);
  }
});

test.each([5, 8, 12])('a small campaign of %i addresses is found among strangers', async (size) => {
  const random = new Random(30 + size);
  const log = new PlantedLog();
  strangers(random, log, 1500);
  const all = bots(random, size);
  const list = inventNames(random, 12);
  for (const address of all)
    guesses(log, address, list, {
      from: START + 30 * HOUR + random.next() * 2 * HOUR,
      gap: 7000,
      parting: PARTINGS[4] ?? '',
    });
  const { campaigns } = await investigateFiles({ 'auth.log': log.text() });
  expect(campaigns.map(({ addresses }) => [...addresses].sort())).toEqual([[...all].sort()]);
});

test('as many networks are in the reasons as the campaign has', async () => {
  const random = new Random(50);
  const log = new PlantedLog();
  strangers(random, log, 600);
  const list = inventNames(random, 8);
  for (let host = 1; host <= 30; host += 1)
    guesses(log, `5.188.${host % 3}.${host}`, list, {
      from: START + 20 * HOUR + host * 60_000,
      gap: 5000,
      parting: '',
    });
  const { campaigns } = await investigateFiles({ 'auth.log': log.text() });
  const [campaign] = campaigns;
  const said = campaign?.reasons.map((reason) => / in ([\d,]+) networks?$/.exec(reason)?.[1]).find(Boolean);
  expect(said).toBe(campaign?.networks.toLocaleString('en'));
});

describe('floods', () => {
  /** The same few all day, then thousands within minutes; each says `line`. */
  async function flooded(line: (address: string, at: number) => string, { stay = 0 } = {}) {
    const random = new Random(60);
    const log = new PlantedLog();
    const usual = bots(random, 300);
    const members = bots(random, 4000);
    const say = (time: number, address: string, at: number) => log.raw(time, `${stamp(time)} ${line(address, at)}`);
    for (const [at, address] of usual.entries())
      for (let hour = 0; hour < 24; hour += 8) say(START + hour * HOUR + at * 97_000, address, at);
    const from = START + 15 * HOUR;
    for (const [at, address] of members.entries())
      for (let later = 0; later <= stay; later += HOUR / 2) say(from + later + random.next() * 400_000, address, at);
    const { campaigns, findings } = await investigateFiles({ 'messages.log': log.text() });
    const floods = campaigns.filter(({ kind }) => kind === 'flood');
    return { floods, found: findings.filter(({ title }) => title === 'Flood'), members };
  }

  test.each([
    [
      'packets that the firewall stops',
      (address: string, at: number) =>
        `web1 kernel: [UFW BLOCK] IN=eth0 OUT= MAC=00:16:3e:00:00:01:00:16:3e:00:00:02:08:00 SRC=${address} DST=192.0.2.10 LEN=40 TOS=0x00 PREC=0x00 TTL=244 ID=54321 PROTO=TCP SPT=${1024 + (at % 60_000)} DPT=443 WINDOW=1024 RES=0x00 SYN URGP=0`,
    ],
    [
      'connections beyond MaxStartups',
      (address: string, at: number) =>
        `web1 sshd[812]: drop connection #${10 + (at % 90)} from [${address}]:${1024 + (at % 60_000)} on [192.0.2.10]:22 past MaxStartups`,
    ],
  ])('%s: one campaign, one finding', async (_, line) => {
    const { floods, found, members } = await flooded(line);
    expect(floods).toHaveLength(1);
    expect(found).toHaveLength(1);
    expect(sharedWith(floods, members)[0]).toBeGreaterThanOrEqual(3960);
    expect(floods[0]?.addresses.length).toBeLessThanOrEqual(4040);
  });

  test('a flood that lasts for hours is one as well, all its tries counted', async () => {
    const { floods, members } = await flooded(
      (address, at) =>
        `web1 sshd[812]: drop connection #${10 + (at % 90)} from [${address}]:${1024 + (at % 60_000)} on [192.0.2.10]:22 past MaxStartups`,
      { stay: 4 * HOUR },
    );
    expect(floods).toHaveLength(1);
    expect(sharedWith(floods, members)[0]).toBeGreaterThanOrEqual(3960);
    expect(floods[0]?.attempts).toBeGreaterThanOrEqual(3960 * 9);
  });
});

function stamp(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}+00:00`;
}
