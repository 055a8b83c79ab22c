import type { StepDraft } from './draft.ts';
import type { NamedSession } from './findings.ts';
import type { Citer } from './noted.ts';
import type { Entry, Missing } from './story.ts';
import type { Hop } from './tracks.ts';

/** What hops are found from. */
export interface HopFacts {
  readonly sessions: readonly NamedSession[];
  /** Commands that belong to no session. */
  readonly loose: readonly StepDraft[];
  readonly entries: readonly Entry[];
  /** Hosts whose logs are at hand. */
  readonly hosts: readonly string[];
  readonly citer: Citer;
}

/** How the intruder went from host to host, and the hosts on the way whose logs are not at hand (`host_unseen`). */
export function findHops(_facts: HopFacts): { readonly hops: Hop[]; readonly unseen: Missing[] } {
  return { hops: [], unseen: [] };
}
