import type { Judged } from './attackers.ts';
import type { Citation, Entry, Place } from './story.ts';
import type { Ref } from './tally.ts';
import type { Campaign } from './tracks.ts';

/** What campaigns are found from. */
export interface CampaignFacts {
  /** Every address that attacked. */
  readonly judged: readonly Judged[];
  readonly entries: readonly Entry[];
  readonly placeOf: (address: string) => Place;
  readonly citeRef: (ref: Ref) => Citation;
}

/** Addresses that act as one, the weightiest first. */
export function findCampaigns(_facts: CampaignFacts): Campaign[] {
  return [];
}
