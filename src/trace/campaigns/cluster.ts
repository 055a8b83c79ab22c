import type { Crowd } from './crowd.ts';
import { partsOf } from './parts.ts';
import { FAMILIES, Profile } from './profile.ts';
import { ownOf } from './rare.ts';
import { printOf, type Seed, seedsOf } from './seeds.ts';
import { type Surprise, surpriseOf } from './surprise.ts';
import { CLIENT, TRAITS } from './traits.ts';

const LEAST_MEMBERS = 3;
const SAMPLE = 32;
const ROUNDS = 6;
/** How many seeds are looked at closely. */
const MAX_SEEDS = 600;
/** What a claim that some addresses act as one must overcome beyond chance, in nats for each. */
const MARGIN = 2;
/** A kind of evidence counts from here on; or from this share on of the most that it could say. */
const CLEAR = 0.9;
const STRONG = 0.7;
/** A group of more than e to the minus this of all is most of what there is. */
const DOMINANT = 0.8;
const LONG_LIST = 4;
/** What founds a campaign: so many of its members have something that hardly anybody else in its time has. */
const FOUNDED = 0.6;
const SIGN = 0.9;
/** Members that are looked at first, and how much their traits must tie them together, in nats. */
const FEW = 12;
const LEAST_TIE = 2;
/** Others that a seed is compared with before it is grown. */
const OTHERS = 2000;
/** What sums of the same numbers may differ by, in another order. */
const SLACK = 1e-6;
/** So many seeds are grown in vain, then the rest is not worth it. */
const MAX_VAIN = 16;

/** Addresses that act as one, by their numbers, and how strongly each family of evidence says so, on average. */
export interface Cluster {
  readonly members: Int32Array;
  readonly families: Float64Array;
}

/** Finds the clusters of a crowd, the weightiest first. No address is in two. */
export function clustersOf(crowd: Crowd): Cluster[] {
  return new Search(crowd).run();
}

class Search {
  readonly #crowd: Crowd;
  readonly #taken: Uint8Array;
  readonly #profile: Profile;
  /** Groups that were looked at: whatever grows into one of them ends as it did. */
  readonly #seen = new Set<number>();
  readonly #scores = new Float64Array(FAMILIES.length);
  /** All 0 between uses. */
  readonly #within: Uint8Array;

  constructor(crowd: Crowd) {
    this.#crowd = crowd;
    this.#taken = new Uint8Array(crowd.size);
    this.#within = new Uint8Array(crowd.size);
    this.#profile = new Profile(crowd);
  }

  run(): Cluster[] {
    const found: Cluster[] = [];
    let vain = 0;
    for (const seed of this.#promising(seedsOf(this.#crowd))) {
      const free = seed.filter((at) => this.#taken[at] === 0);
      if (free.length < LEAST_MEMBERS || free.length * 2 < seed.length) continue;
      if (!this.#standsOut(free)) continue;
      const cluster = this.#grow(free);
      if (cluster === null) {
        vain += 1;
        if (vain >= MAX_VAIN) break;
        continue;
      }
      for (const member of cluster.members) this.#taken[member] = 1;
      found.push(cluster);
    }
    return this.#merged(found).flatMap((cluster) => partsOf(this.#crowd, cluster));
  }

  /** A quick look, at some of the others only: would it be a cluster as it is, or nearly? */
  #standsOut(seed: Seed): boolean {
    const members = seed.length <= OTHERS ? seed : seed.slice(0, OTHERS);
    const step = Math.max(1, Math.floor(this.#crowd.size / OTHERS));
    const { lift, share } = surpriseOf(this.#crowd, members, this.#profile.take(members), step, this.#within);
    return lift >= 0.5 * (Math.min(2, 1.2 * share) + 36 / members.length);
  }

  /** Seeds whose members agree in more than what made them one, by a sample; those that explain most first. */
  #promising(seeds: readonly Seed[]): Seed[] {
    const judged: { seed: Seed; gain: number }[] = [];
    const ties = new Ties(this.#crowd);
    for (const seed of seeds) {
      if (ties.of(seed) < LEAST_TIE) continue;
      const step = Math.max(1, Math.floor(seed.length / SAMPLE));
      const sample = step === 1 ? seed : seed.filter((_, at) => at % step === 0);
      const least = this.#prior(seed.length) + MARGIN;
      if (this.#profile.mostOf(sample) < least - SLACK) continue; // most, and nothing else is looked at
      const gain = this.#evidence(sample) - least;
      if (gain > 0) judged.push({ seed, gain: gain * seed.length });
    }
    judged.sort((a, b) => b.gain - a.gain || (a.seed[0] as number) - (b.seed[0] as number));
    return judged.slice(0, MAX_SEEDS).map(({ seed }) => seed);
  }

  /** How unlikely it is to be of a group of this size, before anything is known. */
  #prior(size: number): number {
    return Math.log(this.#crowd.size / size);
  }

  /** The average score of the members, none speaking for itself. */
  #evidence(members: Int32Array): number {
    const profile = this.#profile.take(members);
    let sum = 0;
    for (let nth = 0; nth < members.length; nth += 1) sum += profile.score(members[nth] as number, 1, this.#scores);
    return sum / members.length;
  }

  /** Lets a group take in who fits and put out who does not, until it stays as it is; null when it falls apart. */
  #grow(seed: Int32Array): Cluster | null {
    let members = seed;
    for (let round = 0; round < ROUNDS; round += 1) {
      const print = printOf(members);
      if (this.#seen.has(print)) return null;
      this.#seen.add(print);
      const fitting = this.#fitting(members);
      if (fitting.length < LEAST_MEMBERS) return null;
      const same = fitting.length === members.length && fitting.every((at, nth) => at === members[nth]);
      members = fitting;
      if (same) break;
      if (round === 0 && !this.#standsOut(members)) return null; // it took in strangers
    }
    if (!this.#standsOut(members)) return null; // to compare it with all others takes longer
    const surprise = surpriseOf(this.#crowd, members, this.#profile.take(members), 1, this.#within);
    const { families } = surprise;
    if (!isOne(this.#crowd, members, surprise)) return null;
    const founded = this.#founded(members);
    return founded === null ? null : { members: founded, families };
  }

  /** Those who have what is the group's own; null when too few have it: what is popular supports, and carries nothing. */
  #founded(members: Int32Array): Int32Array | null {
    let kept = members;
    for (let round = 0; round < 2; round += 1) {
      const { counts, clients } = ownOf(this.#crowd, kept);
      const said = kept.filter((at) => clients.has(this.#crowd.traits[at * TRAITS + CLIENT] as number));
      // Where a client is the sign, names that are rare by chance do not stand for it.
      const own = said.length >= kept.length * SIGN ? said : kept.filter((_, nth) => (counts[nth] as number) > 0);
      if (own.length < LEAST_MEMBERS || own.length < members.length * FOUNDED) return null;
      kept = own;
    }
    return kept;
  }

  #fitting(members: Int32Array): Int32Array {
    const profile = this.#profile.take(members);
    const within = this.#within;
    const least = this.#prior(profile.size) + MARGIN;
    const fitting: number[] = [];
    for (const member of members) within[member] = 1;
    for (let at = 0; at < this.#crowd.size; at += 1) {
      if (this.#taken[at] === 1) continue;
      const own = within[at] === 1;
      if (!own && profile.bound(at) < least) continue;
      if (profile.score(at, own ? 1 : 0, this.#scores) >= least) fitting.push(at);
    }
    for (const member of members) within[member] = 0;
    return Int32Array.from(fitting);
  }

  /** Clusters that go on where others stopped early: the same list and client, and nothing that speaks against it. */
  #merged(clusters: readonly Cluster[]): Cluster[] {
    let rest = [...clusters].sort((a, b) => b.members.length - a.members.length);
    const kept: Cluster[] = [];
    for (let larger = rest.shift(); larger !== undefined; larger = rest.shift()) {
      const profile = this.#profile.take(larger.members);
      const more = rest.filter(
        ({ members }) => this.#goesOn(members, profile) && shareOwn(this.#crowd, larger.members, members),
      );
      rest = rest.filter((cluster) => !more.includes(cluster));
      const members = Int32Array.from([larger, ...more].flatMap((cluster) => [...cluster.members]));
      kept.push({ ...larger, members });
    }
    return kept;
  }

  #goesOn(members: Int32Array, profile: Profile): boolean {
    const sum = new Float64Array(FAMILIES.length);
    for (const member of members) {
      profile.score(member, 0, this.#scores);
      for (let family = 0; family < sum.length; family += 1)
        sum[family] = (sum[family] as number) + (this.#scores[family] as number) / members.length;
    }
    const [list = 0, client = 0, rhythm = 0, time = 0] = sum;
    const needed = this.#prior(profile.size) + MARGIN;
    return list >= 2 && client >= -0.5 && list + client + Math.max(0, rhythm) + time >= needed;
  }
}

/** Do most of the smaller group have what is both groups' own, and nobody else's? */
function shareOwn(crowd: Crowd, larger: Int32Array, smaller: Int32Array): boolean {
  const { words, clients } = ownOf(crowd, Int32Array.from([...larger, ...smaller]));
  const itemsOf = (at: number) => {
    const client = crowd.traits[at * TRAITS + CLIENT] as number;
    const names = [...crowd.words.of(at)].filter((word) => words.has(word));
    return clients.has(client) ? [-1 - client, ...names] : names;
  };
  const known = new Set([...larger].flatMap(itemsOf));
  const sharing = smaller.filter((at) => itemsOf(at).some((item) => known.has(item)));
  return sharing.length * 2 > smaller.length;
}

/** How much a few of a seed's members have in common beside their words: most seeds are told from it. */
class Ties {
  readonly #crowd: Crowd;
  readonly #values = new Int32Array(FEW);

  constructor(crowd: Crowd) {
    this.#crowd = crowd;
  }

  of(seed: Seed): number {
    const step = Math.max(1, seed.length / FEW);
    const few = Math.min(seed.length, FEW);
    const { traits } = this.#crowd;
    let sum = 0;
    for (let trait = 0; trait < TRAITS; trait += 1) {
      for (let nth = 0; nth < few; nth += 1)
        this.#values[nth] = traits[(seed[Math.floor(nth * step)] as number) * TRAITS + trait] as number;
      sum += this.#tieOf(trait, few);
    }
    return sum / few;
  }

  #tieOf(trait: number, few: number): number {
    const counts = this.#crowd.traitCounts[trait] as Int32Array;
    let sum = 0;
    for (let nth = 0; nth < few; nth += 1) {
      const value = this.#values[nth] as number;
      let same = -1;
      for (let other = 0; other < few; other += 1) if (this.#values[other] === value) same += 1;
      if (same > 0) sum += Math.max(0, Math.log((same / (few - 1)) * (this.#crowd.size / (counts[value] as number))));
    }
    return sum;
  }
}

/** Do they agree in more than chance explains? */
function isOne(crowd: Crowd, members: Int32Array, { families, share, lift }: Surprise): boolean {
  // Chance makes small groups more easily than large ones, and there are many of them to be found.
  const least = Math.min(2, 1.2 * share) + 36 / members.length;
  if (lift < least || !agree(families, share)) return false;
  return share >= DOMINANT || isOneList(crowd, members);
}

/** Where a group is most of all that there are, what they share may be everybody's; but not a long list in the same order. */
function isOneList({ words }: Crowd, members: Int32Array): boolean {
  const lists = new Map<string, number>();
  for (const member of members) {
    const own = words.of(member);
    if (own.length < LONG_LIST) continue;
    const list = own.join(' ');
    lists.set(list, (lists.get(list) ?? 0) + 1);
  }
  return [...lists.values()].some((count) => count >= members.length * 0.7);
}

/** No family of evidence is enough alone, and two must be nearly all that they can be. */
function agree(families: Float64Array, share: number): boolean {
  let clear = 0;
  let strong = 0;
  for (const score of families) {
    if (score >= Math.min(CLEAR, 0.7 * share)) clear += 1;
    if (score >= STRONG * share) strong += 1;
  }
  return clear >= 3 || (clear >= 2 && strong >= 2);
}
