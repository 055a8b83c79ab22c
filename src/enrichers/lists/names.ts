import { outlasts } from './networks.ts';
import { type About, type AboutColumns, aboutColumns, shared, type Texts, textColumn } from './rows.ts';

// Hot path: `findName` once for each name that was not asked for of late.

/** Texts that are found as a whole: names, URLs, hashes, numbers of networks. In memory that threads share. */
export interface NameRows {
  /** Each with the letter of its kind in front. */
  readonly keys: Texts;
  /** Hash table with open addressing: row + 1, or 0. A power of two long, at most half full. */
  readonly slots: Uint32Array;
  /** So that whoever writes a list cannot know which names fall together. */
  readonly seed: number;
  readonly about: AboutColumns;
}

/** FNV-1a over the characters, then murmur3's finalizer: the table looks at the low bits. */
function hashOf(key: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function isKey({ starts, bytes }: Texts, row: number, key: string): boolean {
  const from = starts[row] as number;
  if ((starts[row + 1] as number) - from !== key.length) return false;
  for (let at = 0; at < key.length; at += 1) if (bytes[from + at] !== key.charCodeAt(at)) return false;
  return true;
}

/** Row of a key; -1 for none. */
export function findName({ keys, slots, seed }: NameRows, key: string): number {
  const mask = slots.length - 1;
  for (let at = hashOf(key, seed) & mask; ; at = (at + 1) & mask) {
    const row = (slots[at] as number) - 1;
    if (row === -1 || isKey(keys, row, key)) return row;
  }
}

/** Gathers names for `NameRows`. */
export class NameGatherer {
  readonly #keys: string[] = [];
  readonly #about: About[] = [];

  get count(): number {
    return this.#keys.length;
  }

  /** ASCII, or it is never found. */
  add(key: string, about: About): void {
    this.#keys.push(key);
    this.#about.push(about);
  }

  /** Null when there is none. Of a name that is there twice, the one that ends later, then the surer, then the first. */
  build(noteOf: (note: string) => number, seed: number): NameRows | null {
    if (this.count === 0) return null;
    const slots = shared.u32(2 ** Math.ceil(Math.log2(this.count * 2)));
    const order: number[] = [];
    for (let entry = 0; entry < this.#keys.length; entry += 1) this.#place(entry, slots, order, seed);
    const keys = textColumn(order.map((entry) => this.#keys[entry] as string));
    return { keys, slots, seed, about: aboutColumns(this.#about, order, noteOf) };
  }

  #place(entry: number, slots: Uint32Array, order: number[], seed: number): void {
    const mask = slots.length - 1;
    const key = this.#keys[entry] as string;
    let at = hashOf(key, seed) & mask;
    for (; slots[at] !== 0; at = (at + 1) & mask) {
      const row = (slots[at] as number) - 1;
      const other = order[row] as number;
      if (this.#keys[other] !== key) continue;
      if (outlasts(this.#about[entry] as About, this.#about[other] as About)) order[row] = entry;
      return;
    }
    order.push(entry);
    slots[at] = order.length;
  }
}
