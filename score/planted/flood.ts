import { Random } from '../../bench/random.ts';
import { AGENTS, HOUR, ipv4, visit, type World } from './background.ts';
import { PlantedLog } from './log.ts';

export interface PlantedFlood {
  readonly files: Readonly<Record<string, string>>;
  readonly members: ReadonlySet<string>;
  readonly bystanders: ReadonlySet<string>;
}

/** Partly from whole ranges, of which some addresses are missing. */
function membersOf(random: Random, size: number): Set<string> {
  const members = new Set<string>();
  const ranged = random.next() * 0.7 * size;
  while (members.size < ranged) {
    const [a, b, c] = ipv4(random).split('.');
    const full = 0.9 + random.next() * 0.1;
    for (let last = 0; last < 256; last += 1) if (random.chance(full)) members.add(`${a}.${b}.${c}.${last}`);
  }
  while (members.size < size) members.add(ipv4(random));
  return members;
}

/** A flood of a shop in an otherwise quiet week, partly from whole ranges, with visitors all the while. */
export function plantFlood(seed: number, size = 100_000): PlantedFlood {
  const random = new Random(seed);
  const [ssh, web] = [new PlantedLog(), new PlantedLog()];
  const start = Date.parse('2026-05-01T00:00:00Z');
  const world: World = {
    random,
    start,
    spanMs: 48 * HOUR,
    hosts: ['web1'],
    accounts: new Set(),
    ssh,
    web,
    partings: true,
  };
  const members = membersOf(random, size);
  const bystanders = new Set<string>();
  const fresh = () => {
    let address = ipv4(random);
    while (members.has(address)) address = ipv4(random);
    bystanders.add(address);
    return address;
  };
  for (let left = 8000; left > 0; left -= 1) visit(world, fresh());
  const from = start + 20 * HOUR + random.next() * 10 * HOUR;
  const length = random.between(5, 25) * 60_000;
  for (let left = 1500; left > 0; left -= 1) visit(world, fresh(), from + random.next() * length);
  const agents = random.chance(0.5) ? AGENTS : [random.pick(AGENTS), 'Mozilla/4.0 (compatible)'];
  const bypass = random.chance(0.5);
  const most = random.between(1, 4);
  for (const address of members)
    for (let left = random.between(1, most); left > 0; left -= 1)
      web.web(
        from + random.next() * length,
        address,
        `GET /${bypass ? `?${random.between(10_000, 9_999_999)}` : ''}`,
        random.chance(0.5) ? 200 : 503,
        '-',
        random.pick(agents),
      );
  return { files: { 'access.log': web.text() }, members, bystanders };
}

/** A newspaper links to the shop: thousands come within minutes, and read. */
export function plantRush(seed: number, size = 20_000): Readonly<Record<string, string>> {
  const random = new Random(seed);
  const web = new PlantedLog();
  const start = Date.parse('2026-05-01T00:00:00Z');
  const world: World = {
    random,
    start,
    spanMs: 48 * HOUR,
    hosts: [],
    accounts: new Set(),
    ssh: web,
    web,
    partings: true,
  };
  for (let left = size / 4; left > 0; left -= 1) visit(world, ipv4(random));
  for (let left = size; left > 0; left -= 1) visit(world, ipv4(random), start + 30 * HOUR + random.next() * 1_200_000);
  return { 'access.log': web.text() };
}
