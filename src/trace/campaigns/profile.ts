import { type Crowd, KINDS, kindOf } from './crowd.ts';
import { CLIENT, COUNT, MANNER, NET, RHYTHM, START, TRAITS } from './traits.ts';

/** How strongly what is usual elsewhere is mixed into what is usual in a group: few members prove little. */
const PRIOR = 1;
/** Least and most that one trait may say for or against, in nats. */
const LEAST = -3;
const MOST = 6;
const LEAST_WORDS = -8;
const MOST_WORDS = 16;
const MOST_PAIRS = 12;
/** Start times say where a group is, but it may go on: they weigh less. */
const START_WEIGHT = 0.7;
/**
 * How much a word counts by how common it is elsewhere, for it may be new to the group: as often as another new one is to be
 * expected of it (Good and Turing). Who share a list have no new names; among whom a list is dealt out, nearly all are new.
 */
const LEAST_NEW = 0.01;
const MOST_NEW = 0.3;
/** Lists this short may be hands of one that is dealt out, and each hand comes again and again. */
const SHORT = 4;

/** A group that comes from everywhere may go on to do so; but that speaks a little against each that is alone in its network. */
const SCATTERED = 0.4;

/** Kinds of evidence that do not follow from each other. */
export const FAMILIES = ['list', 'client', 'rhythm', 'time', 'net'] as const;
export const LIST = 0;
const FAMILY_OF: readonly number[] = Object.assign([], {
  [CLIENT]: 1,
  [RHYTHM]: 2,
  [COUNT]: 2,
  [MANNER]: 3,
  [START]: 3,
  [NET]: 4,
});

/** Log-likelihood ratios of one address, by family of evidence: does it rather belong to the group than to the rest? */
export type Scores = Float64Array;

/**
 * What is usual in a group of addresses, against all the others. There is one of each crowd, and `take` gives it another group:
 * its tables are as large as the crowd's, and only what the last group left is wiped out.
 */
export class Profile {
  readonly #crowd: Crowd;
  /** Addresses of the group. */
  size = 0;
  /** How often each class, word and pair comes in the group. */
  readonly #traits: readonly Int32Array[];
  readonly #words: Int32Array;
  readonly #pairs: Int32Array;
  readonly #kinds = new Float64Array(KINDS);
  readonly #strange = new Float64Array(KINDS);
  #wordTotal = 0;
  #new = MOST_NEW;
  /** The share of members that are alone in their network (Good and Turing: how often another network is to be expected). */
  #scattered = 0;
  #members: Int32Array = new Int32Array(0);
  /** Scores of others by class, by trait. */
  readonly #bounds: readonly Float64Array[];
  #bounded = false;

  constructor(crowd: Crowd) {
    this.#crowd = crowd;
    this.#traits = crowd.traitCounts.map(({ length }) => new Int32Array(length + 1));
    this.#bounds = crowd.traitCounts.map(({ length }) => new Float64Array(length + 1));
    this.#words = new Int32Array(crowd.wordCounts.length);
    this.#pairs = new Int32Array(crowd.pairCounts.length);
  }

  /** Describes this group from now on. `members`: not to be changed. */
  take(members: Int32Array): this {
    this.#takeTraits(members);
    for (let at = 0; at < members.length; at += 1) this.#addWords(members[at] as number);
    this.#countKinds();
    return this;
  }

  /**
   * As much as the members score at most on average, none speaking for itself: by their traits, whatever their words. It is told
   * sooner than to `take` the group, which is to follow before anything else is asked.
   */
  mostOf(members: Int32Array): number {
    this.#takeTraits(members);
    const { traits, rarest } = this.#crowd;
    let sum = 0;
    for (let nth = 0; nth < members.length; nth += 1) {
      const at = members[nth] as number;
      sum += Math.min(rarest[at] as number, MOST_WORDS + MOST_PAIRS);
      for (let trait = 0; trait < TRAITS; trait += 1)
        sum += this.#traitScore(trait, traits[at * TRAITS + trait] as number, 1);
    }
    return sum / members.length;
  }

  #takeTraits(members: Int32Array): void {
    this.#wipe();
    this.#members = members;
    this.size = members.length;
    this.#bounded = false;
    const { traits } = this.#crowd;
    for (let nth = 0; nth < members.length; nth += 1)
      for (let trait = 0; trait < TRAITS; trait += 1)
        plus(this.#traits[trait] as Int32Array, traits[(members[nth] as number) * TRAITS + trait] as number);
    this.#scattered = (SCATTERED * this.#alone()) / members.length;
  }

  #wipe(): void {
    const { traits, words, pairs } = this.#crowd;
    for (const member of this.#members) {
      for (let trait = 0; trait < TRAITS; trait += 1)
        (this.#traits[trait] as Int32Array)[traits[member * TRAITS + trait] as number] = 0;
      const lastWord = words.starts[member + 1] as number;
      for (let at = words.starts[member] as number; at < lastWord; at += 1) this.#words[words.items[at] as number] = 0;
      const lastPair = pairs.starts[member + 1] as number;
      for (let at = pairs.starts[member] as number; at < lastPair; at += 1) this.#pairs[pairs.items[at] as number] = 0;
    }
    this.#kinds.fill(0);
    this.#strange.fill(Number.NaN);
    this.#wordTotal = 0;
  }

  #addWords(member: number): void {
    const { words, pairs } = this.#crowd;
    const lastWord = words.starts[member + 1] as number;
    for (let at = words.starts[member] as number; at < lastWord; at += 1) plus(this.#words, words.items[at] as number);
    const lastPair = pairs.starts[member + 1] as number;
    for (let at = pairs.starts[member] as number; at < lastPair; at += 1) plus(this.#pairs, pairs.items[at] as number);
    this.#wordTotal += lastWord - (words.starts[member] as number);
  }

  /** Members that are the only one in their network. */
  #alone(): number {
    const nets = this.#traits[NET] as Int32Array;
    let alone = 0;
    for (const member of this.#members) if (nets[this.#crowd.traits[member * TRAITS + NET] as number] === 1) alone += 1;
    return alone;
  }

  #countKinds(): void {
    const { starts, items } = this.#crowd.words;
    let lone = 0;
    for (const member of this.#members) {
      const last = starts[member + 1] as number;
      for (let at = starts[member] as number; at < last; at += 1) {
        const word = items[at] as number;
        if (this.#words[word] === 1) lone += 1;
        const kind = this.#kindOf(word);
        this.#kinds[kind] = (this.#kinds[kind] as number) + 1;
      }
    }
    const length = this.#wordTotal / this.#members.length;
    const least = Math.max(LEAST_NEW, MOST_NEW / Math.max(1, length - SHORT));
    this.#new = Math.min(MOST_NEW, Math.max(least, lone / Math.max(1, this.#wordTotal)));
  }

  /** `own`: 1 for a member, who must not speak for itself; else 0. The scores by family come into `into`; given is their sum. */
  score(at: number, own: 0 | 1, into: Scores): number {
    const { traits, rarest } = this.#crowd;
    if (own === 0) this.#bind();
    into.fill(0);
    for (let trait = 0; trait < TRAITS; trait += 1) {
      const value = traits[at * TRAITS + trait] as number;
      const known =
        own === 1 ? this.#traitScore(trait, value, 1) : ((this.#bounds[trait] as Float64Array)[value] as number);
      const family = FAMILY_OF[trait] as number;
      into[family] = (into[family] as number) + known;
    }
    into[LIST] = Math.min(this.#sumOfWords(at, own) + this.#sumOfPairs(at, own), rarest[at] as number);
    let sum = 0;
    for (let family = 0; family < into.length; family += 1) sum += into[family] as number;
    return sum;
  }

  #traitScore(trait: number, value: number, own: number): number {
    const within = this.#traits[trait] as Int32Array;
    const all = (this.#crowd.traitCounts[trait] as Int32Array)[value] as number;
    const others = this.#crowd.size - this.size;
    const usual = (all - (within[value] as number) + 0.5) / (others + 1);
    let here = (within[value] as number) - own;
    if (trait === START && value > 0)
      here = Math.max(here, 0.4 * ((within[value - 1] as number) + (within[value + 1] as number)));
    const size = this.size - own;
    const novel = this.#novelty(trait, size);
    const score = Math.log(novel + ((1 - novel) * here) / Math.max(1, size) / usual);
    return (trait === START ? START_WEIGHT : 1) * Math.min(MOST, Math.max(LEAST, score));
  }

  // How likely a member has what no other has: little, but for networks, where a group may come from everywhere.
  #novelty(trait: number, size: number): number {
    const least = PRIOR / (size + PRIOR);
    return trait === NET ? Math.max(least, this.#scattered) : least;
  }

  /** No address scores more than this: most are told from it that they are too far away, by their traits alone. */
  bound(at: number): number {
    this.#bind();
    const { traits, rarest } = this.#crowd;
    let sum = Math.min(rarest[at] as number, MOST_WORDS + MOST_PAIRS);
    for (let trait = 0; trait < TRAITS; trait += 1)
      sum += (this.#bounds[trait] as Float64Array)[traits[at * TRAITS + trait] as number] as number;
    return sum;
  }

  // What no member has is all the same, but for times beside the group's.
  #bind(): void {
    if (this.#bounded) return;
    this.#bounded = true;
    for (let trait = 0; trait < TRAITS; trait += 1) {
      const absent = Math.max(LEAST, Math.log(this.#novelty(trait, this.size)));
      const bounds = this.#bounds[trait] as Float64Array;
      bounds.fill((trait === START ? START_WEIGHT : 1) * absent);
    }
    const { traits } = this.#crowd;
    for (const member of this.#members)
      for (let trait = 0; trait < TRAITS; trait += 1) {
        const value = traits[member * TRAITS + trait] as number;
        const bounds = this.#bounds[trait] as Float64Array;
        const reach = trait === START ? 1 : 0;
        for (let near = Math.max(0, value - reach); near <= value + reach; near += 1)
          bounds[near] = this.#traitScore(trait, near, 0);
      }
  }

  // Common elsewhere, not in the group itself: or a campaign's own names would seem common.
  #kindOf(word: number): number {
    return kindOf((this.#crowd.wordCounts[word] as number) - (this.#words[word] as number) + 1);
  }

  // As it is usual in the group; or, new to it, as words as rare as it are.
  #wordScore(word: number, own: number): number {
    const within = this.#words[word] as number;
    if (within === 0) return this.#strangeWord(this.#crowd.wordKinds[word] as number);
    const here = Math.max(1, this.#wordTotal - own);
    const others = this.#crowd.wordTotal - this.#wordTotal + 1;
    const elsewhere = ((this.#crowd.wordCounts[word] as number) - within + 0.5) / others;
    return Math.log((1 - this.#new) * ((within - own) / here / elsewhere) + this.#byKind(this.#kindOf(word), own));
  }

  #byKind(kind: number, own: number): number {
    const share = Math.max(0, (this.#kinds[kind] as number) - own + 0.5) / Math.max(1, this.#wordTotal - own);
    const usual = ((this.#crowd.kinds[kind] as number) + 1) / this.#crowd.wordTotal;
    return this.#new * Math.min(20, Math.max(0.05, share / usual));
  }

  // A word that no member has: by its kind alone.
  #strangeWord(kind: number): number {
    const known = this.#strange[kind] as number;
    if (!Number.isNaN(known)) return known;
    const score = Math.log(this.#byKind(kind, 0));
    this.#strange[kind] = score;
    return score;
  }

  #sumOfWords(member: number, own: 0 | 1): number {
    const { starts, items } = this.#crowd.words;
    const first = starts[member] as number;
    const last = starts[member + 1] as number;
    if (first === last) return this.#wordTotal > this.size ? LEAST : 0;
    let sum = 0;
    for (let at = first; at < last; at += 1) sum += this.#wordScore(items[at] as number, own);
    const count = last - first;
    return Math.min(MOST_WORDS, Math.max(LEAST_WORDS, (sum / count) * Math.min(count, 6)));
  }

  #pairScore(pair: number, own: number): number {
    const within = this.#pairs[pair] as number;
    if (within <= own || this.size <= own) return 0;
    const elsewhere = ((this.#crowd.pairCounts[pair] as number) - within + 0.5) / (this.#crowd.size - this.size + 1);
    return Math.max(0, Math.log((within - own) / (this.size - own) / elsewhere));
  }

  // Names in the group's order, where that order is not everybody's.
  #sumOfPairs(member: number, own: 0 | 1): number {
    const { starts, items } = this.#crowd.pairs;
    const first = starts[member] as number;
    const last = starts[member + 1] as number;
    if (first === last) return 0;
    let sum = 0;
    for (let at = first; at < last; at += 1) sum += this.#pairScore(items[at] as number, own);
    const count = last - first;
    return Math.min(MOST_PAIRS, (sum / count) * Math.min(count, 4));
  }
}

function plus(counts: Int32Array, at: number): void {
  counts[at] = (counts[at] as number) + 1;
}
