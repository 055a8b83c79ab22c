import type { Random } from '../../bench/random.ts';
import { AGENTS, HOUR, ipv4, SCANNED, type World } from './background.ts';
import { inventName, inventNames, inventParting, PARTINGS, POPULAR, shuffled } from './words.ts';

/** A campaign that was planted. */
export interface Plant {
  readonly kind: string;
  readonly addresses: readonly string[];
}

/** Sizes from 5 to 1,000, small ones as often as large ones. */
function sizeOf(random: Random, most: number): number {
  return Math.round(5 * (most / 5) ** random.next());
}

/** Addresses from everywhere, or from a few networks. */
function botsOf(random: Random, count: number): string[] {
  const bots = new Set<string>();
  const nets = random.chance(0.3)
    ? Array.from({ length: random.between(2, 12) }, () => ipv4(random).split('.').slice(0, 2).join('.'))
    : [];
  while (bots.size < count) {
    const net =
      nets.length > 0 ? `${random.pick(nets)}.${random.between(0, 255)}.${random.between(1, 254)}` : ipv4(random);
    bots.add(net);
  }
  return [...bots];
}

function clientOf(random: Random): string {
  const kind = random.next();
  if (kind < 0.45) return inventParting(random);
  return kind < 0.75 ? random.pick(PARTINGS) : '';
}

function listOf(random: Random, count: number): string[] {
  const kind = random.next();
  if (kind < 0.5) return inventNames(random, count);
  const popular = shuffled(random, POPULAR).slice(0, count);
  if (kind < 0.75) return popular;
  return shuffled(random, [...popular.slice(0, count >> 1), ...inventNames(random, count - (count >> 1))]);
}

/** When, how fast, from which client. */
interface Manner {
  readonly start: number;
  readonly spread: number;
  readonly gap: number;
  readonly jitter: number;
  readonly client: string;
  readonly host: string;
}

function mannerOf({ random, start, spanMs, hosts, partings }: World): Manner {
  const spread = random.chance(0.6) ? HOUR * random.between(1, 24) : spanMs * 0.6;
  return {
    start: start + random.next() * Math.max(0, spanMs * 0.9 - spread),
    spread,
    gap: 1000 * Math.exp(random.next() * Math.log(900)),
    jitter: random.next() * 0.3,
    client: partings ? clientOf(random) : '',
    host: random.pick(hosts),
  };
}

function tryNames(world: World, address: string, names: readonly string[], manner: Manner, from: number): void {
  const { random, ssh, accounts } = world;
  let time = from;
  for (const name of names) {
    if (time > world.start + world.spanMs) break;
    ssh.fails(time, manner.host, address, name, accounts.has(name));
    if (manner.client !== '') ssh.says(time, manner.host, address, manner.client);
    time += manner.gap * (1 + manner.jitter * (random.next() - 0.5) * 2);
  }
}

/** Every address tries the same list in the same order; some are stopped early. */
function wholeList(world: World): Plant {
  const { random } = world;
  const addresses = botsOf(random, sizeOf(random, 600));
  const names = listOf(random, random.between(5, 30));
  const manner = mannerOf(world);
  const stopped = random.next() * 0.15;
  for (const address of addresses) {
    const own = random.chance(stopped) ? names.slice(0, random.between(2, names.length)) : names;
    tryNames(world, address, own, manner, manner.start + random.next() * manner.spread);
  }
  return { kind: 'whole list', addresses };
}

/** One list is dealt out: each address takes the next few names, round after round. */
function dealtList(world: World): Plant {
  const { random } = world;
  const addresses = botsOf(random, sizeOf(random, 1000));
  const hand = random.between(1, 5);
  const rounds = random.between(1, 3);
  const names = listOf(random, Math.min(95, addresses.length * hand));
  const manner = mannerOf(world);
  const gap = (HOUR * random.between(1, 20)) / (addresses.length * rounds);
  let next = 0;
  for (let round = 0; round < rounds; round += 1)
    for (const [at, address] of addresses.entries()) {
      const own = Array.from({ length: hand }, () => names[next++ % names.length] as string);
      tryNames(world, address, own, manner, manner.start + (round * addresses.length + at) * gap);
    }
  return { kind: 'dealt list', addresses };
}

/** Each address tries once a day. */
function slow(world: World): Plant {
  const { random, spanMs } = world;
  const addresses = botsOf(random, sizeOf(random, 800));
  const names = listOf(random, random.between(4, 20));
  const manner = { ...mannerOf(world), start: world.start, gap: 24 * HOUR, jitter: 0.02 };
  const days = Math.max(2, Math.floor(spanMs / (24 * HOUR)) - 1);
  for (const address of addresses) {
    const from = random.between(0, names.length - 1);
    const own = Array.from({ length: days }, (_, at) => names[(from + at) % names.length] as string);
    tryNames(world, address, own, manner, manner.start + random.next() * 20 * HOUR);
  }
  return { kind: 'low and slow', addresses };
}

/** A client that nobody else has, and whatever names. */
function botnet(world: World): Plant {
  const { random } = world;
  const addresses = botsOf(random, sizeOf(random, 800));
  const manner = { ...mannerOf(world), client: inventParting(random) };
  const pool = POPULAR.slice(0, random.between(5, 30));
  const count = random.between(2, 8);
  for (const address of addresses)
    tryNames(
      world,
      address,
      Array.from({ length: count }, () => random.pick(pool)),
      manner,
      manner.start + random.next() * manner.spread,
    );
  return { kind: 'rare client', addresses };
}

/** One password for many accounts: each address takes a share of them. */
function spray(world: World): Plant {
  const { random, accounts } = world;
  const addresses = botsOf(random, sizeOf(random, 200));
  const names = shuffled(random, [...accounts]).slice(0, random.between(30, 200));
  const manner = mannerOf(world);
  const share = random.between(4, 20);
  for (const [at, address] of addresses.entries()) {
    const own = Array.from({ length: share }, (_, nth) => names[(at * share + nth) % names.length] as string);
    tryNames(world, address, own, manner, manner.start + random.next() * Math.min(manner.spread, 12 * HOUR));
  }
  return { kind: 'spraying', addresses };
}

/** The same paths, with the same agent. */
function webScan(world: World): Plant {
  const { random, web } = world;
  const addresses = botsOf(random, sizeOf(random, 400));
  const known = shuffled(random, SCANNED).slice(0, random.between(2, 8));
  const own = Array.from({ length: random.between(2, 12) }, () => `/${inventName(random)}/${inventName(random)}.php`);
  const paths = shuffled(random, [...known, ...own]);
  const agent = random.chance(0.5) ? random.pick(AGENTS) : `${inventName(random)}/1.${random.between(0, 9)}`;
  const manner = mannerOf(world);
  for (const address of addresses) {
    let time = manner.start + random.next() * manner.spread;
    for (const path of paths) {
      web.web(time, address, `GET ${path}`, 404, '-', agent);
      time += 300 + random.next() * 1000;
    }
  }
  return { kind: 'web scan', addresses };
}

const KINDS = [wholeList, dealtList, slow, botnet, spray, webScan, wholeList, dealtList];

/** Plants `count` campaigns, of each kind in turn. */
export function plantCampaigns(world: World, count: number): Plant[] {
  const first = world.random.between(0, KINDS.length - 1);
  return Array.from({ length: count }, (_, at) =>
    (KINDS[(first + at) % KINDS.length] as (world: World) => Plant)(world),
  );
}
