import { hashOf } from '../sign.ts';
import type { Tally } from '../tally.ts';
import type { PackedTallies } from '../tally-pack.ts';
import type { Part } from '../tally-part.ts';
import { MAX_SIGNS, MAX_TIMES, ROW, SIGNS } from '../tally-row.ts';
import { mix } from './numbers.ts';

/** What an address is told apart by, each as a number of a class. */
export const CLIENT = 0;
export const RHYTHM = 1;
export const COUNT = 2;
export const START = 3;
export const NET = 4;
export const MANNER = 5;
export const TRAITS = 6;

const EXACT = 8;
const FEW_TIMES = 64;

/** One thread's texts as hashes: of signs and of hosts. */
interface Hashes {
  readonly packed: PackedTallies;
  readonly signs: Int32Array;
  readonly hosts: Int32Array;
}

/** Classes of what clients say, of hosts and of rhythms: as numbers that are the same for any number of threads. */
export class Classes {
  /** Hosts of the address asked for last. */
  hosts = 0;
  readonly #threads: Hashes[] = [];
  readonly #signs = new Int32Array(MAX_SIGNS * 64);
  #seen = new Int32Array(64);
  #times = new Float64Array(MAX_TIMES * 4);

  /** What its clients say, in whatever order; 0: nothing. */
  clientOf({ parts }: Tally): number {
    let size = 0;
    for (let nth = 0; nth < parts.length; nth += 1) {
      const { packed, row } = parts[nth] as Part;
      const { signs } = this.#hashesOf(packed);
      const from = row * ROW + SIGNS;
      for (let cell = from; cell < from + MAX_SIGNS; cell += 1) {
        const number = packed.cells[cell] as number;
        if (number === 0) break; // they are filled from the first on
        const sign = signs[number] as number;
        if (!holds(this.#signs, size, sign) && size < this.#signs.length) this.#signs[size++] = sign;
      }
    }
    // Of more than are kept, those of the lowest hashes stay, as in each thread.
    if (size > MAX_SIGNS) this.#signs.subarray(0, size).sort(unsigned);
    return summed(this.#signs, Math.min(size, MAX_SIGNS));
  }

  /** Which hosts it came to; sets `hosts`. */
  mannerOf({ parts }: Tally): number {
    let size = 0;
    for (let nth = 0; nth < parts.length; nth += 1) {
      const { packed, row } = parts[nth] as Part;
      const { starts, keys } = packed.hosts;
      const { hosts } = this.#hashesOf(packed);
      const end = starts[row + 1] as number;
      for (let entry = starts[row] as number; entry < end; entry += 1) {
        const host = hosts[keys[entry] as number] as number;
        if (holds(this.#seen, size, host)) continue;
        if (size === this.#seen.length)
          this.#seen = Int32Array.from({ length: size * 2 }, (_, at) => this.#seen[at] ?? 0);
        this.#seen[size++] = host;
      }
    }
    this.hosts = size;
    return summed(this.#seen, size);
  }

  /** The usual time between tries, in classes that are half as long again as the one before, and whether it is kept; 0: one try. */
  rhythmOf({ parts }: Tally): number {
    let size = 0;
    for (let nth = 0; nth < parts.length; nth += 1) {
      const { packed, row } = parts[nth] as Part;
      const { starts, times } = packed.times;
      const end = starts[row + 1] as number;
      for (let entry = starts[row] as number; entry < end; entry += 1) {
        if (size === this.#times.length)
          this.#times = Float64Array.from({ length: size * 2 }, (_, at) => this.#times[at] ?? 0);
        this.#times[size++] = times[entry] as number;
      }
    }
    if (size < 2) return 0;
    sort(this.#times, size);
    const gaps = Math.min(size, MAX_TIMES) - 1;
    for (let at = 0; at < gaps; at += 1)
      this.#times[at] = (this.#times[at + 1] as number) - (this.#times[at] as number);
    sort(this.#times, gaps);
    return rhythmClass(this.#times, gaps);
  }

  #hashesOf(packed: PackedTallies): Hashes {
    for (const known of this.#threads) if (known.packed === packed) return known;
    const known = {
      packed,
      signs: Int32Array.from(packed.signTexts, hashOf),
      hosts: Int32Array.from(packed.hostTexts, hashOf),
    };
    this.#threads.push(known);
    return known;
  }
}

function rhythmClass(gaps: Float64Array, size: number): number {
  const middle = gaps[size >> 1] as number;
  const low = gaps[size >> 2] as number;
  const high = gaps[(size * 3) >> 2] as number;
  const kept = size < 4 ? 0 : high - low <= middle * 0.5 ? 1 : 2;
  return 3 * (4 + Math.round(Math.log(Math.max(middle, 500) / 1000) / Math.log(1.6))) + kept;
}

/** How many tries, and under how many names. */
export function countClass(attempts: number, names: number): number {
  return sizeClass(attempts) * 8 + Math.min(4, sizeClass(names));
}

/** Classes of numbers: exact while they are small, then a third apart. */
function sizeClass(count: number): number {
  return count <= EXACT ? count : EXACT + Math.round(Math.log(count / EXACT) / Math.log(1.3));
}

function holds(numbers: Int32Array, size: number, number: number): boolean {
  for (let at = 0; at < size; at += 1) if (numbers[at] === number) return true;
  return false;
}

/** A hash of a set; 0: of none. */
function summed(hashes: Int32Array, size: number): number {
  let sum = 0;
  for (let at = 0; at < size; at += 1) sum = (sum + mix(1, hashes[at] as number)) | 0;
  return sum;
}

function unsigned(a: number, b: number): number {
  return (a >>> 0) - (b >>> 0);
}

/** Sorts the first so many; few of them, or nearly sorted ones, by insertion. */
function sort(numbers: Float64Array, size: number): void {
  if (size > FEW_TIMES) {
    numbers.subarray(0, size).sort();
    return;
  }
  for (let at = 1; at < size; at += 1) {
    const number = numbers[at] as number;
    let to = at;
    for (; to > 0 && (numbers[to - 1] as number) > number; to -= 1) numbers[to] = numbers[to - 1] as number;
    numbers[to] = number;
  }
}
