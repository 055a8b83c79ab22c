/**
 * Numbers whole numbers (32 bits) from 0 on, in the order in which they first come, and counts them: an open hash table in
 * flat memory, for there are some for each address.
 */
export class Numbers {
  size = 0;
  counts = new Int32Array(1 << 8);
  #keys = new Int32Array(1 << 8);
  #index = new Int32Array(1 << 9); // number + 1; 0 is free
  #mask = (1 << 9) - 1;

  /** The number of a key, which is counted once more. */
  add(key: number): number {
    for (let at = spread(key) & this.#mask; ; at = (at + 1) & this.#mask) {
      const number = (this.#index[at] as number) - 1;
      if (number === -1) return this.#append(key);
      if (this.#keys[number] !== key) continue;
      this.counts[number] = (this.counts[number] as number) + 1;
      return number;
    }
  }

  #append(key: number): number {
    const number = this.size;
    if (number === this.#keys.length) this.#grow();
    this.#keys[number] = key;
    this.counts[number] = 1;
    this.size = number + 1;
    this.#place(number);
    return number;
  }

  #place(number: number): void {
    let at = spread(this.#keys[number] as number) & this.#mask;
    while (this.#index[at] !== 0) at = (at + 1) & this.#mask;
    this.#index[at] = number + 1;
  }

  #grow(): void {
    this.counts = grown(this.counts);
    this.#keys = grown(this.#keys);
    this.#index = new Int32Array(this.#index.length * 2);
    this.#mask = this.#index.length - 1;
    for (let number = 0; number < this.size; number += 1) this.#place(number);
  }
}

/** Lists of whole numbers, one after the other: the items of one stand from `starts[at]` to `starts[at + 1]`. */
export class Lists {
  readonly starts: Int32Array;
  items = new Int32Array(1 << 10);
  #lists = 0;

  /** `lists`: how many there will be. */
  constructor(lists: number) {
    this.starts = new Int32Array(lists + 1);
  }

  /** One more item of the list that is not closed yet. */
  push(item: number): void {
    const size = this.starts[this.#lists + 1] as number;
    if (size === this.items.length) this.items = grown(this.items);
    this.items[size] = item;
    this.starts[this.#lists + 1] = size + 1;
  }

  close(): void {
    this.#lists += 1;
    if (this.#lists + 1 < this.starts.length) this.starts[this.#lists + 1] = this.starts[this.#lists] as number;
  }

  of(list: number): Int32Array {
    return this.items.subarray(this.starts[list], this.starts[list + 1]);
  }
}

/** The same, twice as long. */
export function grown(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const more = new Int32Array(numbers.length * 2);
  more.set(numbers);
  return more;
}

/** Mixes a number into a hash of 32 bits. */
export function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ Math.imul(value + 0x7f4a7c15, 0x85ebca6b), 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) | 0;
}

function spread(key: number): number {
  const mixed = Math.imul(key, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
