// Hot path: once per event that has a source address.

const WIDTH = 3;
const KEY = 1;
const COUNT = 2;
/** A place of the index holds an entry + 1, and above it so much of its pair's hash: few other pairs are looked at in vain. */
const ENTRY = (1 << 26) - 1;

/** The entries of a `PairTable`, those of one owner beside each other: `starts[owner]` to `starts[owner + 1]`. Plain data. */
export interface Grouped {
  readonly starts: Int32Array;
  readonly keys: Int32Array;
  readonly counts: Int32Array;
  /** Where each entry stood in the table. */
  readonly order: Int32Array;
}

/**
 * Counts by pairs of an owner and a key, both whole numbers: a list in flat memory, and an open hash table over it from the first
 * time on that a pair is looked for.
 */
export class PairTable {
  size = 0;
  #cells = new Int32Array(WIDTH << 12);
  #index = new Int32Array(0); // 0 is free; none: nothing was looked for yet
  #mask = 0;

  /** The entry of a pair; -1 when there is none. */
  find(owner: number, key: number): number {
    if (this.#mask === 0) this.#makeIndex();
    const cells = this.#cells;
    const mixed = hash(owner, key);
    for (let at = mixed & this.#mask; ; at = (at + 1) & this.#mask) {
      const found = this.#index[at] as number;
      if (found === 0) return -1;
      if (((found ^ mixed) & ~ENTRY) !== 0) continue;
      const entry = (found & ENTRY) - 1;
      if (cells[entry * WIDTH] === owner && cells[entry * WIDTH + KEY] === key) return entry;
    }
  }

  /** Makes the entry of a pair that has none. There may be 67 million, which is a gigabyte. */
  add(owner: number, key: number): number {
    const entry = this.size;
    if ((entry + 1) * WIDTH > this.#cells.length) this.#grow();
    this.size = entry + 1;
    this.#cells[entry * WIDTH] = owner;
    this.#cells[entry * WIDTH + KEY] = key;
    if (this.#mask !== 0) this.#place(entry);
    return entry;
  }

  #place(entry: number): void {
    const cells = this.#cells;
    const mixed = hash(cells[entry * WIDTH] as number, cells[entry * WIDTH + KEY] as number);
    let at = mixed & this.#mask;
    while (this.#index[at] !== 0) at = (at + 1) & this.#mask;
    this.#index[at] = (mixed & ~ENTRY) | (entry + 1);
  }

  #grow(): void {
    const cells = new Int32Array(this.#cells.length * 2);
    cells.set(this.#cells);
    this.#cells = cells;
    if (this.#mask !== 0) this.#makeIndex();
  }

  // Twice as many places as there is room for pairs.
  #makeIndex(): void {
    this.#index = new Int32Array((this.#cells.length / WIDTH) * 2);
    this.#mask = this.#index.length - 1;
    for (let entry = 0; entry < this.size; entry += 1) this.#place(entry);
  }

  keyOf(entry: number): number {
    return this.#cells[entry * WIDTH + KEY] as number;
  }

  count(entry: number, count: number): void {
    const at = entry * WIDTH + COUNT;
    this.#cells[at] = Math.min((this.#cells[at] as number) + count, 0x7fffffff);
  }

  /** All entries by owner, in the order in which they were made. `owners`: how many there are. */
  grouped(owners: number): Grouped {
    const cells = this.#cells;
    const { starts, order } = orderOf(this.size, owners, cells, WIDTH);
    const keys = new Int32Array(order.length);
    const counts = new Int32Array(order.length);
    for (let at = 0; at < order.length; at += 1) {
      const cell = (order[at] as number) * WIDTH;
      keys[at] = cells[cell + KEY] as number;
      counts[at] = cells[cell + COUNT] as number;
    }
    return { starts, keys, counts, order };
  }
}

// Multiplication by odd constants, then the high bits, which are the mixed ones, are folded in.
function hash(owner: number, key: number): number {
  const mixed = Math.imul(owner, 0x9e3779b1) ^ Math.imul(key + 0x7f4a7c15, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

/** The values of entries in an order of them. A plain loop: there may be millions, and `from` asks an iterator for each. */
export function inThatOrder(values: Float64Array, order: Int32Array): Float64Array {
  const sorted = new Float64Array(order.length);
  for (let at = 0; at < order.length; at += 1) sorted[at] = values[order[at] as number] as number;
  return sorted;
}

/**
 * Entries in the order of their owners (counting sort), and where each owner's begin. `cells`: `width` of each entry, of which the
 * first is its owner.
 */
export function orderOf(
  size: number,
  owners: number,
  cells: Int32Array,
  width = 1,
): { readonly starts: Int32Array; readonly order: Int32Array } {
  const starts = new Int32Array(owners + 1);
  for (let entry = 0; entry < size; entry += 1) {
    const after = (cells[entry * width] as number) + 1;
    starts[after] = (starts[after] as number) + 1;
  }
  for (let owner = 0; owner < owners; owner += 1)
    starts[owner + 1] = (starts[owner + 1] as number) + (starts[owner] as number);
  const next = starts.slice();
  const order = new Int32Array(size);
  for (let entry = 0; entry < size; entry += 1) {
    const owner = cells[entry * width] as number;
    const at = next[owner] as number;
    order[at] = entry;
    next[owner] = at + 1;
  }
  return { starts, order };
}
