import type { Judged } from './attackers.ts';
import { aloneIn } from './campaigns/alone.ts';
import { clustersOf } from './campaigns/cluster.ts';
import { crowdOf } from './campaigns/crowd.ts';
import { withExact } from './campaigns/exact.ts';
import { tellFlood } from './campaigns/flood-telling.ts';
import { findFloods } from './campaigns/floods.ts';
import { withKin } from './campaigns/kin.ts';
import { type Telling, tellCampaign } from './campaigns/telling.ts';
import type { Citation, Entry, Place } from './story.ts';
import type { Ref, Tally } from './tally.ts';
import type { Campaign } from './tracks.ts';

/** What campaigns are found from. */
export interface CampaignFacts {
  /** What each address did. */
  readonly tallies: ReadonlyMap<string, Tally>;
  /** Every address that attacked. */
  readonly judged: readonly Judged[];
  readonly entries: readonly Entry[];
  readonly placeOf: (address: string) => Place;
  readonly citeRef: (ref: Ref) => Citation;
}

export { floodFindings } from './campaigns/flood-telling.ts';

/** Addresses that act as one, the weightiest first: those that got in, then by their attempts. */
export function findCampaigns(facts: CampaignFacts): Campaign[] {
  const floods = findFloods(facts.tallies);
  const flooding = new Set(floods.flatMap(({ members }) => members));
  const clusters = strataOf(facts, flooding).flatMap((some) => {
    if (some.length < 3) return [];
    const crowd = crowdOf(some);
    const telling: Telling = { ...facts, crowd };
    const found = withKin(crowd, withExact(crowd, clustersOf(crowd)));
    return [...found, ...aloneIn(crowd, found)].map((cluster) => tellCampaign(cluster, telling));
  });
  const told = [...floods.map((flood) => tellFlood(flood, facts)), ...clusters];
  told.sort(
    (a, b) => Number(b.entries.length > 0) - Number(a.entries.length > 0) || b.attempts - a.attempts || compare(a, b),
  );
  return told.map((campaign, at) => ({ ...campaign, id: `c${at + 1}` }));
}

type Found = readonly [address: string, tally: Tally];

/**
 * Guessers, who asks a web server, and the rest; where people log in, they are who it is, unless that login is an intruder's. Each is compared with its like only: what guessers have in common is no sign among guessers.
 */
function strataOf({ tallies, entries }: CampaignFacts, flooding: ReadonlySet<string>): Found[][] {
  const entered = new Set(entries.map(({ address }) => address));
  const [guessers, callers, probers]: [Found[], Found[], Found[]] = [[], [], []];
  for (const found of tallies) {
    const [address, tally] = found;
    if (flooding.has(address) || (tally.successes > 0 && !entered.has(address))) continue;
    if (tally.failures + tally.invalidNames > 0) guessers.push(found);
    else if (isSuspect(tally)) (tally.requests > 0 ? callers : probers).push(found);
  }
  return [guessers, callers, probers];
}

/** Did it try something, that guessed at no login? */
function isSuspect(tally: Tally): boolean {
  if (tally.probes + tally.hostile + tally.webFailures + tally.blocked > 0) return true;
  return tally.refused * 2 > tally.requests;
}

function compare(a: Campaign, b: Campaign): number {
  return (a.addresses[0] as string) < (b.addresses[0] as string) ? -1 : 1;
}
