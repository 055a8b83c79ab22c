import { aggregate, CidrSet } from '../../core/cidr.ts';
import { without } from '../../core/cidr-without.ts';
import { isBlockable } from '../../core/ip.ts';
import { SPECIAL } from '../../core/special.ts';
import type { Judged } from '../attackers.ts';
import type { NamedSession } from '../findings.ts';
import type { Entry } from '../story.ts';
import type { Tally } from '../tally.ts';
import type { Campaign } from '../tracks.ts';

const WORTH_BLOCKING = 3;

export interface BlockFacts {
  /** Every address that attacked. */
  readonly judged: readonly Judged[];
  readonly entries: readonly Entry[];
  /** Addresses that got in through a web server. */
  readonly through?: readonly string[];
  readonly sessions: readonly NamedSession[];
  readonly campaigns: readonly Campaign[];
  /** Counts of every address that any line names. */
  readonly tallies: ReadonlyMap<string, Tally>;
  /** Addresses that pass on what others ask. */
  readonly relays: ReadonlySet<string>;
  /** Addresses and networks that the reader wants left alone. */
  readonly keep: readonly string[];
}

/**
 * Networks to block: every address that attacked often enough to be no accident or acted with others that did, and the networks
 * of a flood. Never a private or local address, one that `keep` covers, one that passes on what others ask, or one from which somebody logged in whom nothing
 * speaks against: a network that holds one is split around it. Otherwise aggregated without widening.
 */
export function blockList({ judged, entries, sessions, campaigns, tallies, ...rest }: BlockFacts): string[] {
  const { relays, keep, through = [] } = rest;
  const hostile = new Set(entries.map(({ address }) => address));
  const spared = [...keep, ...relays, ...goodAddresses(tallies, sessions, hostile)];
  const kept = CidrSet.from(spared);
  const chosen = judged.filter(({ tally }) => isWorthBlocking(tally)).map(({ address }) => address);
  const joined = campaigns.flatMap(({ addresses, confidence }) => (confidence === 'low' ? [] : addresses));
  const single = new Set(
    [...chosen, ...joined, ...through, ...hostile].filter((one) => isBlockable(one) && !kept.has(one)),
  );
  const floods = campaigns.flatMap(({ kind, cidrs }) => (kind === 'flood' ? cidrs : []));
  if (floods.length === 0) return aggregate(single);
  return aggregate([...single, ...without(floods, [...spared, ...SPECIAL])]);
}

function isWorthBlocking(tally: Tally): boolean {
  const { failures, invalidNames, hostile, webFailures, probes, blocked } = tally;
  return Math.max(failures, invalidNames) + hostile + webFailures + probes + blocked >= WORTH_BLOCKING;
}

/** Addresses of logins that nothing speaks against, also of one from where an intruder came as well: people share addresses. */
function goodAddresses(
  tallies: ReadonlyMap<string, Tally>,
  sessions: readonly NamedSession[],
  hostile: ReadonlySet<string>,
): string[] {
  const good = new Set<string>();
  for (const [address, tally] of tallies)
    if (tally.successes > 0 && !hostile.has(address) && isBlockable(address)) good.add(address);
  for (const { draft, suspect } of sessions)
    if (!suspect && isLogin(draft) && isBlockable(draft.address)) good.add(draft.address);
  return [...good];
}

/** Did its own line or record tell that somebody was let in, and when? */
function isLogin({ seen, start }: NamedSession['draft']): boolean {
  return (seen.login || seen.record) && Number.isFinite(start);
}
