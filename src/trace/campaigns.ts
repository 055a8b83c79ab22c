import type { Judged } from './attackers.ts';
import { crowdOf } from './campaigns/actor.ts';
import { clustersOf } from './campaigns/cluster.ts';
import { tellFlood } from './campaigns/flood-telling.ts';
import { findFloods } from './campaigns/floods.ts';
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
  const entered = new Set(facts.entries.map(({ address }) => address));
  const floods = findFloods([...facts.tallies]);
  const flooding = new Set(floods.flatMap(({ members }) => members));
  const suspects = [...facts.tallies].filter(
    ([address, tally]) => !flooding.has(address) && isSuspect(tally, entered.has(address)),
  );
  const strata = [isGuesser, isCaller, isProber].map((is) => suspects.filter(([, tally]) => is(tally)));
  const clusters = strata.flatMap((some) => {
    if (some.length < 3) return [];
    const crowd = crowdOf(some);
    const telling: Telling = { ...facts, crowd };
    return clustersOf(crowd).map((cluster) => tellCampaign(cluster, telling));
  });
  const told = [...floods.map((flood) => tellFlood(flood, facts)), ...clusters];
  told.sort(
    (a, b) => Number(b.entries.length > 0) - Number(a.entries.length > 0) || b.attempts - a.attempts || compare(a, b),
  );
  return told.map((campaign, at) => ({ ...campaign, id: `c${at + 1}` }));
}

// Each is compared with its like only: what guessers have in common is no sign among guessers.
function isGuesser({ failures, invalidNames }: Tally): boolean {
  return failures + invalidNames > 0;
}

function isCaller(tally: Tally): boolean {
  return !isGuesser(tally) && tally.requests > 0;
}

function isProber(tally: Tally): boolean {
  return !isGuesser(tally) && tally.requests === 0;
}

function compare(a: Campaign, b: Campaign): number {
  return (a.addresses[0] as string) < (b.addresses[0] as string) ? -1 : 1;
}

/** Did it try something? Where people log in, they are who it is, unless that login is an intruder's. */
function isSuspect(tally: Tally, entered: boolean): boolean {
  if (tally.successes > 0 && !entered) return false;
  if (tally.failures + tally.invalidNames + tally.probes + tally.hostile + tally.webFailures + tally.blocked > 0)
    return true;
  return tally.refused * 2 > tally.requests;
}
