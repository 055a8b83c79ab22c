// Hot path: once per line.

/** Bytes of the key. */
export const KEY_BYTES = 8;

/**
 * HalfSipHash-1-3 with 64 bits of output (Aumasson and Bernstein; as in Linux's lib/siphash.c). Who writes log lines does not know
 * the key, so they cannot make two lines that pass for one. Two of a million honest lines do with a chance below one in ten million.
 */
export class KeyedHash {
  /** The result of `of`: 32 bits each. */
  high = 0;
  low = 0;
  readonly #k0: number;
  readonly #k1: number;

  /** `key`: 8 random bytes. */
  constructor(key: Uint8Array) {
    const view = new DataView(key.buffer, key.byteOffset, KEY_BYTES);
    this.#k0 = view.getInt32(0, true);
    this.#k1 = view.getInt32(4, true);
  }

  /** Hashes `bytes` from one place up to, not with, another, into `high` and `low`. */
  of(bytes: Uint8Array, from: number, to: number): void {
    let v0 = this.#k0;
    let v1 = this.#k1 ^ 0xee;
    let v2 = 0x6c796765 ^ this.#k0;
    let v3 = 0x74656462 ^ this.#k1;
    const whole = to - ((to - from) & 3);
    for (let at = from; at <= whole; at += 4) {
      const m = at < whole ? word(bytes, at) : ending(bytes, whole, to, to - from);
      v3 ^= m;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= m;
    }
    v2 ^= 0xee;
    for (let round = 0; round < 6; round += 1) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      if (round !== 2) continue;
      this.low = (v1 ^ v3) >>> 0;
      v1 ^= 0xdd;
    }
    this.high = (v1 ^ v3) >>> 0;
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

// What is left of less than a word, with the length above it.
function ending(bytes: Uint8Array, at: number, to: number, length: number): number {
  let last = length << 24;
  for (let rest = to - 1; rest >= at; rest -= 1) last |= (bytes[rest] as number) << ((rest - at) * 8);
  return last;
}
