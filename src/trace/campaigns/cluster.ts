import { type Actor, type Crowd, TRAITS } from './actor.ts';
import type { Interned } from './interned.ts';
import { FAMILIES, Profile } from './profile.ts';
import { type Seed, seedsOf } from './seeds.ts';
import { type Surprise, surpriseOf } from './surprise.ts';

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
/** Members that are looked at first, and how much their traits must tie them together, in nats. */
const FEW = 12;
const LEAST_TIE = 2;
/** Others that a seed is compared with before it is grown. */
const OTHERS = 2000;
/** So many seeds are grown in vain, then the rest is not worth it. */
const MAX_VAIN = 24;

/** Addresses that act as one, and how strongly each family of evidence says so, on average. */
export interface Cluster {
  readonly members: readonly Actor[];
  readonly profile: Profile;
  readonly families: Float64Array;
}

/** Finds the clusters of a crowd, the weightiest first. No address is in two. */
export function clustersOf(crowd: Crowd): Cluster[] {
  return new Search(crowd).run();
}

class Search {
  readonly #crowd: Crowd;
  readonly #taken: Uint8Array;
  readonly #places = new Map<Actor, number>();
  /** Groups that were looked at: whatever grows into one of them ends as it did. */
  readonly #seen = new Set<number>();
  readonly #scores = new Float64Array(FAMILIES.length);

  constructor(crowd: Crowd) {
    this.#crowd = crowd;
    this.#taken = new Uint8Array(crowd.actors.length);
    for (const [at, actor] of crowd.actors.entries()) this.#places.set(actor, at);
  }

  run(): Cluster[] {
    const found: Cluster[] = [];
    let vain = 0;
    for (const seed of this.#promising(seedsOf(this.#crowd))) {
      const free = seed.filter((at) => this.#taken[at] === 0);
      if (free.length < LEAST_MEMBERS || free.length * 2 < seed.length) continue;
      if (!this.#standsOut(free)) continue;
      const cluster = this.#grow(this.#actorsAt(free));
      if (cluster === null) {
        vain += 1;
        if (vain >= MAX_VAIN) break;
        continue;
      }
      for (const member of cluster.members) this.#taken[this.#places.get(member) as number] = 1;
      found.push(cluster);
    }
    return merged(found, this.#crowd);
  }

  /** A quick look, at some of the others only: would it be a cluster as it is, or nearly? */
  #standsOut(seed: Seed): boolean {
    const members = this.#actorsAt(seed.length <= OTHERS ? seed : seed.slice(0, OTHERS));
    const step = Math.max(1, Math.floor(this.#crowd.actors.length / OTHERS));
    const { lift, share } = surpriseOf(this.#crowd, members, this.#profile(members), step);
    return lift >= 0.5 * (Math.min(2, 1.2 * share) + 36 / members.length);
  }

  #actorsAt(seed: Seed): Actor[] {
    return seed.map((at) => this.#crowd.actors[at] as Actor);
  }

  #profile(members: readonly Actor[]): Profile {
    return new Profile(this.#crowd, members);
  }

  /** Seeds whose members agree in more than what made them one, by a sample; those that explain most first. */
  #promising(seeds: readonly Seed[]): Seed[] {
    const judged: { seed: Seed; gain: number }[] = [];
    for (const seed of seeds) {
      if (tieOf(this.#crowd, seed) < LEAST_TIE) continue;
      const step = Math.max(1, Math.floor(seed.length / SAMPLE));
      const sample = this.#actorsAt(step === 1 ? seed : seed.filter((_, at) => at % step === 0));
      const families = this.#evidence(sample, this.#profile(sample));
      const gain = sumOf(families) - this.#prior(seed.length) - MARGIN;
      if (gain > 0) judged.push({ seed, gain: gain * seed.length });
    }
    judged.sort((a, b) => b.gain - a.gain || (a.seed[0] as number) - (b.seed[0] as number));
    return judged.slice(0, MAX_SEEDS).map(({ seed }) => seed);
  }

  /** How unlikely it is to be of a group of this size, before anything is known. */
  #prior(size: number): number {
    return Math.log(this.#crowd.actors.length / size);
  }

  /** The average score of the members, by family, none speaking for itself. */
  #evidence(members: readonly Actor[], profile: Profile): Float64Array {
    const sum = new Float64Array(FAMILIES.length);
    for (const member of members) {
      profile.score(member, 1, this.#scores);
      for (const [at, score] of this.#scores.entries()) sum[at] = (sum[at] as number) + score;
    }
    return sum.map((score) => score / members.length);
  }

  /** Lets a group take in who fits and put out who does not, until it stays as it is; null when it falls apart. */
  #grow(seed: Actor[]): Cluster | null {
    let members = seed;
    for (let round = 0; round < ROUNDS; round += 1) {
      const print = this.#printOf(members);
      if (this.#seen.has(print)) return null;
      this.#seen.add(print);
      const profile = this.#profile(members);
      const fitting = this.#fitting(profile, new Set(members));
      if (fitting.length < LEAST_MEMBERS) return null;
      const same = fitting.length === members.length && fitting.every((actor, at) => actor === members[at]);
      members = fitting;
      if (same) break;
    }
    const profile = this.#profile(members);
    const surprise = surpriseOf(this.#crowd, members, profile, 1);
    const { families } = surprise;
    return isOne(members, surprise) ? { members, profile, families } : null;
  }

  #printOf(members: readonly Actor[]): number {
    let print = members.length;
    for (const member of members) print = (print * 31 + (this.#places.get(member) as number)) % 2 ** 46;
    return print;
  }

  #fitting(profile: Profile, members: ReadonlySet<Actor>): Actor[] {
    const { actors } = this.#crowd;
    const least = this.#prior(profile.size) + MARGIN;
    const fitting: Actor[] = [];
    for (let at = 0; at < actors.length; at += 1) {
      if (this.#taken[at] === 1) continue;
      const actor = actors[at] as Actor;
      const member = members.has(actor);
      if (!member && profile.bound(actor) < least) continue;
      if (profile.score(actor, member ? 1 : 0, this.#scores) >= least) fitting.push(actor);
    }
    return fitting;
  }
}

/** How much a few of a seed's members have in common beside their words: most seeds are told from it. */
function tieOf({ actors, traits: all }: Crowd, seed: Seed): number {
  const step = Math.max(1, seed.length / FEW);
  const few: Actor[] = [];
  for (let at = 0; at < seed.length && few.length < FEW; at += step)
    few.push(actors[seed[Math.floor(at)] as number] as Actor);
  let sum = 0;
  for (let trait = 0; trait < TRAITS; trait += 1)
    for (const { traits } of few) {
      const value = traits[trait] as number;
      let same = -1;
      for (const other of few) if (other.traits[trait] === value) same += 1;
      const usual = ((all[trait] as Interned).counts[value] as number) / actors.length;
      if (same > 0) sum += Math.max(0, Math.log(same / (few.length - 1) / usual));
    }
  return sum / few.length;
}

/** Do they agree in more than chance explains? */
function isOne(members: readonly Actor[], { families, share, lift }: Surprise): boolean {
  // Chance makes small groups more easily than large ones, and there are many of them to be found.
  const least = Math.min(2, 1.2 * share) + 36 / members.length;
  if (lift < least || !agree(families, share)) return false;
  return share >= DOMINANT || isOneList(members);
}

/** Where a group is most of all that there are, what they share may be everybody's; but not a long list in the same order. */
function isOneList(members: readonly Actor[]): boolean {
  const lists = new Map<string, number>();
  for (const { words } of members) {
    if (words.length < LONG_LIST) continue;
    const list = words.join(' ');
    lists.set(list, (lists.get(list) ?? 0) + 1);
  }
  return [...lists.values()].some((count) => count >= members.length * 0.7);
}

function sumOf(families: Float64Array): number {
  let sum = 0;
  for (const score of families) sum += score;
  return sum;
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

/** Clusters that go on where others stopped early: the same list and client, and nothing that speaks against it. */
function merged(clusters: readonly Cluster[], crowd: Crowd): Cluster[] {
  const kept: Cluster[] = [];
  for (const cluster of [...clusters].sort((a, b) => b.members.length - a.members.length)) {
    const at = kept.findIndex((larger) => goesOn(cluster, larger, crowd));
    const larger = kept[at];
    if (larger === undefined) kept.push(cluster);
    else kept[at] = { ...larger, members: [...larger.members, ...cluster.members] };
  }
  return kept;
}

function goesOn({ members }: Cluster, { profile }: Cluster, { actors }: Crowd): boolean {
  const score = new Float64Array(FAMILIES.length);
  const sum = new Float64Array(FAMILIES.length);
  for (const member of members) {
    profile.score(member, 0, score);
    for (const [family, one] of score.entries()) sum[family] = (sum[family] as number) + one / members.length;
  }
  const [list = 0, client = 0, rhythm = 0, time = 0] = sum;
  const needed = Math.log(actors.length / profile.size) + MARGIN;
  return list >= 2 && client >= -0.5 && list + client + Math.max(0, rhythm) + time >= needed;
}
