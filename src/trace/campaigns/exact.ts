import type { Tally } from '../tally.ts';
import type { Cluster } from './cluster.ts';
import type { Crowd } from './crowd.ts';
import { mix } from './numbers.ts';
import { ownOf } from './rare.ts';
import { CLIENT, MANNER, TRAITS } from './traits.ts';

/** Addresses that share names nobody else tried: the fewest of them, and the fewest names. */
const FEW = 4;
const MANY_NAMES = 6;
/** Addresses that share a client or a target: the fewest of them. */
const LEAST_TOGETHER = 6;
/** A larger group with a list of its own is found by weighing. */
const MOST_RARE = 60;
/** A window in which a larger share of the crowd begins is not tight, however many came in it. */
const TIGHT = 0.4;
/** So many of a group begin in its window; others may have come by chance. */
const INSIDE = 0.9;
/** Who goes on for longer than this many windows was there anyway: that it began then says when the log begins. */
const BRIEF = 2;
const BRIEF_MS = 3_600_000;
/** Chance makes such a window less often than e to the minus this. */
const CERTAIN = 8;
/** Addresses with the same client in the window that did something else, for each of the group. */
const OTHERWISE = 0.5;
/** A cluster of which so many belong to an exact group is a part of it. */
const PART = 0.7;
/** One try tells nothing of its own. */
const LEAST_TRIES = 2;

/** Addresses that began in a window. */
interface Window {
  readonly members: Int32Array;
  readonly from: number;
  readonly to: number;
}

/**
 * Groups that need no weighing: a handful that tried the same long list of names nobody else tried; and those with the same
 * client, or the same client and target, that came together in a window far tighter than the crowd's. Clusters that are parts of
 * such a group are taken into it. Near-linear in the addresses.
 */
export function withExact(crowd: Crowd, clusters: readonly Cluster[]): Cluster[] {
  const exact = new Exact(crowd, clusters);
  exact.sameClients();
  exact.sameLists();
  return exact.clusters;
}

class Exact {
  clusters: Cluster[];
  readonly #crowd: Crowd;
  readonly #taken: Uint8Array;
  #sorted: Float64Array | null = null;

  constructor(crowd: Crowd, clusters: readonly Cluster[]) {
    this.#crowd = crowd;
    this.clusters = [...clusters];
    this.#taken = new Uint8Array(crowd.size);
    for (const { members } of clusters) for (const member of members) this.#taken[member] = 1;
  }

  /** The same names, none of which is anybody else's, and nobody is in another cluster. */
  sameLists(): void {
    const { words, wordCounts } = this.#crowd;
    const groups = this.#groups((at) => {
      const length = (words.starts[at + 1] as number) - (words.starts[at] as number);
      if (length < MANY_NAMES || this.#taken[at] === 1) return 0;
      const all = words.of(at);
      let rare = 0;
      for (let nth = 0; nth < length; nth += 1) if ((wordCounts[all[nth] as number] as number) <= MOST_RARE) rare += 1;
      return rare < MANY_NAMES ? 0 : setOf(all);
    });
    for (const members of groups) {
      if (members.length < FEW) continue;
      const { names } = ownOf(this.#crowd, members);
      const all = words.of(members[0] as number);
      const alone = all.filter((word) => (wordCounts[word] as number) <= members.length * 1.5).length;
      if (names.every((count) => count >= MANY_NAMES) && alone >= MANY_NAMES) this.#add(members, [alone, 0, 0, 0, 0]);
    }
  }

  /** The same client and target, then the same client whatever it tried. */
  sameClients(): void {
    for (const withTarget of [true, false]) {
      const groups = this.#groups((at) => this.#clientKey(at, withTarget)).filter(
        ({ length }) => length >= LEAST_TOGETHER,
      );
      for (const group of groups) this.#together(group, groups.length);
    }
  }

  #clientKey(at: number, withTarget: boolean): number {
    const { traits, silent, words, tallies, traitCounts, attempts } = this.#crowd;
    const client = traits[at * TRAITS + CLIENT] as number;
    if (client === silent || ((traitCounts[CLIENT] as Int32Array)[client] as number) < LEAST_TOGETHER) return 0;
    const few = withTarget ? words.starts[at] === words.starts[at + 1] : (attempts[at] as number) < LEAST_TRIES;
    if (few || (tallies[at] as Tally).visits > 0) return 0;
    return mix(withTarget ? setOf(words.of(at)) : 17, client);
  }

  #together(group: Int32Array, tests: number): void {
    const window = windowOf(this.#crowd, group);
    if (window === null) return;
    const { members } = window;
    // Of all: found at once, and no less than the share of those like it.
    const inside = this.#begunIn(window) - members.length;
    const rough = Math.max(1, inside) / (this.#crowd.size - group.length + 1);
    if (rough > TIGHT || surpriseOf(group.length, members.length, rough) < CERTAIN + Math.log(tests)) return;
    if (this.#otherwise(group, window) > members.length * OTHERWISE) return;
    if (!this.#areBrief(window)) return;
    const share = this.#shareOf(group, window);
    if (surpriseOf(group.length, members.length, share) < CERTAIN + Math.log(tests)) return;
    this.#add(members, [0, 6, 0, 6, 0]);
  }

  #areBrief({ members, from, to }: Window): boolean {
    const longest = Math.max(BRIEF_MS, (to - from) * BRIEF);
    const brief = members.filter((at) => {
      const { first, last } = this.#crowd.tallies[at] as Tally;
      return last - first <= longest;
    });
    return brief.length >= members.length * INSIDE;
  }

  /** How many began in a window. */
  #begunIn({ from, to }: Window): number {
    this.#sorted ??= this.#crowd.begun.slice().sort();
    return before(this.#sorted, to) - before(this.#sorted, from);
  }

  /** The largest share of those like it that began in the window: of all, of those on the same hosts. */
  #shareOf(group: Int32Array, { from, to }: Window): number {
    const { traits, begun, size } = this.#crowd;
    const manner = traits[(group[0] as number) * TRAITS + MANNER];
    const within = new Set(group);
    let [all, inside, like, likeInside] = [0, 0, 0, 0];
    for (let at = 0; at < size; at += 1) {
      const time = begun[at] as number;
      if (time === 0 || within.has(at)) continue;
      const here = time >= from && time <= to ? 1 : 0;
      all += 1;
      inside += here;
      if (traits[at * TRAITS + MANNER] !== manner) continue;
      like += 1;
      likeInside += here;
    }
    return Math.max((inside + 1) / (all + 1), (likeInside + 1) / (like + 1));
  }

  /** How many others with the client came in the window. */
  #otherwise(group: Int32Array, { from, to }: Window): number {
    const { traits, begun, size } = this.#crowd;
    const client = traits[(group[0] as number) * TRAITS + CLIENT];
    const within = new Set(group);
    let count = 0;
    for (let at = 0; at < size; at += 1) {
      const time = begun[at] as number;
      if (traits[at * TRAITS + CLIENT] === client && time >= from && time <= to && !within.has(at)) count += 1;
    }
    return count;
  }

  /** One more cluster, with those that are parts of it; who is in another stays there. */
  #add(members: Int32Array, families: readonly number[]): void {
    const within = new Set(members);
    const inside = (cluster: Cluster) => cluster.members.filter((at) => within.has(at)).length;
    const parts = this.clusters.filter((cluster) => inside(cluster) >= cluster.members.length * PART);
    const free = members.filter((at) => this.#taken[at] === 0);
    if (parts.length === 0 && free.length < LEAST_TOGETHER && free.length < members.length) return;
    const all = Int32Array.from(new Set([...parts.flatMap((part) => [...part.members]), ...free])).sort();
    const scores = Float64Array.from(families, (own, family) =>
      Math.max(own, ...parts.map((part) => part.families[family] as number)),
    );
    this.clusters = this.clusters.filter((cluster) => !parts.includes(cluster));
    this.clusters.push({ members: all, families: scores });
    for (const member of all) this.#taken[member] = 1;
  }

  /** Addresses by keys; 0: none. */
  #groups(keyOf: (at: number) => number): Int32Array[] {
    const groups = new Map<number, number[]>();
    for (let at = 0; at < this.#crowd.size; at += 1) {
      const key = keyOf(at);
      if (key === 0) continue;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [at]);
      else group.push(at);
    }
    return [...groups.values()].filter(({ length }) => length >= FEW).map((group) => Int32Array.from(group));
  }
}

/** How many of sorted numbers are less. */
function before(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A hash of a set of words. */
function setOf(words: Int32Array): number {
  let sum = 0;
  for (const word of words) sum = (sum + mix(104, word)) | 0;
  return sum;
}

/** The tightest window in which nearly all of a group began, and who began in it or close to it; null: times are unknown. */
function windowOf({ begun }: Crowd, group: Int32Array): Window | null {
  const times = Float64Array.from(group, (at) => begun[at] as number).sort();
  if (times[0] === 0) return null;
  const needed = Math.ceil(times.length * INSIDE);
  let best = 0;
  const lengthAt = (at: number) => (times[at + needed - 1] as number) - (times[at] as number);
  for (let at = 1; at + needed <= times.length; at += 1) if (lengthAt(at) < lengthAt(best)) best = at;
  const reach = lengthAt(best) / 4;
  const from = (times[best] as number) - reach;
  const to = (times[best + needed - 1] as number) + reach;
  const members = group.filter((at) => (begun[at] as number) >= from && (begun[at] as number) <= to);
  return { members, from, to };
}

/** How unlikely chance is to put so many of all into some window of this share of the others, in nats: a scan statistic's bound. */
function surpriseOf(all: number, inside: number, share: number): number {
  let ways = 0;
  for (let out = 1; out <= all - inside; out += 1) ways += Math.log((inside + out) / out);
  return -(inside - 1) * Math.log(share) - ways - Math.log(all);
}
