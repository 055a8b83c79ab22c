import type { Tally } from '../tally.ts';
import { MAX_NAMES, NameLists } from './name-lists.ts';
import { prefixOf } from './networks.ts';
import { grown, Lists, mix, Numbers } from './numbers.ts';
import { CLIENT, Classes, COUNT, countClass, MANNER, NET, RHYTHM, START, TRAITS } from './traits.ts';

const BUCKETS = 48;
const LEAST_BUCKET_MS = 1_800_000;
/** Classes of times: none, and an empty one before the first. */
const NO_TIME = 0;
const FIRST_TIME = 2;

/**
 * All addresses that may belong to a campaign, by their numbers, and how often each word, pair and trait stands among them.
 * Flat tables: there are up to a million addresses, and each is looked at often.
 */
export interface Crowd {
  readonly size: number;
  readonly addresses: readonly string[];
  readonly tallies: readonly Tally[];
  readonly attempts: Float64Array;
  /** How many hosts each came to. */
  readonly hosts: Int32Array;
  /** Names tried, in their order, and paths asked for; by their numbers. */
  readonly words: Lists;
  readonly wordCounts: Int32Array;
  readonly wordTotal: number;
  /** Names that follow each other, by their numbers. */
  readonly pairs: Lists;
  readonly pairCounts: Int32Array;
  /** Classes, `TRAITS` of each address. */
  readonly traits: Int32Array;
  /** How often each class comes, by trait; with room for one more class. */
  readonly traitCounts: readonly Int32Array[];
  /** The class of those whose clients say nothing; -1: all say something. */
  readonly silent: number;
  /** When each began, in ms since 1970; 0: unknown. */
  readonly begun: Float64Array;
  /** Words go together elsewhere too, as in lists that everybody has: all of them prove no more than the rarest, in nats. */
  readonly rarest: Float64Array;
  /** How many words of each kind of commonness there are in all. */
  readonly kinds: Float64Array;
  readonly wordKinds: Uint8Array;
}

/** Kinds of commonness of words, each twice as common as the one before. */
export const KINDS = 24;

const KIND_OF = Uint8Array.from({ length: 256 }, (_, count) => Math.round(Math.log2(Math.max(1, count))));

/** The kind of a word that came so often. */
export function kindOf(count: number): number {
  return count < KIND_OF.length ? (KIND_OF[count] as number) : Math.min(KINDS - 1, Math.round(Math.log2(count)));
}

/** Makes the crowd of addresses. */
export function crowdOf(all: readonly (readonly [string, Tally])[]): Crowd {
  const maker = new Maker(all);
  for (let at = 0; at < all.length; at += 1) {
    const [address, tally] = all[at] as readonly [string, Tally];
    maker.add(at, address, tally);
  }
  return maker.done();
}

class Maker {
  readonly #all: readonly (readonly [string, Tally])[];
  readonly #lists = new NameLists();
  readonly #classes = new Classes();
  readonly #byTrait = Array.from({ length: TRAITS }, () => new Numbers());
  readonly #paths = new Map<string, number>();
  readonly #words: Lists;
  readonly #pairs: Lists;
  readonly #pairNumbers = new Numbers();
  readonly #traits: Int32Array;
  readonly #attempts: Float64Array;
  readonly #hosts: Int32Array;
  readonly #begun: Float64Array;
  readonly #bucketMs: number;
  readonly #first: number;
  #wordCounts = new Int32Array(1 << 10);
  #wordSize = 0;
  #silent = -1;
  /** Words of names, by their numbers in the lists, and 1 more. */
  #wordOfName = new Int32Array(1 << 10);

  constructor(all: readonly (readonly [string, Tally])[]) {
    this.#all = all;
    this.#words = new Lists(all.length);
    this.#pairs = new Lists(all.length);
    this.#traits = new Int32Array(all.length * TRAITS);
    this.#attempts = new Float64Array(all.length);
    this.#hosts = new Int32Array(all.length);
    this.#begun = Float64Array.from(all, ([, { first }]) => (Number.isFinite(first) && first > 0 ? first : 0));
    const [first, last] = rangeOf(this.#begun);
    this.#first = first;
    this.#bucketMs = Math.max(LEAST_BUCKET_MS, (last - first) / BUCKETS || LEAST_BUCKET_MS);
  }

  add(at: number, address: string, tally: Tally): void {
    const names = this.#addNames(tally);
    if (tally.requests + tally.blocked > 0) for (const path of tally.paths) this.#push(this.#wordOfPath(path));
    this.#words.close();
    this.#pairs.close();
    const attempts = attemptsOf(tally);
    this.#attempts[at] = attempts;
    const client = this.#classes.clientOf(tally);
    this.#trait(at, CLIENT, client);
    if (client === 0) this.#silent = this.#traits[at * TRAITS + CLIENT] as number;
    this.#trait(at, RHYTHM, this.#classes.rhythmOf(tally));
    this.#trait(at, COUNT, countClass(attempts, names));
    this.#trait(at, NET, prefixOf(address)); // an autonomous system would say more, but to look up all of them takes long
    this.#trait(at, MANNER, this.#classes.mannerOf(tally));
    this.#hosts[at] = this.#classes.hosts;
    const begun = this.#begun[at] as number;
    // Times keep their own numbers, for what is beside them counts as well.
    this.#traits[at * TRAITS + START] =
      begun === 0 ? NO_TIME : FIRST_TIME + Math.floor((begun - this.#first) / this.#bucketMs);
  }

  #trait(at: number, trait: number, value: number): void {
    this.#traits[at * TRAITS + trait] = (this.#byTrait[trait] as Numbers).add(value | 0);
  }

  /** How many it tried. */
  #addNames(tally: Tally): number {
    if (tally.failures + tally.invalidNames + tally.probes === 0) return 0;
    const lists = this.#lists;
    lists.read(tally);
    let before = 0;
    for (let nth = 0; nth < lists.size; nth += 1) {
      const word = this.#wordOf(lists.words[nth] as number);
      this.#push(word);
      if (nth > 0) this.#pairs.push(this.#pairNumbers.add(pairOf(before, word)));
      before = word;
    }
    return Math.min(lists.size, MAX_NAMES);
  }

  #wordOf(name: number): number {
    while (name >= this.#wordOfName.length) this.#wordOfName = grown(this.#wordOfName);
    if (this.#wordOfName[name] === 0) this.#wordOfName[name] = ++this.#wordSize;
    return (this.#wordOfName[name] as number) - 1;
  }

  #wordOfPath(path: string): number {
    let word = this.#paths.get(path);
    if (word === undefined) {
      word = this.#wordSize++;
      this.#paths.set(path, word);
    }
    return word;
  }

  #push(word: number): void {
    while (word >= this.#wordCounts.length) this.#wordCounts = grown(this.#wordCounts);
    this.#wordCounts[word] = (this.#wordCounts[word] as number) + 1;
    this.#words.push(word);
  }

  done(): Crowd {
    const wordCounts = this.#wordCounts.subarray(0, this.#wordSize);
    const kinds = new Float64Array(KINDS);
    for (const count of wordCounts) kinds[kindOf(count)] = (kinds[kindOf(count)] as number) + count;
    return {
      size: this.#all.length,
      addresses: this.#all.map(([address]) => address),
      tallies: this.#all.map(([, tally]) => tally),
      attempts: this.#attempts,
      hosts: this.#hosts,
      words: this.#words,
      wordCounts,
      wordTotal: this.#words.starts[this.#all.length] as number,
      pairs: this.#pairs,
      pairCounts: this.#pairNumbers.counts,
      traits: this.#traits,
      traitCounts: this.#byTrait.map((numbers, trait) =>
        trait === START ? this.#startCounts() : numbers.counts.slice(0, numbers.size + 1),
      ),
      silent: this.#silent,
      begun: this.#begun,
      rarest: this.#rarest(wordCounts),
      kinds,
      wordKinds: Uint8Array.from(wordCounts, (count) => kindOf(count + 1)),
    };
  }

  #startCounts(): Int32Array {
    const counts = new Int32Array(FIRST_TIME + BUCKETS + 3);
    for (let at = START; at < this.#traits.length; at += TRAITS) {
      const value = this.#traits[at] as number;
      counts[value] = (counts[value] as number) + 1;
    }
    return counts;
  }

  #rarest(wordCounts: Int32Array): Float64Array {
    const all = this.#all.length;
    const rarest = new Float64Array(all);
    for (let at = 0; at < all; at += 1) {
      const least = Math.min(
        leastOf(this.#words, at, wordCounts, all),
        leastOf(this.#pairs, at, this.#pairNumbers.counts, all),
      );
      rarest[at] = Math.log((all + 1) / least);
    }
    return rarest;
  }
}

function leastOf({ starts, items }: Lists, at: number, counts: Int32Array, most: number): number {
  let least = most;
  const end = starts[at + 1] as number;
  for (let entry = starts[at] as number; entry < end; entry += 1)
    least = Math.min(least, counts[items[entry] as number] as number);
  return least;
}

/** First and last, of those that are not 0. */
function rangeOf(times: Float64Array): readonly [first: number, last: number] {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const time of times) {
    if (time === 0) continue;
    if (time < first) first = time;
    if (time > last) last = time;
  }
  return [first, last];
}

// Two of a million pairs hardly ever meet.
function pairOf(first: number, second: number): number {
  return mix(mix(7, first), second);
}

/** Failed logins, requests, stopped packets, or connections that came and went, whichever are most. */
export function attemptsOf(tally: Tally): number {
  return Math.max(loginsOf(tally), tally.probes, tally.requests, tally.blocked);
}

// One try may be told by several notices of its unknown name: they count where the failures do not tell it.
function loginsOf(tally: Tally): number {
  const { failures, invalidNames } = tally;
  return invalidNames <= failures || failures >= tally.namesTotal ? failures : invalidNames;
}
