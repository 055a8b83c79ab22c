import { parseIp, textOfV6 } from '../core/ip.ts';

const MOST_ADDRESSES = 10_000;

interface Bucket {
  tokens: number;
  atMs: number;
}

/** So many requests a minute from one address (one /64 of IPv6). What it remembers is bounded. */
export class Allowance {
  readonly #perMinute: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** False when the address has used up what it may. */
  take(address: string, nowMs: number): boolean {
    const name = neighbourhoodOf(address);
    const before = this.#buckets.get(name) ?? { tokens: this.#perMinute, atMs: nowMs };
    const gained = (Math.max(0, nowMs - before.atMs) * this.#perMinute) / 60_000;
    const tokens = Math.min(this.#perMinute, before.tokens + gained);
    this.#buckets.delete(name); // who came last is forgotten last
    this.#buckets.set(name, { tokens: tokens < 1 ? tokens : tokens - 1, atMs: nowMs });
    if (this.#buckets.size > MOST_ADDRESSES) this.#buckets.delete(this.#buckets.keys().next().value ?? '');
    return tokens >= 1;
  }
}

/** Of an IPv6 address anybody has a whole /64. */
function neighbourhoodOf(address: string): string {
  const ip = parseIp(address);
  if (ip === null) return address;
  return ip.version === 4 ? ip.text : `${textOfV6([ip.words[0], ip.words[1], 0, 0])}/64`;
}
