import type { Cluster } from './cluster.ts';
import type { Crowd } from './crowd.ts';
import { ownOf } from './rare.ts';
import { CLIENT, START, TRAITS } from './traits.ts';

/** Names that are nobody else's: so many make kin, when they are so large a part of all that an address tried. */
const NAMES = 2;
const NAMES_SHARE = 0.5;
/** Such a name was tried by so many of the members, and by this share of them. */
const FEW = 3;
const USUAL = 0.2;
/** A client is a sign by itself when so few others have it, for each member; from so many tries on. */
const FOREIGN = 0.2;
const LEAST_TRIES = 2;
/** Of all who tried a name, so many are in the clusters. */
const INSIDE = 0.67;
/** So many of the smaller cluster tried names that are both clusters' own. */
const SHARING = 0.34;
/** Times are compared to the next class. */
const NEAR = 1;

/** Clusters with those who have what is the cluster's own and came in its time, and joined where they share names nobody else tried. */
export function withKin(crowd: Crowd, clusters: readonly Cluster[]): Cluster[] {
  const joined = joinedClusters(crowd, clusters);
  const taken = new Set(joined.flatMap(({ members }) => [...members]));
  return joined.map((cluster) => {
    const more = kinOf(crowd, cluster.members, taken);
    for (const at of more) taken.add(at);
    return more.length === 0 ? cluster : { ...cluster, members: Int32Array.from([...cluster.members, ...more]).sort() };
  });
}

function startAt({ traits }: Crowd, at: number): number {
  return traits[at * TRAITS + START] as number;
}

function timesOf(crowd: Crowd, members: Int32Array): readonly [from: number, to: number] {
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  for (const member of members) {
    from = Math.min(from, startAt(crowd, member));
    to = Math.max(to, startAt(crowd, member));
  }
  return [from - NEAR, to + NEAR];
}

function kinOf(crowd: Crowd, members: Int32Array, taken: ReadonlySet<number>): number[] {
  const { words: own, clients } = ownOf(crowd, members);
  const counts = wordsOf(crowd, members);
  const least = Math.max(FEW, members.length * USUAL);
  const words = new Set([...own].filter((word) => isRare(crowd, word, counts.get(word) ?? 0, least)));
  const [from, to] = timesOf(crowd, members);
  const byName: number[] = [];
  const byClient = new Map<number, number[]>();
  for (let at = 0; at < crowd.size; at += 1) {
    const start = startAt(crowd, at);
    if (start < from || start > to || taken.has(at)) continue;
    const client = crowd.traits[at * TRAITS + CLIENT] as number;
    if (tries(crowd.words.of(at), words, NAMES_SHARE)) byName.push(at);
    else if (clients.has(client) && (crowd.attempts[at] as number) >= LEAST_TRIES)
      byClient.set(client, [...(byClient.get(client) ?? []), at]);
  }
  const known = [...byClient].filter(([client]) => {
    const inside = members.filter((at) => crowd.traits[at * TRAITS + CLIENT] === client).length;
    return ((crowd.traitCounts[CLIENT] as Int32Array)[client] as number) <= inside * (1 + FOREIGN);
  });
  return [...byName, ...known.flatMap(([, others]) => others)];
}

/** Tried by so many of the members, and by few others at any time. */
function isRare({ wordCounts }: Crowd, word: number, count: number, least: number): boolean {
  return count >= least && (wordCounts[word] as number) <= count * (1 + FOREIGN);
}

function tries(list: Int32Array, own: ReadonlySet<number>, share: number): boolean {
  let count = 0;
  for (let nth = 0; nth < list.length; nth += 1) if (own.has(list[nth] as number)) count += 1;
  return count >= NAMES && count >= list.length * share;
}

/** Joins clusters at the same time that tried the same names, which hardly anybody else tried. */
function joinedClusters(crowd: Crowd, clusters: readonly Cluster[]): Cluster[] {
  const known = clusters.map(({ members }) => wordsOf(crowd, members));
  let rest = clusters.map((cluster, at) => ({ cluster, words: known[at] as Map<number, number> }));
  rest.sort((a, b) => b.cluster.members.length - a.cluster.members.length);
  const kept: Cluster[] = [];
  for (let first = rest.shift(); first !== undefined; first = rest.shift()) {
    const larger = first;
    const more = rest.filter((other) => areOne(crowd, larger, other));
    rest = rest.filter((other) => !more.includes(other));
    const members = [larger, ...more].flatMap(({ cluster }) => [...cluster.members]);
    kept.push(more.length === 0 ? larger.cluster : { ...larger.cluster, members: Int32Array.from(members).sort() });
  }
  return kept;
}

interface Known {
  readonly cluster: Cluster;
  /** How many members tried each word. */
  readonly words: ReadonlyMap<number, number>;
}

function areOne(crowd: Crowd, larger: Known, smaller: Known): boolean {
  const shared = new Set<number>();
  for (const [word, count] of smaller.words) {
    const other = larger.words.get(word);
    if (other !== undefined && count + other >= (crowd.wordCounts[word] as number) * INSIDE) shared.add(word);
  }
  if (shared.size < NAMES) return false;
  const [from, to] = timesOf(crowd, larger.cluster.members);
  const { members } = smaller.cluster;
  const sharing = members.filter((at) => {
    const start = startAt(crowd, at);
    return start >= from && start <= to && tries(crowd.words.of(at), shared, 0);
  });
  return sharing.length >= members.length * SHARING;
}

function wordsOf({ words }: Crowd, members: Int32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const member of members) for (const word of words.of(member)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
