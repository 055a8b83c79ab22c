import { type Actor, CLIENT, COUNT, type Crowd, KINDS, kindOf, MANNER, NET, RHYTHM, START, TRAITS } from './actor.ts';
import type { Interned } from './interned.ts';

/** How strongly what is usual elsewhere is mixed into what is usual in a group: few members prove little. */
const PRIOR = 1;
/** Least and most that one trait may say for or against, in nats. */
const LEAST = -3;
const MOST = 6;
const LEAST_WORDS = -8;
const MOST_WORDS = 16;
const MOST_PAIRS = 12;
/** Start times say where a group is, but it may go on: they weigh half. */
const WEIGHTS = Float64Array.from({ length: TRAITS }, (_, trait) => (trait === START ? 0.7 : 1));

/** Kinds of evidence that do not follow from each other. */
export const FAMILIES = ['list', 'client', 'rhythm', 'time', 'net'] as const;
export const LIST = 0;
export const FAMILY_OF = { [CLIENT]: 1, [RHYTHM]: 2, [COUNT]: 2, [MANNER]: 3, [START]: 3, [NET]: 4 } as Record<
  number,
  number
>;

/** Log-likelihood ratios of one address, by family of evidence: does it rather belong to the group than to the rest? */
export type Scores = Float64Array;

/** Scores by value, of others and of members. */
type ByOwn = readonly [Map<number, number>, Map<number, number>];

/** What is usual in a group of addresses, against all the others. What it says of each value is reckoned once. */
export class Profile {
  readonly #crowd: Crowd;
  readonly size: number;
  readonly #traits: Map<number, number>[] = Array.from({ length: TRAITS }, () => new Map());
  readonly words = new Map<number, number>();
  readonly pairs = new Map<number, number>();
  readonly #kinds = new Float64Array(KINDS);
  #wordTotal = 0;
  #bounds: readonly Float64Array[] | null = null;
  #strange: Float64Array | null = null;
  /** Scores by value, for others and for members: of traits, words and pairs that the group has. */
  readonly #traitScores: readonly ByOwn[];
  readonly #wordScores: ByOwn;
  readonly #pairScores: ByOwn;

  constructor(crowd: Crowd, members: readonly Actor[]) {
    this.#crowd = crowd;
    this.size = members.length;
    for (const { traits, words, pairs } of members) {
      for (const [trait, counts] of this.#traits.entries()) plus(counts, traits[trait] as number);
      for (const word of words) plus(this.words, word);
      for (const pair of pairs) plus(this.pairs, pair);
      this.#wordTotal += words.length;
    }
    for (const [word, count] of this.words) {
      const kind = this.#kindOf(word);
      this.#kinds[kind] = (this.#kinds[kind] as number) + count;
    }
    this.#traitScores = this.#traits.map((counts, trait) =>
      both(counts, (value, own) => this.#traitScore(trait, value, own)),
    );
    this.#wordScores = both(this.words, (word, own) => this.#wordScore(word, own));
    this.#pairScores = both(this.pairs, (pair, own) => this.#pairScore(pair, own));
  }

  /** Has any member this value of a trait? */
  has(trait: number, value: number): boolean {
    return (this.#traits[trait] as Map<number, number>).has(value);
  }

  /** `own`: 1 for a member, who must not speak for itself; else 0. The scores by family come into `into`; given is their sum. */
  score(actor: Actor, own: 0 | 1, into: Scores): number {
    into.fill(0);
    for (let trait = 0; trait < TRAITS; trait += 1) {
      const value = actor.traits[trait] as number;
      const known = (this.#traitScores[trait] as ByOwn)[own].get(value) ?? this.#absent(trait, value, own);
      const family = FAMILY_OF[trait] as number;
      into[family] = (into[family] as number) + known;
    }
    into[LIST] = Math.min(this.#sumOfWords(actor, own) + this.#sumOfPairs(actor, own), actor.rarest);
    let sum = 0;
    for (let family = 0; family < into.length; family += 1) sum += into[family] as number;
    return sum;
  }

  #traitScore(trait: number, value: number, own: number): number {
    const counts = this.#traits[trait] as Map<number, number>;
    const { counts: all } = this.#crowd.traits[trait] as Interned;
    const elsewhere = (all[value] as number) - (counts.get(value) ?? 0);
    const others = this.#crowd.actors.length - this.size;
    const usual = (elsewhere + 0.5) / (others + 1);
    let here = (counts.get(value) ?? 0) - own;
    if (trait === START) here = Math.max(here, 0.4 * ((counts.get(value - 1) ?? 0) + (counts.get(value + 1) ?? 0)));
    const score = Math.log((here + PRIOR * usual) / (this.size - own + PRIOR) / usual);
    return (WEIGHTS[trait] as number) * Math.min(MOST, Math.max(LEAST, score));
  }

  // What no member has is all the same, but for times beside the group's.
  #absent(trait: number, value: number, own: number): number {
    if (trait === START && (this.has(trait, value - 1) || this.has(trait, value + 1)))
      return this.#traitScore(trait, value, own);
    return (WEIGHTS[trait] as number) * Math.max(LEAST, Math.log(PRIOR / (this.size - own + PRIOR)));
  }

  /** No address scores more than this: most are told from it that they are too far away, by their traits alone. */
  bound({ traits, rarest }: Actor): number {
    this.#bounds ??= this.#traits.map((_, trait) => this.#boundsOf(trait));
    let sum = Math.min(rarest, MOST_WORDS + MOST_PAIRS);
    for (let trait = 0; trait < TRAITS; trait += 1)
      sum += (this.#bounds[trait] as Float64Array)[traits[trait] as number] as number;
    return sum;
  }

  #boundsOf(trait: number): Float64Array {
    const all = new Float64Array((this.#crowd.traits[trait] as Interned).size);
    all.fill((WEIGHTS[trait] as number) * Math.max(LEAST, Math.log(PRIOR / (this.size + PRIOR))));
    for (const value of (this.#traits[trait] as Map<number, number>).keys())
      for (const near of trait === START ? [value - 1, value, value + 1] : [value])
        if (near >= 0 && near < all.length) all[near] = this.#traitScore(trait, near, 0);
    return all;
  }

  // Common elsewhere, not in the group itself: or a campaign's own names would seem common.
  #kindOf(word: number): number {
    return kindOf((this.#crowd.words.counts[word] as number) - (this.words.get(word) ?? 0) + 1);
  }

  // As it is usual in the group; or, new to it, as words as rare as it are.
  #wordScore(word: number, own: number): number {
    const { counts: all, total } = this.#crowd.words;
    const here = Math.max(1, this.#wordTotal - own);
    const within = this.words.get(word) ?? 0;
    const elsewhere = ((all[word] as number) - within + 0.5) / (total - this.#wordTotal + 1);
    const kind = this.#kindOf(word);
    const share = Math.max(0, (this.#kinds[kind] as number) - own + 0.5) / here;
    const byKind = share / (((this.#crowd.kinds[kind] as number) + 1) / total);
    return Math.log(0.7 * (Math.max(0, within - own) / here / elsewhere) + 0.3 * Math.min(20, Math.max(0.05, byKind)));
  }

  // A word that no member has: by its kind alone.
  #strangeWord(word: number): number {
    this.#strange ??= new Float64Array(KINDS).fill(Number.NaN);
    const kind = this.#crowd.wordKinds[word] as number;
    const known = this.#strange[kind] as number;
    if (!Number.isNaN(known)) return known;
    const score = this.#wordScore(word, 0);
    this.#strange[kind] = score;
    return score;
  }

  #sumOfWords({ words }: Actor, own: 0 | 1): number {
    if (words.length === 0) return this.#wordTotal > this.size ? LEAST : 0;
    const scores = this.#wordScores[own];
    let sum = 0;
    for (const word of words) sum += scores.get(word) ?? this.#strangeWord(word);
    return clampWords((sum / words.length) * Math.min(words.length, 6));
  }

  #pairScore(pair: number, own: number): number {
    const within = this.pairs.get(pair) as number;
    if (within <= own || this.size <= own) return 0;
    const others = this.#crowd.actors.length - this.size;
    const elsewhere = ((this.#crowd.pairs.counts[pair] as number) - within + 0.5) / (others + 1);
    return Math.max(0, Math.log((within - own) / (this.size - own) / elsewhere));
  }

  // Names in the group's order, where that order is not everybody's.
  #sumOfPairs({ pairs }: Actor, own: 0 | 1): number {
    if (pairs.length === 0) return 0;
    const scores = this.#pairScores[own];
    let sum = 0;
    for (const pair of pairs) sum += scores.get(pair) ?? 0;
    return Math.min(MOST_PAIRS, (sum / pairs.length) * Math.min(pairs.length, 4));
  }
}

function both(counts: ReadonlyMap<number, number>, score: (value: number, own: 0 | 1) => number): ByOwn {
  const scores = [new Map<number, number>(), new Map<number, number>()] as const;
  for (const value of counts.keys()) {
    scores[0].set(value, score(value, 0));
    scores[1].set(value, score(value, 1));
  }
  return scores;
}

function clampWords(sum: number): number {
  return Math.min(MOST_WORDS, Math.max(LEAST_WORDS, sum));
}

function plus(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
