// Hot path: once per line that has an IPv4 address.

/** For no address, and for one that got no number. */
export const NO_ADDRESS = -1;

const MOST = 1 << 20;
const FIRST_PLACES = 1 << 10; // a power of two, as all their numbers are
/** Looked at for one address. In a table that is half empty it is found long before; a sender who knows the table can't make us search. */
const MOST_PROBES = 256;

/**
 * Numbers the addresses of lines from 0 on, so that their texts are made once, and what is kept of them is looked up in flat
 * tables. Beyond a million of them there are no more numbers: their lines go the long way.
 */
export class AddressNames {
  readonly #texts: string[] = [];
  // Open hash table of IPv4 addresses: pairs of one (0: free) and its number.
  #places = new Int32Array(2 * FIRST_PLACES);
  #placed = 0;
  readonly #long = new Map<string, number>();

  /** The number of an IPv4 address, as a signed number of 32 bits that is not 0; NO_ADDRESS when there are no more. */
  of(value: number): number {
    const places = this.#places;
    const mask = places.length - 1;
    let at = placeOf(value) & mask;
    for (let probe = 0; probe < MOST_PROBES; probe += 1, at = (at + 2) & mask) {
      const found = places[at] as number;
      if (found === value) return places[at + 1] as number;
      if (found === 0) return this.#add(value, at);
    }
    return NO_ADDRESS;
  }

  /** The number of any other address, by its text. */
  ofText(text: string): number {
    const known = this.#long.get(text);
    if (known !== undefined) return known;
    const number = this.#number(text);
    if (number !== NO_ADDRESS) this.#long.set(text, number);
    return number;
  }

  textOf(number: number): string {
    return this.#texts[number] as string;
  }

  #add(value: number, at: number): number {
    const number = this.#number(addressText(value));
    if (number === NO_ADDRESS) return number;
    this.#places[at] = value;
    this.#places[at + 1] = number;
    this.#placed += 1;
    if (this.#placed * 4 > this.#places.length) this.#grow();
    return number;
  }

  #number(text: string): number {
    const number = this.#texts.length;
    if (number >= MOST) return NO_ADDRESS;
    this.#texts.push(text);
    return number;
  }

  #grow(): void {
    const before = this.#places;
    const places = new Int32Array(before.length * 2);
    const mask = places.length - 1;
    for (let from = 0; from < before.length; from += 2) {
      const value = before[from] as number;
      if (value === 0) continue;
      let at = placeOf(value) & mask;
      while (places[at] !== 0) at = (at + 2) & mask;
      places[at] = value;
      places[at + 1] = before[from + 1] as number;
    }
    this.#places = places;
  }
}

/** An IPv4 address, as a signed number of 32 bits, in its dotted form. */
export function addressText(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

// An even number, of which a table's mask takes what fits.
function placeOf(value: number): number {
  const mixed = Math.imul(value ^ (value >>> 16), 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) << 1;
}
