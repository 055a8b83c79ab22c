import type { Crowd } from './crowd.ts';
import { TraitProfile } from './trait-profile.ts';
import { CLIENT, COUNT, MANNER, NET, RHYTHM, START, TRAITS } from './traits.ts';
import { MOST_PAIRS, MOST_WORDS, WordProfile } from './word-profile.ts';

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
  readonly #traits: TraitProfile;
  readonly #words: WordProfile;
  #members: Int32Array | null = null;
  #knowsWords = false;

  constructor(crowd: Crowd) {
    this.#crowd = crowd;
    this.#traits = new TraitProfile(crowd);
    this.#words = new WordProfile(crowd);
  }

  /** Addresses of the group. */
  get size(): number {
    return this.#members?.length ?? 0;
  }

  /** Describes this group from now on; the very same again costs nothing. `members`: not to be changed. */
  take(members: Int32Array): this {
    this.#takeTraits(members);
    if (!this.#knowsWords) this.#words.take(members);
    this.#knowsWords = true;
    return this;
  }

  #takeTraits(members: Int32Array): void {
    if (members === this.#members) return;
    this.#members = members;
    this.#knowsWords = false;
    this.#traits.take(members);
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
        sum += this.#traits.ofMember(trait, traits[at * TRAITS + trait] as number);
    }
    return sum / members.length;
  }

  /** `own`: 1 for a member, who must not speak for itself; else 0. The scores by family come into `into`; given is their sum. */
  score(at: number, own: 0 | 1, into: Scores): number {
    const { traits, rarest } = this.#crowd;
    const others = own === 0 ? this.#traits.others() : null;
    into.fill(0);
    for (let trait = 0; trait < TRAITS; trait += 1) {
      const value = traits[at * TRAITS + trait] as number;
      const known =
        others === null ? this.#traits.ofMember(trait, value) : ((others[trait] as Float64Array)[value] as number);
      const family = FAMILY_OF[trait] as number;
      into[family] = (into[family] as number) + known;
    }
    into[LIST] = Math.min(this.#words.score(at, own), rarest[at] as number);
    let sum = 0;
    for (let family = 0; family < into.length; family += 1) sum += into[family] as number;
    return sum;
  }

  /** No address scores more than this: most are told from it that they are too far away, by their traits alone. */
  bound(at: number): number {
    const { traits, rarest } = this.#crowd;
    const others = this.#traits.others();
    let sum = Math.min(rarest[at] as number, MOST_WORDS + MOST_PAIRS);
    for (let trait = 0; trait < TRAITS; trait += 1)
      sum += (others[trait] as Float64Array)[traits[at * TRAITS + trait] as number] as number;
    return sum;
  }
}
