import type { StepDraft } from './draft.ts';
import type { NamedSession } from './findings.ts';
import { gapsOf } from './hops/gaps.ts';
import { hear } from './hops/heard.ts';
import { inHistoryOrder } from './hops/histories.ts';
import { Identities } from './hops/identities.ts';
import { Links } from './hops/links.ts';
import { pathOf } from './hops/path.ts';
import { tellHops } from './hops/tell-hop.ts';
import { movesOf } from './hops/tree.ts';
import { beyondUnseen, findUnseen } from './hops/unseen.ts';
import { type Login, worldOf } from './hops/world.ts';
import type { Citer, Noted } from './noted.ts';
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
  /** Addresses that evidence was handed in for (`--source ADDRESS=PATH`), each with its host. */
  readonly labels: ReadonlyMap<string, string>;
  /** Which addresses hosts have by their own lines: "host\taddress", with how often that was seen. */
  readonly own: ReadonlyMap<string, number>;
  /** Lines that tell of a connection to where hosts are entered: those that `isOutgoing` chose. */
  readonly connections: readonly Noted[];
  readonly citer: Citer;
}

const MAX_ROUNDS = 4;

/** How the intruder went from host to host, and the hosts on the way whose logs are not at hand (`host_unseen`). */
export function findHops(facts: HopFacts): { readonly hops: Hop[]; readonly unseen: Missing[] } {
  const { sessions, loose, entries, hosts, labels, own, connections, citer } = facts;
  if (entries.length === 0) return { hops: [], unseen: [] };
  const world = worldOf(sessions, loose, entries);
  const outgoing = hear(connections);
  let theirs: ReadonlySet<Login> = new Set(world.logins.filter(({ entry }) => entry !== null));
  let also: ReadonlySet<Login> = new Set();
  for (let round = 1; ; round += 1) {
    const who = new Identities(world, { hosts, labels, own, theirs }, outgoing);
    const passed = pathOf(world, who, new Links(world, who, outgoing), also);
    const unseen = findUnseen(world, passed, who);
    const beyond = beyondUnseen(world, passed, unseen, who);
    if ((passed.size > theirs.size || beyond.length > 0) && round < MAX_ROUNDS) {
      theirs = new Set(passed.keys()); // what they opened may tell of more addresses and clocks
      also = new Set([...also, ...beyond]);
      continue;
    }
    const moves = movesOf(inHistoryOrder(passed, world, who), unseen, loose, who);
    return { hops: tellHops(moves, who, citer), unseen: gapsOf(moves, citer) };
  }
}
