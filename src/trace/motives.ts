import type { Judged } from './attackers.ts';
import type { StepDraft } from './draft.ts';
import type { NamedSession } from './findings.ts';
import type { Citer, Noted } from './noted.ts';
import type { Citation, Entry, Finding } from './story.ts';
import type { Ref } from './tally.ts';
import type { Campaign, Hop, Motive } from './tracks.ts';

/** What motives are found from. */
export interface MotiveFacts {
  readonly sessions: readonly NamedSession[];
  readonly loose: readonly StepDraft[];
  readonly notables: readonly Noted[];
  /** Every address that attacked. */
  readonly judged: readonly Judged[];
  readonly entries: readonly Entry[];
  readonly findings: readonly Finding[];
  readonly campaigns: readonly Campaign[];
  readonly hops: readonly Hop[];
  readonly citer: Citer;
  readonly citeRef: (ref: Ref) => Citation;
}

/** Why you: what they were after, aimed or not, and what invited them, most useful mending first. */
export function findMotives(_facts: MotiveFacts): Motive[] {
  return [];
}
