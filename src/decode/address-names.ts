const SLOTS = 1 << 18;

/** An address that came in a line. The same address gives the same object while it is remembered. */
export interface KnownAddress {
  /** An IPv4 address as a signed number of 32 bits; 0 for one of IPv6. */
  readonly value: number;
  readonly text: string;
  /** Room for what a reader of many events keeps of this address, and who that is; null until then. */
  memo: unknown;
  keeper: object | null;
}

/**
 * Remembers the IPv4 addresses of lines, so that their texts are made, and what is kept of them is looked up, once. A table of
 * fixed size, in which two addresses share two places: the one that came last stands first.
 */
export class AddressNames {
  readonly #known: (KnownAddress | undefined)[] = new Array(SLOTS).fill(undefined);

  /** `value`: the address as a signed number of 32 bits. */
  of(value: number): KnownAddress {
    const at = (Math.imul(value, 0x9e3779b1) >>> 15) << 1;
    const known = this.#known[at];
    return known !== undefined && known.value === value ? known : this.#second(value, at, known);
  }

  #second(value: number, at: number, first: KnownAddress | undefined): KnownAddress {
    const second = this.#known[at + 1];
    this.#known[at + 1] = first;
    const found = second !== undefined && second.value === value ? second : known(value);
    this.#known[at] = found;
    return found;
  }
}

function known(value: number): KnownAddress {
  const text = `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
  return { value, text, memo: null, keeper: null };
}
