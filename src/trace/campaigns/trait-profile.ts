import type { Crowd } from './crowd.ts';
import { NET, START, TRAITS } from './traits.ts';

/** How strongly what is usual elsewhere is mixed into what is usual in a group: few members prove little. */
const PRIOR = 1;
/** Least and most that one trait may say for or against, in nats. */
const LEAST = -3;
const MOST = 6;
/** Start times say where a group is, but it may go on: they weigh less. */
const START_WEIGHT = 0.7;
/** A group that comes from everywhere may go on to do so; but that speaks a little against each that is alone in its network. */
const SCATTERED = 0.4;

/** Which classes of traits are usual in a group of addresses, against all the others. Its tables are as large as the crowd's. */
export class TraitProfile {
  readonly #crowd: Crowd;
  #members: Int32Array = new Int32Array(0);
  /** How often each class comes in the group, by trait. */
  readonly #counts: readonly Int32Array[];
  /** Scores of members by class, by trait; NaN: not asked for yet. Members share most of their classes. */
  readonly #own: readonly Float64Array[];
  /** Scores of others by class, by trait. */
  readonly #others: readonly Float64Array[];
  #knowsOthers = false;
  /** The share of members that are alone in their network (Good and Turing: how often another network is to be expected). */
  #scattered = 0;

  constructor(crowd: Crowd) {
    this.#crowd = crowd;
    this.#counts = crowd.traitCounts.map(({ length }) => new Int32Array(length + 1));
    this.#own = crowd.traitCounts.map(({ length }) => new Float64Array(length + 1).fill(Number.NaN));
    this.#others = crowd.traitCounts.map(({ length }) => new Float64Array(length + 1));
  }

  /** Describes this group from now on. `members`: not to be changed. */
  take(members: Int32Array): void {
    this.#wipe();
    this.#members = members;
    this.#knowsOthers = false;
    const { traits } = this.#crowd;
    for (let nth = 0; nth < members.length; nth += 1)
      for (let trait = 0; trait < TRAITS; trait += 1) {
        const counts = this.#counts[trait] as Int32Array;
        const value = traits[(members[nth] as number) * TRAITS + trait] as number;
        counts[value] = (counts[value] as number) + 1;
      }
    this.#scattered = (SCATTERED * this.#alone()) / members.length;
  }

  #wipe(): void {
    const { traits } = this.#crowd;
    for (const member of this.#members)
      for (let trait = 0; trait < TRAITS; trait += 1) {
        const value = traits[member * TRAITS + trait] as number;
        (this.#counts[trait] as Int32Array)[value] = 0;
        (this.#own[trait] as Float64Array)[value] = Number.NaN;
      }
  }

  /** Members that are the only one in their network. */
  #alone(): number {
    const nets = this.#counts[NET] as Int32Array;
    let alone = 0;
    for (const member of this.#members) if (nets[this.#crowd.traits[member * TRAITS + NET] as number] === 1) alone += 1;
    return alone;
  }

  /** What a class says for a member, which must not speak for itself, in nats. */
  ofMember(trait: number, value: number): number {
    const own = this.#own[trait] as Float64Array;
    const known = own[value] as number;
    if (!Number.isNaN(known)) return known;
    const score = this.#score(trait, value, 1);
    own[value] = score;
    return score;
  }

  /** What each class says for others, by trait, in nats; until another group is taken. */
  others(): readonly Float64Array[] {
    if (!this.#knowsOthers) this.#judgeOthers();
    this.#knowsOthers = true;
    return this.#others;
  }

  // What no member has is all the same, but for times beside the group's.
  #judgeOthers(): void {
    for (let trait = 0; trait < TRAITS; trait += 1) {
      const absent = Math.max(LEAST, Math.log(this.#novelty(trait, this.#members.length)));
      (this.#others[trait] as Float64Array).fill((trait === START ? START_WEIGHT : 1) * absent);
    }
    const { traits } = this.#crowd;
    for (const member of this.#members)
      for (let trait = 0; trait < TRAITS; trait += 1) {
        const value = traits[member * TRAITS + trait] as number;
        const others = this.#others[trait] as Float64Array;
        const reach = trait === START ? 1 : 0;
        for (let near = Math.max(0, value - reach); near <= value + reach; near += 1)
          others[near] = this.#score(trait, near, 0);
      }
  }

  #score(trait: number, value: number, own: 0 | 1): number {
    const within = this.#counts[trait] as Int32Array;
    const all = (this.#crowd.traitCounts[trait] as Int32Array)[value] as number;
    const others = this.#crowd.size - this.#members.length;
    const usual = (all - (within[value] as number) + 0.5) / (others + 1);
    let here = (within[value] as number) - own;
    if (trait === START && value > 0)
      here = Math.max(here, 0.4 * ((within[value - 1] as number) + (within[value + 1] as number)));
    const size = this.#members.length - own;
    const novel = this.#novelty(trait, size);
    const score = Math.log(novel + ((1 - novel) * here) / Math.max(1, size) / usual);
    return (trait === START ? START_WEIGHT : 1) * Math.min(MOST, Math.max(LEAST, score));
  }

  // How likely a member has what no other has: little, but for networks, where a group may come from everywhere.
  #novelty(trait: number, size: number): number {
    const least = PRIOR / (size + PRIOR);
    return trait === NET ? Math.max(least, this.#scattered) : least;
  }
}
