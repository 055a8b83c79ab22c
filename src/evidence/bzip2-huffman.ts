import { AppError } from '../core/errors.ts';
import type { BitReader } from './bzip2-bits.ts';

const MAX_BITS = 20;
const FAST_BITS = 10;

/** One of a block's prefix codes, as tables to decode by. Codes are canonical: lengths alone define them. */
export class HuffmanTable {
  /** By the next 10 bits: symbol * 32 + code length, or 0 for a longer code. */
  readonly #fast = new Uint16Array(1 << FAST_BITS);
  /** By code length: the first code that is too large for it, shifted up to 20 bits. */
  readonly #limit = new Int32Array(MAX_BITS + 2);
  /** By code length: what turns a code into a place in `#symbols`. */
  readonly #offset = new Int32Array(MAX_BITS + 2);
  readonly #symbols: Uint16Array;

  constructor(lengths: Uint8Array) {
    this.#symbols = new Uint16Array(lengths.length);
    let code = 0;
    let place = 0;
    for (let bits = 1; bits <= MAX_BITS; bits++) {
      this.#offset[bits] = place - code;
      for (let symbol = 0; symbol < lengths.length; symbol++) {
        if (lengths[symbol] !== bits) continue;
        this.#symbols[place++] = symbol;
        if (bits <= FAST_BITS) this.#fill(code, bits, symbol);
        code++;
      }
      if (code > 1 << bits) throw new AppError('E_MALFORMED', 'bzip2 data has an impossible code');
      this.#limit[bits] = code << (MAX_BITS - bits);
      code <<= 1;
    }
  }

  /** The next symbol. Throws E_MALFORMED when the bits mean none. */
  next(bits: BitReader): number {
    const window = bits.peek(MAX_BITS);
    const fast = this.#fast[window >>> (MAX_BITS - FAST_BITS)] as number;
    if (fast !== 0) {
      bits.drop(fast & 31);
      return fast >>> 5;
    }
    for (let length = 1; length <= MAX_BITS; length++) {
      if (window >= (this.#limit[length] as number)) continue;
      bits.drop(length);
      return this.#symbols[(window >>> (MAX_BITS - length)) + (this.#offset[length] as number)] as number;
    }
    throw new AppError('E_MALFORMED', 'bzip2 data is damaged: a block has a code that means nothing');
  }

  #fill(code: number, bits: number, symbol: number): void {
    const begin = code << (FAST_BITS - bits);
    this.#fast.fill((symbol << 5) | bits, begin, begin + (1 << (FAST_BITS - bits)));
  }
}
