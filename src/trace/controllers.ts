import type { Citation, Entry, Finding, Place } from './story.ts';
import type { Ref } from './tally.ts';
import type { Controller, Hop } from './tracks.ts';

/** What controllers are found from. */
export interface ControllerFacts {
  readonly entries: readonly Entry[];
  readonly hops: readonly Hop[];
  readonly findings: readonly Finding[];
  /** Hosts whose logs are at hand. */
  readonly hosts: readonly string[];
  readonly placeOf: (address: string) => Place;
  readonly citeRef: (ref: Ref) => Citation;
}

/** Outside addresses that affected hosts talk to and quiet ones do not, the likeliest first. */
export function findControllers(_facts: ControllerFacts): Controller[] {
  return [];
}
