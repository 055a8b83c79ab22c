import { expect, test } from 'vitest';
import { Random } from '../../../bench/random.ts';
import { ipv4 } from '../../../score/planted/background.ts';
import { PlantedLog } from '../../../score/planted/log.ts';
import { inventNames, PARTINGS, POPULAR } from '../../../score/planted/words.ts';
import { investigateFiles } from '../../../test/scenario.ts';

const START = Date.parse('2026-05-10T00:00:00Z');
const HOUR = 3_600_000;
const COMMON = PARTINGS[0] ?? '';

/** An address tries names from a time on, `gap` ms apart. */
function tries(log: PlantedLog, names: readonly string[], from: number, gap: number, parting: string, address: string) {
  for (const [at, name] of names.entries()) {
    log.fails(from + at * gap, 'web1', address, name, name === 'root');
    if (parting !== '') log.says(from + at * gap, 'web1', address, parting);
  }
}

/** Strangers with the same tools: the beginning of one popular list, some in the same rhythm, over three days. */
function strangers(random: Random, log: PlantedLog, count: number): void {
  for (let left = count; left > 0; left -= 1) {
    const length = random.chance(0.4) ? 4 : random.between(1, 20);
    const gap = random.chance(0.4) ? 60_000 : 1000 * Math.exp(random.next() * 7);
    const parting = random.chance(0.6) ? COMMON : '';
    tries(log, POPULAR.slice(0, length), START + random.next() * 72 * HOUR, gap, parting, ipv4(random));
  }
}

function bots(random: Random, count: number): string[] {
  return Array.from({ length: count }, () => ipv4(random));
}

async function campaignsOf(log: PlantedLog, access = '') {
  const files = { 'auth.log': log.text(), ...(access === '' ? {} : { 'access.log': access }) };
  const { campaigns } = await investigateFiles(files);
  return campaigns;
}

test('a popular beginning in a popular rhythm founds no campaign, however many have it', async () => {
  for (const seed of [1, 2, 3]) {
    const log = new PlantedLog();
    strangers(new Random(seed), log, 1500);
    expect(await campaignsOf(log), `${seed}`).toEqual([]);
  }
});

test('lists with no name in common stay two campaigns, with everybody’s client and at the same time', async () => {
  const random = new Random(4);
  const log = new PlantedLog();
  strangers(random, log, 1500);
  const groups = [30, 14].map((count) => ({ list: inventNames(random, 16), all: bots(random, count) }));
  for (const { list, all } of groups)
    for (const address of all) tries(log, list, START + 30 * HOUR + random.next() * HOUR, 9000, COMMON, address);
  const campaigns = await campaignsOf(log);
  expect(campaigns.map(({ addresses }) => [...addresses].sort())).toEqual(groups.map(({ all }) => [...all].sort()));
  for (const campaign of campaigns) {
    expect(campaign.reasons).toContain('same 16 names in the same order');
    expect(campaign.mostOfOne).toBe(16);
    expect(campaign.confidence).toBe('high');
  }
});

test('four addresses with the same long list of names that nobody else tried are a campaign', async () => {
  const random = new Random(5);
  const log = new PlantedLog();
  strangers(random, log, 1500);
  const [list, all] = [inventNames(random, 20), bots(random, 4)];
  for (const [at, address] of all.entries())
    tries(log, list, START + (20 + at * 6) * HOUR, 1000 * 4 ** at, COMMON, address);
  const campaigns = await campaignsOf(log);
  expect(campaigns.map(({ addresses }) => [...addresses].sort())).toEqual([[...all].sort()]);
});

test('a client that nobody else has joins those with few tries, and nobody without it', async () => {
  const random = new Random(6);
  const log = new PlantedLog();
  strangers(random, log, 1500);
  const all = bots(random, 40);
  for (const address of all) {
    const names = Array.from({ length: random.between(3, 9) }, () => random.pick(POPULAR));
    const parting = 'Received disconnect from ADDR:11: quenlo over [preauth]';
    tries(log, names, START + 30 * HOUR + random.next() * 5 * HOUR, 30_000, parting, address);
  }
  const campaigns = await campaignsOf(log);
  expect(campaigns.map(({ addresses }) => [...addresses].sort())).toEqual([[...all].sort()]);
  expect(campaigns[0]?.reasons).toContain('40 addresses with the same client: quenlo over');
});

const BROWSER = (version: number) =>
  `Mozilla/5.0 (X11; Linux x86_64; rv:${version}.0) Gecko/20100101 Firefox/${version}.0`;

function login(time: number, address: string, agent: string): { time: number; line: string } {
  const stamp = new Date(time).toISOString();
  const when = `${stamp.slice(8, 10)}/May/2026:${stamp.slice(11, 19)}`;
  return { time, line: `${address} - - [${when} +0000] "POST /wp-login.php HTTP/1.1" 200 4801 "-" "${agent}"` };
}

test.each([60, 600])(
  'an agent that only %i addresses have, for one login page, is a campaign of any size',
  async (size) => {
    const random = new Random(7);
    const requests = [];
    for (const address of bots(random, 300)) {
      const agent = BROWSER(random.between(60, 130));
      for (let left = random.between(1, 6); left > 0; left -= 1)
        requests.push(login(START + random.next() * 240 * HOUR, address, agent));
    }
    const all = bots(random, size);
    for (const address of all)
      for (let left = random.between(1, 3); left > 0; left -= 1)
        requests.push(login(START + (90 + random.next() * 30) * HOUR, address, BROWSER(45)));
    requests.sort((a, b) => a.time - b.time);
    const log = new PlantedLog();
    strangers(random, log, 50);
    const campaigns = await campaignsOf(log, `${requests.map(({ line }) => line).join('\n')}\n`);
    expect(campaigns).toHaveLength(1);
    const found = new Set(campaigns[0]?.addresses);
    expect(all.filter((address) => found.has(address)).length).toBeGreaterThanOrEqual(size * 0.95);
    expect(found.size).toBeLessThanOrEqual(size * 1.02);
  },
);
