import { type Crowd, KINDS, kindOf } from './crowd.ts';

/** Least and most that words and their order may say for or against, in nats; and that none does where others have some. */
const LEAST_WORDS = -8;
const NO_WORDS = -3;
export const MOST_WORDS = 16;
export const MOST_PAIRS = 12;
/**
 * How much a word counts by how common it is elsewhere, for it may be new to the group: as often as another new one is to be
 * expected of it (Good and Turing). Who share a list have no new names; among whom a list is dealt out, nearly all are new.
 */
const LEAST_NEW = 0.01;
const MOST_NEW = 0.3;
/** Lists this short may be hands of one that is dealt out, and each hand comes again and again. */
const SHORT = 4;

/** Which words are usual in a group of addresses, and in which order, against all the others. */
export class WordProfile {
  readonly #crowd: Crowd;
  #members: Int32Array = new Int32Array(0);
  /** How often each word and pair comes in the group. */
  readonly #words: Int32Array;
  readonly #pairs: Int32Array;
  /** What words of the group say for others and for a member; NaN: not asked for yet. Members share words. */
  readonly #known: readonly [Float64Array, Float64Array];
  readonly #kinds = new Float64Array(KINDS);
  readonly #strange = new Float64Array(KINDS);
  #total = 0;
  #new = MOST_NEW;

  constructor(crowd: Crowd) {
    this.#crowd = crowd;
    this.#words = new Int32Array(crowd.wordCounts.length);
    this.#pairs = new Int32Array(crowd.pairCounts.length);
    const unknown = () => new Float64Array(crowd.wordCounts.length).fill(Number.NaN);
    this.#known = [unknown(), unknown()];
  }

  /** Describes this group from now on. `members`: not to be changed. */
  take(members: Int32Array): void {
    this.#wipe();
    this.#members = members;
    for (let at = 0; at < members.length; at += 1) this.#add(members[at] as number);
    this.#countKinds();
  }

  #wipe(): void {
    const { words, pairs } = this.#crowd;
    const [ofOthers, ofMembers] = this.#known;
    for (const member of this.#members) {
      const lastWord = words.starts[member + 1] as number;
      for (let at = words.starts[member] as number; at < lastWord; at += 1) {
        const word = words.items[at] as number;
        this.#words[word] = 0;
        ofOthers[word] = Number.NaN;
        ofMembers[word] = Number.NaN;
      }
      const lastPair = pairs.starts[member + 1] as number;
      for (let at = pairs.starts[member] as number; at < lastPair; at += 1) this.#pairs[pairs.items[at] as number] = 0;
    }
    this.#kinds.fill(0);
    this.#strange.fill(Number.NaN);
    this.#total = 0;
  }

  #add(member: number): void {
    const { words, pairs } = this.#crowd;
    const lastWord = words.starts[member + 1] as number;
    for (let at = words.starts[member] as number; at < lastWord; at += 1) plus(this.#words, words.items[at] as number);
    const lastPair = pairs.starts[member + 1] as number;
    for (let at = pairs.starts[member] as number; at < lastPair; at += 1) plus(this.#pairs, pairs.items[at] as number);
    this.#total += lastWord - (words.starts[member] as number);
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
    const length = this.#total / this.#members.length;
    const least = Math.max(LEAST_NEW, MOST_NEW / Math.max(1, length - SHORT));
    this.#new = Math.min(MOST_NEW, Math.max(least, lone / Math.max(1, this.#total)));
  }

  /** What an address's words and their order say, in nats. `own`: 1 for a member, who must not speak for itself; else 0. */
  score(at: number, own: 0 | 1): number {
    return this.#sumOfWords(at, own) + this.#sumOfPairs(at, own);
  }

  // Common elsewhere, not in the group itself: or a campaign's own names would seem common.
  #kindOf(word: number): number {
    return kindOf((this.#crowd.wordCounts[word] as number) - (this.#words[word] as number) + 1);
  }

  // As it is usual in the group; or, new to it, as words as rare as it are.
  #wordScore(word: number, own: 0 | 1): number {
    const within = this.#words[word] as number;
    if (within === 0) return this.#strangeWord(this.#crowd.wordKinds[word] as number);
    const scores = this.#known[own];
    const known = scores[word] as number;
    if (!Number.isNaN(known)) return known;
    const here = Math.max(1, this.#total - own);
    const others = this.#crowd.wordTotal - this.#total + 1;
    const elsewhere = ((this.#crowd.wordCounts[word] as number) - within + 0.5) / others;
    const share = (1 - this.#new) * ((within - own) / here / elsewhere);
    const score = Math.log(share + this.#byKind(this.#kindOf(word), own));
    scores[word] = score;
    return score;
  }

  #byKind(kind: number, own: number): number {
    const share = Math.max(0, (this.#kinds[kind] as number) - own + 0.5) / Math.max(1, this.#total - own);
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
    if (first === last) return this.#total > this.#members.length ? NO_WORDS : 0;
    let sum = 0;
    for (let at = first; at < last; at += 1) sum += this.#wordScore(items[at] as number, own);
    const count = last - first;
    return Math.min(MOST_WORDS, Math.max(LEAST_WORDS, (sum / count) * Math.min(count, 6)));
  }

  #pairScore(pair: number, own: number): number {
    const within = this.#pairs[pair] as number;
    const size = this.#members.length;
    if (within <= own || size <= own) return 0;
    const elsewhere = ((this.#crowd.pairCounts[pair] as number) - within + 0.5) / (this.#crowd.size - size + 1);
    return Math.max(0, Math.log((within - own) / (size - own) / elsewhere));
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
