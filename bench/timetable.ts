/**
 * Things due at whole seconds ahead, on a ring: `add` and `take` cost the same however many wait. What lies beyond the
 * ring's length is put at its end.
 */
export class Timetable<T> {
  readonly #slots: T[][];
  readonly #mask: number;
  #now = 0;

  /** `bits`: the ring holds 2 ** bits seconds. */
  constructor(bits: number) {
    this.#mask = 2 ** bits - 1;
    this.#slots = Array.from({ length: 2 ** bits }, () => []);
  }

  /** `delay` in seconds from the last `take`, 0 for that same second. */
  add(delay: number, thing: T): void {
    const ahead = Math.min(Math.max(0, Math.floor(delay)), this.#mask);
    (this.#slots[(this.#now + ahead) & this.#mask] as T[]).push(thing);
  }

  /** Goes on to the second `now` and gives the live list of what is due then: things added for it later join the list. */
  at(now: number): readonly T[] {
    this.#now = now;
    return this.#slots[now & this.#mask] as T[];
  }

  /** Forgets what was due in the present second. */
  clear(): void {
    const slot = this.#slots[this.#now & this.#mask] as T[];
    if (slot.length > 0) this.#slots[this.#now & this.#mask] = [];
  }
}
