import { inThatOrder, orderOf } from './pair-table.ts';

/** So many are kept in all; what came then is told by slots of five minutes. */
const MAX_ALL = 1 << 21;

/** The exact times of each address's first failures. */
export class FailureTimes {
  #size = 0;
  #owners = new Int32Array(1 << 10);
  #times = new Float64Array(1 << 10);

  /** Keeps a time as often as it counts. Returns how often it was kept. */
  add(owner: number, time: number, count: number): number {
    const kept = Math.min(count, MAX_ALL - this.#size);
    for (let left = kept; left > 0; left -= 1) {
      if (this.#size === this.#times.length) this.#grow();
      this.#owners[this.#size] = owner;
      this.#times[this.#size] = time;
      this.#size += 1;
    }
    return kept;
  }

  #grow(): void {
    const owners = new Int32Array(this.#size * 2);
    const times = new Float64Array(this.#size * 2);
    owners.set(this.#owners);
    times.set(this.#times);
    this.#owners = owners;
    this.#times = times;
  }

  /** All times by owner: those of one stand from `starts[owner]` to `starts[owner + 1]`. */
  grouped(owners: number): { readonly starts: Int32Array; readonly times: Float64Array } {
    const { starts, order } = orderOf(this.#size, owners, this.#owners);
    return { starts, times: inThatOrder(this.#times, order) };
  }
}
