import { CidrSet } from '../../src/core/cidr.ts';
import type { Campaign } from '../../src/trace/tracks.ts';
import type { PlantedWorld } from './world.ts';

export interface Judgement {
  /** Pairs of addresses: in both, in what was planted, in what was found. */
  readonly both: number;
  readonly planted: number;
  readonly found: number;
  readonly f1: number;
  /** Campaigns of which most addresses were not planted in any. */
  readonly invented: number;
}

function pairs(count: number): number {
  return (count * (count - 1)) / 2;
}

/** Compares campaigns found with those planted, pair of addresses by pair. Floods are judged elsewhere. */
export function judgeCampaigns({ plants }: PlantedWorld, campaigns: readonly Campaign[]): Judgement {
  const plantOf = new Map(plants.flatMap(({ addresses }, at) => addresses.map((address) => [address, at] as const)));
  let both = 0;
  let found = 0;
  let invented = 0;
  for (const { addresses, kind } of campaigns) {
    if (kind === 'flood') continue;
    const shared = new Map<number, number>();
    for (const address of addresses) {
      const plant = plantOf.get(address);
      if (plant !== undefined) shared.set(plant, (shared.get(plant) ?? 0) + 1);
    }
    found += pairs(addresses.length);
    const inPlants = [...shared.values()];
    both += inPlants.reduce((sum, count) => sum + pairs(count), 0);
    if (inPlants.reduce((sum, count) => sum + count, 0) * 2 < addresses.length) invented += 1;
  }
  const planted = plants.reduce((sum, { addresses }) => sum + pairs(addresses.length), 0);
  return { both, planted, found, f1: (2 * both) / Math.max(1, planted + found), invented };
}

/** How well a list of networks covers a flood: shares, 0 to 1. `strange`: of the space covered beyond the members. */
export function judgeFlood(
  { members, bystanders }: { readonly members: ReadonlySet<string>; readonly bystanders: ReadonlySet<string> },
  cidrs: readonly string[],
): { readonly covered: number; readonly bystanders: number; readonly strange: number } {
  const set = CidrSet.from(cidrs);
  const count = (addresses: ReadonlySet<string>) => [...addresses].filter((address) => set.has(address)).length;
  const space = cidrs.reduce((sum, cidr) => sum + 2 ** (32 - Number(cidr.split('/')[1] ?? 32)), 0);
  const inside = count(members);
  return {
    covered: inside / members.size,
    bystanders: count(bystanders) / bystanders.size,
    strange: (space - inside) / Math.max(1, space),
  };
}
