import type { Cluster } from './cluster.ts';
import type { Crowd } from './crowd.ts';
import { ownOf } from './rare.ts';

/** Two lists are told apart when each of those who try them tries so many names that are nobody else's. */
const LONG = 6;
/** A part has so many members, and so large a share of all. */
const FEW = 4;
const LEAST_SHARE = 0.05;
/** A list dealt out falls into many parts: it is one. */
const MOST_PARTS = 4;
/** Parts of which members are taken together must be so nearly all. */
const COVERED = 0.9;

/** A cluster of two or three long lists that have no name in common is as many clusters, for a common client or time joins nothing. */
export function partsOf(crowd: Crowd, cluster: Cluster): Cluster[] {
  const { members } = cluster;
  const { words, clients, names } = ownOf(crowd, members);
  if (clients.size > 0 || members.length < FEW * 2) return [cluster];
  const least = Math.max(FEW, members.length * LEAST_SHARE);
  const parts = joinedBy(crowd, members, words).filter(({ length }) => length >= least);
  const covered = parts.reduce((sum, part) => sum + part.length, 0);
  if (parts.length < 2 || parts.length > MOST_PARTS || covered < members.length * COVERED) return [cluster];
  const long = names.filter((count) => count >= LONG).length;
  if (long < members.length * COVERED) return [cluster];
  return parts.map((part) => ({ ...cluster, members: Int32Array.from(part) }));
}

/** Members that are joined by names they share, directly or by others. */
function joinedBy(crowd: Crowd, members: Int32Array, own: ReadonlySet<number>): number[][] {
  const leaders = Int32Array.from(members, (_, nth) => nth);
  const leaderOf = (nth: number): number => {
    let at = nth;
    while (leaders[at] !== at) {
      leaders[at] = leaders[leaders[at] as number] as number;
      at = leaders[at] as number;
    }
    return at;
  };
  const firsts = new Map<number, number>();
  for (let nth = 0; nth < members.length; nth += 1)
    for (const word of crowd.words.of(members[nth] as number)) {
      if (!own.has(word)) continue;
      const first = firsts.get(word);
      if (first === undefined) firsts.set(word, nth);
      else leaders[leaderOf(nth)] = leaderOf(first);
    }
  const parts = new Map<number, number[]>();
  for (let nth = 0; nth < members.length; nth += 1) {
    const leader = leaderOf(nth);
    const part = parts.get(leader);
    if (part === undefined) parts.set(leader, [members[nth] as number]);
    else part.push(members[nth] as number);
  }
  return [...parts.values()];
}
