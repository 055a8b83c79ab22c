const SLOTS = 1 << 15;

/** Text of IPv4 addresses, one string for each: the same address gives the same string object while it is remembered. */
export class AddressNames {
  readonly #values = new Float64Array(SLOTS).fill(-1);
  readonly #names: string[] = new Array(SLOTS).fill('');

  /** `value`: the address as a number, 0 to 2^32-1. */
  of(value: number): string {
    const at = (Math.imul(value, 0x9e3779b1) >>> 17) & (SLOTS - 1);
    if (this.#values[at] === value) return this.#names[at] as string;
    const name = `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
    this.#values[at] = value;
    this.#names[at] = name;
    return name;
  }
}
