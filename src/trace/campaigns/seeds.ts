import type { Crowd } from './crowd.ts';
import { grown, type Lists, mix, Numbers } from './numbers.ts';
import { CLIENT, COUNT, NET, RHYTHM, START, TRAITS } from './traits.ts';

/** Addresses that agree in something that others rarely do, by their numbers: where to look for a campaign. */
export type Seed = Int32Array;

const LEAST_MEMBERS = 3;
/** Keys that come together more often than by chance, by this factor, are looked at. */
const LIFT = 3;
/** Words and pairs of which the rarest are keys. */
const RAREST = 3;
/** Keys of one address: more than there are, and about how many most have. */
const MAX_KEYS = 32;
const KEYS_USUAL = 24;
/** Counts of the sketch, each for the keys that share it: so many of one address. */
const KEYS_A_COUNT = 16;
const LEAST_SKETCH = 1 << 12;
const MOST_SKETCH = 1 << 22;
const FULL = 0xffff;

/** Groups of addresses by keys, each key by hash: near-linear in the addresses. No group comes twice. */
export function seedsOf(crowd: Crowd): Seed[] {
  const keys = new Keys(crowd);
  const all = keys.all();
  const sketch = sketchOf(crowd, all.items);
  const found = new Numbers();
  const expected: number[] = [];
  let [groups, members, size] = [new Int32Array(1 << 10), new Int32Array(1 << 10), 0];
  for (let at = 0; at < crowd.size; at += 1) {
    const first = all.starts[at] as number;
    const keysOfIt = (all.starts[at + 1] as number) - first;
    for (let nth = 0; nth < keysOfIt; nth += 1) {
      const hash = all.items[first + nth] as number;
      const count = sketch[hash & (sketch.length - 1)] as number;
      if (count < LEAST_MEMBERS) continue; // nearly all: they are nobody else's
      const usual = keys.expectedOf(at, nth, keysOfIt);
      if (count < FULL && count < least(usual)) continue;
      const group = found.add(hash);
      expected[group] = usual;
      if (size === groups.length) [groups, members] = [grown(groups), grown(members)];
      groups[size] = group;
      members[size] = at;
      size += 1;
    }
  }
  const kept = Uint8Array.from({ length: found.size }, (_, group) =>
    (found.counts[group] as number) >= least(expected[group] as number) ? 1 : 0,
  );
  return gathered(groups.subarray(0, size), members, kept, found.counts);
}

function least(expected: number): number {
  return LIFT * expected + LEAST_MEMBERS;
}

/** How often each key comes, at most: keys share counts. */
function sketchOf({ size }: Crowd, keys: Int32Array): Uint16Array {
  let length = LEAST_SKETCH;
  while (length < size * KEYS_A_COUNT && length < MOST_SKETCH) length *= 2;
  const sketch = new Uint16Array(length);
  for (let at = 0; at < keys.length; at += 1) {
    const place = (keys[at] as number) & (length - 1);
    const count = sketch[place] as number;
    if (count < FULL) sketch[place] = count + 1;
  }
  return sketch;
}

/** The members of each group that is kept. */
function gathered(groups: Int32Array, members: Int32Array, kept: Uint8Array, counts: Int32Array): Seed[] {
  const seeds: Seed[] = [];
  const filled = new Int32Array(kept.length);
  const places = new Int32Array(kept.length);
  for (let group = 0; group < kept.length; group += 1)
    if (kept[group] === 1) places[group] = seeds.push(new Int32Array(counts[group] as number)) - 1;
  for (let entry = 0; entry < groups.length; entry += 1) {
    const group = groups[entry] as number;
    if (kept[group] === 0) continue;
    const seed = seeds[places[group] as number] as Seed;
    const size = filled[group] as number;
    if (size > 0 && seed[size - 1] === members[entry]) continue;
    seed[size] = members[entry] as number;
    filled[group] = size + 1;
  }
  for (let group = 0; group < kept.length; group += 1)
    if (kept[group] === 1) {
      const at = places[group] as number;
      seeds[at] = (seeds[at] as Seed).subarray(0, filled[group]);
    }
  return different(seeds);
}

function different(seeds: readonly Seed[]): Seed[] {
  const seen = new Set<number>();
  return seeds.filter((seed) => {
    if (seed.length < LEAST_MEMBERS) return false;
    const print = printOf(seed);
    if (seen.has(print)) return false;
    seen.add(print);
    return true;
  });
}

/** A group as one number of 53 bits, whatever the order. */
export function printOf(members: Int32Array): number {
  let low = members.length;
  let high = 0;
  for (let at = 0; at < members.length; at += 1) {
    low = (low + mix(11, members[at] as number)) | 0;
    high = (high + mix(13, members[at] as number)) | 0;
  }
  return (low >>> 0) + (high & 0x1fffff) * 2 ** 32;
}

/** Traits that are looked at together. */
const TOGETHER: readonly (readonly number[])[] = [
  [CLIENT, START],
  [CLIENT, RHYTHM],
  [CLIENT, COUNT],
  [CLIENT, NET],
  [RHYTHM, START],
  [COUNT, START],
  [COUNT, RHYTHM, START],
  [CLIENT, COUNT, START],
  [CLIENT, RHYTHM, COUNT],
  [NET, START],
  [NET, COUNT],
];
const BESIDE_LIST = [CLIENT, RHYTHM, COUNT, START] as const;
const BESIDE_KIND = [CLIENT, START] as const;

/** The keys of one address after the other; nothing is made for each. */
class Keys {
  readonly #crowd: Crowd;
  readonly #few: number;
  readonly #rarest = new Int32Array(RAREST);
  readonly #starts: Int32Array;
  #items: Int32Array<ArrayBuffer>;
  #size = 0;

  constructor(crowd: Crowd) {
    this.#crowd = crowd;
    this.#few = Math.max(20, crowd.size / 20);
    this.#starts = new Int32Array(crowd.size + 1);
    this.#items = new Int32Array(Math.max(MAX_KEYS, crowd.size * KEYS_USUAL));
  }

  /** Those of each address stand from `starts[at]` to `starts[at + 1]`. An address with words has last what tells how rare these are. */
  all(): { readonly starts: Int32Array; readonly items: Int32Array } {
    for (let at = 0; at < this.#crowd.size; at += 1) {
      if (this.#size + MAX_KEYS > this.#items.length) this.#items = grown(this.#items);
      this.#traitKeys(at * TRAITS);
      this.#wordKeys(at);
      this.#starts[at + 1] = this.#size;
    }
    return { starts: this.#starts, items: this.#items.subarray(0, this.#size) };
  }

  #add(hash: number): void {
    this.#items[this.#size] = hash;
    this.#size += 1;
  }

  /** How many addresses chance alone would give one of the keys, of which there are so many. */
  expectedOf(at: number, nth: number, keys: number): number {
    const { size, traits, traitCounts, words } = this.#crowd;
    if (nth >= TOGETHER.length) {
      const listed = (words.starts[at] as number) < (words.starts[at + 1] as number);
      return nth < keys - BESIDE_KIND.length || !listed ? 0 : this.#few / 20;
    }
    const together = TOGETHER[nth] as readonly number[];
    let expected = size;
    for (const trait of together)
      expected *= ((traitCounts[trait] as Int32Array)[traits[at * TRAITS + trait] as number] as number) / size;
    return expected;
  }

  #traitKeys(from: number): void {
    const { size, traits, traitCounts } = this.#crowd;
    for (let key = 0; key < TOGETHER.length; key += 1) {
      const together = TOGETHER[key] as readonly number[];
      let hash = key + 1;
      for (let nth = 0; nth < together.length; nth += 1)
        hash = mix(hash, traits[from + (together[nth] as number)] as number);
      this.#add(hash);
    }
    const client = traits[from + CLIENT] as number;
    if (((traitCounts[CLIENT] as Int32Array)[client] as number) * 20 < size) this.#add(mix(100, client));
  }

  #wordKeys(at: number): void {
    const { words, wordCounts, pairs, pairCounts, traits, hosts } = this.#crowd;
    const first = words.starts[at] as number;
    const last = words.starts[at + 1] as number;
    if (first === last) return;
    this.#rarestKeys(101, words, at, wordCounts);
    this.#rarestKeys(102, pairs, at, pairCounts);
    let list = 103;
    let set = 0;
    let most = 0;
    for (let entry = first; entry < last; entry += 1) {
      const word = words.items[entry] as number;
      list = mix(list, word);
      set = (set + mix(104, word)) | 0;
      most = Math.max(most, wordCounts[word] as number);
    }
    if (last - first >= 2) {
      this.#add(list);
      for (const trait of BESIDE_LIST) this.#add(mix(mix(list, trait + 7), traits[at * TRAITS + trait] as number));
    }
    this.#add(mix(105, set));
    const kind = Math.round(Math.log2(most)); // how common the most common is: dealt lists have none that is common
    for (const trait of BESIDE_KIND) {
      const value = mix(traits[at * TRAITS + trait] as number, hosts[at] as number);
      this.#add(mix(mix(106 + trait, kind), value));
    }
  }

  /** Keys of the rarest that others have too, and not too many. */
  #rarestKeys(salt: number, { starts, items }: Lists, at: number, counts: Int32Array): void {
    const rarest = this.#rarest;
    let size = 0;
    const last = starts[at + 1] as number;
    for (let entry = starts[at] as number; entry < last; entry += 1) {
      const item = items[entry] as number;
      const count = counts[item] as number;
      if (count < LEAST_MEMBERS || count > this.#few) continue;
      let to = size;
      while (to > 0 && isRarer(item, rarest[to - 1] as number, counts)) to -= 1;
      if (to === RAREST) continue;
      size = Math.min(size + 1, RAREST);
      for (let move = size - 1; move > to; move -= 1) rarest[move] = rarest[move - 1] as number;
      rarest[to] = item;
    }
    for (let nth = 0; nth < size; nth += 1) this.#add(mix(salt, rarest[nth] as number));
  }
}

function isRarer(a: number, b: number, counts: Int32Array): boolean {
  return ((counts[a] as number) - (counts[b] as number) || a - b) < 0;
}
