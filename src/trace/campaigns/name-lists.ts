import type { Tally } from '../tally.ts';
import type { PackedTallies } from '../tally-pack.ts';
import type { Part } from '../tally-part.ts';

/** Names of one address that are compared: its first ones. */
export const MAX_NAMES = 32;

/** One thread's names: their numbers over all threads, and 1 more; 0: not met yet. */
interface Known {
  readonly packed: PackedTallies;
  readonly numbers: Int32Array;
}

/**
 * Names that addresses tried, as numbers, in the order of the first tries: as `Counts.names()` gives them, and without making
 * anything for an address. Numbers come in the order in which names are told, which is the same for any number of threads.
 */
export class NameLists {
  /** The names of the address asked for last: `size` of them. */
  readonly words = new Int32Array(MAX_NAMES);
  size = 0;
  /** How many different ones there were so far. */
  total = 0;
  readonly #texts: string[] = [];
  /** Empty while there is one thread, for the names of one are all different. */
  readonly #byText = new Map<string, number>();
  /** What a name is told as, and 1 more. */
  readonly #told: number[] = [];
  readonly #threads: Known[] = [];
  readonly #names = new Int32Array(MAX_NAMES);
  readonly #times = new Float64Array(MAX_NAMES);
  readonly #places = new Float64Array(MAX_NAMES);

  /** Fills `words` and `size`. */
  read({ parts }: Tally): void {
    this.size = 0;
    for (let at = 0; at < parts.length; at += 1) this.#readPart(parts[at] as Part, at > 0);
    for (let at = 0; at < this.size; at += 1) this.words[at] = this.#wordOf(this.#names[at] as number);
  }

  #wordOf(name: number): number {
    if (this.#told[name] === 0) {
      this.total += 1;
      this.#told[name] = this.total;
    }
    return (this.#told[name] as number) - 1;
  }

  #readPart({ packed, row }: Part, more: boolean): void {
    const { starts, keys } = packed.names;
    const { numbers } = this.#knownOf(packed);
    const end = starts[row + 1] as number;
    for (let entry = starts[row] as number; entry < end; entry += 1) {
      const time = packed.nameTimes[entry] as number;
      const place = packed.namePlaces[entry] as number;
      const full = this.size === MAX_NAMES;
      if (full && time > (this.#times[MAX_NAMES - 1] as number)) continue;
      const key = keys[entry] as number;
      const name = (numbers[key] as number) - 1;
      this.#insert(name === -1 ? this.#meet(packed, numbers, key) : name, time, place, more);
    }
  }

  #knownOf(packed: PackedTallies): Known {
    for (const known of this.#threads) if (known.packed === packed) return known;
    if (this.#threads.length === 1) for (const [name, text] of this.#texts.entries()) this.#byText.set(text, name);
    const known = { packed, numbers: new Int32Array(packed.nameTexts.length) };
    this.#threads.push(known);
    return known;
  }

  #meet({ nameTexts }: PackedTallies, numbers: Int32Array, key: number): number {
    const text = nameTexts[key] as string;
    const isLone = this.#threads.length === 1;
    let name = isLone ? undefined : this.#byText.get(text);
    if (name === undefined) {
      name = this.#texts.length;
      if (!isLone) this.#byText.set(text, name);
      this.#texts.push(text);
      this.#told.push(0);
    }
    numbers[key] = name + 1;
    return name;
  }

  // Nearly all come in their order: the search begins at the end.
  #insert(name: number, time: number, place: number, more: boolean): void {
    const same = more ? this.#placeOf(name) : -1;
    if (same !== -1) {
      if (!this.#isBefore(name, time, place, same)) return;
      this.#remove(same);
    }
    let at = this.size;
    while (at > 0 && this.#isBefore(name, time, place, at - 1)) at -= 1;
    if (at === MAX_NAMES) return;
    const end = Math.min(this.size, MAX_NAMES - 1);
    for (let to = end; to > at; to -= 1) this.#move(to - 1, to);
    this.#names[at] = name;
    this.#times[at] = time;
    this.#places[at] = place;
    this.size = end + 1;
  }

  #placeOf(name: number): number {
    for (let at = 0; at < this.size; at += 1) if (this.#names[at] === name) return at;
    return -1;
  }

  #isBefore(name: number, time: number, place: number, at: number): boolean {
    const order = time - (this.#times[at] as number) || place - (this.#places[at] as number);
    if (order < 0 || order > 0) return order < 0;
    return (this.#texts[name] as string) < (this.#texts[this.#names[at] as number] as string);
  }

  #remove(from: number): void {
    for (let at = from + 1; at < this.size; at += 1) this.#move(at, at - 1);
    this.size -= 1;
  }

  #move(from: number, to: number): void {
    this.#names[to] = this.#names[from] as number;
    this.#times[to] = this.#times[from] as number;
    this.#places[to] = this.#places[from] as number;
  }
}
