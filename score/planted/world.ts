import { Random } from '../../bench/random.ts';
import { background, cdn, HOUR, ipv4, nat, ntp, type World } from './background.ts';
import { PlantedLog } from './log.ts';
import { type Plant, plantCampaigns } from './plants.ts';
import { inventNames } from './words.ts';

export interface PlantedWorld {
  readonly files: Readonly<Record<string, string>>;
  readonly plants: readonly Plant[];
  readonly nats: readonly string[];
}

/** Logs with campaigns in them, and the truth. The same for the same seed. */
export function plantWorld(seed: number, { crowd = 50_000, campaigns = 8 } = {}): PlantedWorld {
  const random = new Random(seed);
  const world: World = {
    random,
    start: Date.parse('2026-05-01T00:00:00Z'),
    spanMs: random.between(3, 14) * 24 * HOUR,
    hosts: ['web1', 'db1', 'mail1'].slice(0, random.between(1, 3)),
    accounts: new Set(['root', ...inventNames(random, 300)]),
    ssh: new PlantedLog(),
    web: new PlantedLog(),
    partings: random.chance(0.8),
  };
  const addresses = new Set<string>();
  while (addresses.size < crowd) addresses.add(ipv4(random));
  background(world, [...addresses]);
  const nats = ['198.51.100.7', '203.0.113.9'];
  for (const address of nats) nat(world, address);
  cdn(world, '192.0.2');
  ntp(world, new Random(seed + 5000)); // of its own, so that the rest of a seed stays as it was
  const plants = plantCampaigns(world, campaigns);
  return { files: { 'auth.log': world.ssh.text(), 'access.log': world.web.text() }, plants, nats };
}
