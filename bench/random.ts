/** Numbers that look random and are the same for the same seed (the mulberry32 generator, 32 bits of state). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number in [low, high]. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of `list`, which must not be empty. */
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)] as T;
  }

  /** `length` characters of `alphabet`. */
  text(length: number, alphabet: string): string {
    let out = '';
    for (let at = 0; at < length; at += 1) out += alphabet.charAt(Math.floor(this.next() * alphabet.length));
    return out;
  }
}

/** Draws ranks 0 to `size` - 1 with probability in proportion to 1 / (rank + 1) ** `exponent` (Zipf's law). */
export class Zipf {
  readonly #upTo: Float64Array; // running sums of the weights
  readonly #random: Random;

  constructor(random: Random, size: number, exponent = 1) {
    this.#random = random;
    this.#upTo = new Float64Array(size);
    let sum = 0;
    for (let rank = 0; rank < size; rank += 1) {
      sum += 1 / (rank + 1) ** exponent;
      this.#upTo[rank] = sum;
    }
  }

  next(): number {
    const size = this.#upTo.length;
    const wanted = this.#random.next() * (this.#upTo[size - 1] as number);
    let low = 0;
    let high = size - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#upTo[middle] as number) > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/**
 * `count` different addresses, three in a hundred IPv6. They lie in routed space, not in the documentation ranges: those
 * hold 768 IPv4 addresses, and a look-up of place and network must cost here what it costs on a real log.
 */
export function addresses(random: Random, count: number): string[] {
  const seen = new Set<string>();
  while (seen.size < count) seen.add(random.chance(0.03) ? ipv6(random) : ipv4(random));
  return [...seen];
}

function ipv4(random: Random): string {
  for (;;) {
    const a = random.between(1, 223);
    const b = random.between(0, 255);
    if (isReserved(a, b)) continue;
    return `${a}.${b}.${random.between(0, 255)}.${random.between(1, 254)}`;
  }
}

// The IPv4 blocks of RFC 6890, generously.
function isReserved(a: number, b: number): boolean {
  if (a === 10 || a === 127 || (a === 100 && b >= 64 && b < 128) || (a === 169 && b === 254)) return true;
  if (a === 172) return b >= 16 && b < 32;
  if (a === 192) return b === 0 || b === 88 || b === 168;
  return (a === 198 && (b === 18 || b === 19 || b === 51)) || (a === 203 && b === 0);
}

function ipv6(random: Random): string {
  const group = () => random.between(1, 0xffff).toString(16);
  return `2a${random.between(0, 15).toString(16).padStart(2, '0')}:${group()}:${group()}:${group()}::${group()}`;
}
