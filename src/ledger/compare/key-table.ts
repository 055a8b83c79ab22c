// Hot path: once per line.

const FIRST_SLOTS = 1 << 12;

/** Numbers 64-bit keys 0, 1, 2, … in the order in which they come first. */
export class KeyTable {
  /** Keys that are known. */
  size = 0;
  #mask = FIRST_SLOTS - 1;
  #slots = new Int32Array(FIRST_SLOTS).fill(-1);
  #highs = new Uint32Array(FIRST_SLOTS / 2);
  #lows = new Uint32Array(FIRST_SLOTS / 2);

  /** The key's number; a new one gets the next. */
  number(high: number, low: number): number {
    for (let slot = low & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const known = this.#slots[slot] as number;
      if (known === -1) return this.#add(slot, high, low);
      if (this.#lows[known] === low && this.#highs[known] === high) return known;
    }
  }

  #add(slot: number, high: number, low: number): number {
    if (this.size === this.#highs.length) {
      this.#grow();
      return this.number(high, low);
    }
    this.#slots[slot] = this.size;
    this.#highs[this.size] = high;
    this.#lows[this.size] = low;
    this.size += 1;
    return this.size - 1;
  }

  #grow(): void {
    const slots = this.#slots.length * 2;
    this.#mask = slots - 1;
    this.#slots = new Int32Array(slots).fill(-1);
    this.#highs = grown(this.#highs, slots / 2);
    this.#lows = grown(this.#lows, slots / 2);
    for (let known = 0; known < this.size; known += 1) {
      let slot = (this.#lows[known] as number) & this.#mask;
      while (this.#slots[slot] !== -1) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = known;
    }
  }
}

function grown(before: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const after = new Uint32Array(length);
  after.set(before);
  return after;
}
