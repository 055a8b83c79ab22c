import type { Judged } from './attackers.ts';
import type { StepDraft } from './draft.ts';
import type { NamedSession } from './findings.ts';
import { findAim } from './motives/aim.ts';
import { Crowd } from './motives/crowd.ts';
import { easyRoot, exposedPages, logsOnlyHere, oldProtocol, oldVersions } from './motives/invited-host.ts';
import { lyingKeys, sharedKeys, weakKeys } from './motives/invited-keys.ts';
import { defaultAccounts, noLimit, openToAll, passwordLogins, rootLogins } from './motives/invited-logins.ts';
import { unseenVisitors } from './motives/invited-relays.ts';
import { soughtByDeeds } from './motives/sought-deeds.ts';
import { accountsReached, accountsTried } from './motives/sought-logins.ts';
import { openPorts, webHoles } from './motives/sought-web.ts';
import type { Citer, Noted } from './noted.ts';
import { accountsMade } from './step-tells.ts';
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
  /** Addresses that pass on what others ask. */
  readonly relays: ReadonlySet<string>;
  readonly hops: readonly Hop[];
  readonly citer: Citer;
  readonly citeRef: (ref: Ref) => Citation;
  /** Hosts of lines that name none. */
  readonly hostsOf: (refs: readonly Ref[]) => readonly string[];
}

/** The same, with the addresses told apart. */
interface CrowdFacts extends MotiveFacts {
  readonly crowd: Crowd;
}

/** Of each kind at most this many. */
const MOST = 12;

/** Why you: what they were after, aimed or not, and what invited them, most useful mending first. Nothing where nobody attacked. */
export function findMotives(facts: MotiveFacts): Motive[] {
  const crowd = new Crowd(facts.judged, new Set(facts.entries.map(({ address }) => address)));
  if (crowd.total === 0 && facts.entries.length === 0) return [];
  const all = { ...facts, crowd };
  return [...findSought(all), ...findAim(aimFacts(all)), ...findInvited(all)];
}

function findSought(facts: CrowdFacts): Motive[] {
  const { sessions, loose, crowd, entries, citer, citeRef } = facts;
  const sought = [
    ...accountsReached(entries),
    ...soughtByDeeds(sessions, loose, citer),
    ...accountsTried(crowd, citeRef),
    ...webHoles(crowd, facts),
    ...openPorts(crowd, facts),
  ];
  return sought.slice(0, MOST);
}

function aimFacts({ sessions, judged, crowd, entries, campaigns, notables, citeRef }: CrowdFacts) {
  const made = new Set(sessions.flatMap(({ draft, suspect }) => (suspect ? accountsMade(draft) : [])));
  const accounts = new Set(sessions.map(({ draft }) => draft.user).filter((user) => user !== '' && !made.has(user)));
  const hosts = [...new Set(notables.map(({ host }) => host))];
  return { judged, crowd, entries, campaigns, accounts, hosts, citeRef };
}

// In the order of what mending them is worth: doors first, then what they led to, then what would have shown it.
function findInvited(facts: CrowdFacts): Motive[] {
  const invited = [
    ...passwordLogins(facts),
    ...rootLogins(facts),
    ...defaultAccounts(facts),
    ...unseenVisitors(facts),
    ...exposedPages(facts),
    ...lyingKeys(facts),
    ...sharedKeys(facts),
    ...easyRoot(facts),
    ...oldVersions(facts),
    ...oldProtocol(facts),
    ...weakKeys(facts),
    ...logsOnlyHere(facts),
    ...noLimit(facts),
    ...openToAll(facts),
  ];
  return invited.slice(0, MOST);
}
