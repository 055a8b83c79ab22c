const FIRST_ROOM = 64;

/** The last so many of a row of numbers, each at its place in the whole row. What is not kept any more is NaN: equal to nothing. */
export class KeyRing {
  #keys = new Float64Array(FIRST_ROOM);
  readonly #most: number;
  /** The place after the last. */
  end = 0;

  /** `most`: how many are kept; a power of two of at least 64. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The place of the first that is kept. */
  get begin(): number {
    return Math.max(0, this.end - this.#keys.length);
  }

  get length(): number {
    return this.end - this.begin;
  }

  push(key: number): void {
    if (this.end === this.#keys.length && this.end < this.#most) {
      const grown = new Float64Array(2 * this.end);
      grown.set(this.#keys);
      this.#keys = grown;
    }
    this.#keys[this.end % this.#keys.length] = key;
    this.end += 1;
  }

  at(place: number): number {
    if (place < this.begin || place >= this.end) return Number.NaN;
    return this.#keys[place % this.#keys.length] as number;
  }
}
