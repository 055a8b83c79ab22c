// Hot path: a few times per line of a web access log.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const CONTROLS = 0x20; // bytes below
const NONE = -1;
// Four bytes at once: does any of them equal the one, or lie below the other? (Warren, Hacker's Delight, "Find First 0-Byte")
const ONES = 0x01010101;
const HIGH = 0x80808080 | 0;
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;
const LOWEST = 0x20202020;

/** How much a `ByteTexts` holds. */
export interface ByteTextsSize {
  /** How many texts at most; a power of two. */
  readonly places: number;
  /** Of one text, a multiple of 4; longer ones are not remembered. */
  readonly maxBytes: number;
  /** Of all texts: when no more go in, all are forgotten. */
  readonly allBytes: number;
}

/**
 * Remembers what was made of quoted texts, by their bytes: a table of fixed size, where each place tells of the text that came
 * there last. Every byte is compared, so that no text is taken for another.
 */
export class ByteTexts<T> {
  /** Offset of the quote that closes the text that `find` was asked for last; -1 when none does, or too far away. */
  end = NONE;
  readonly #mask: number;
  readonly #maxBytes: number;
  readonly #texts: DataView; // one behind the other, in the order in which they came
  #textsEnd = 0;
  // Of each place: where its text begins, and its length.
  readonly #texted: Int32Array;
  readonly #values: (T | undefined)[];
  #start = 0;
  #hash = 0;

  constructor({ places, maxBytes, allBytes }: ByteTextsSize) {
    this.#mask = places - 1;
    this.#maxBytes = maxBytes;
    this.#texts = new DataView(new ArrayBuffer(allBytes));
    this.#texted = new Int32Array(places * 2).fill(NONE);
    this.#values = new Array(places).fill(undefined);
  }

  /**
   * What is remembered of the text from `start` up to its closing quote, which no odd number of backslashes stands before.
   * Undefined when nothing is; then `end` says whether there is such a text, which holds no control characters.
   */
  find(view: DataView, start: number): T | undefined {
    this.#start = start;
    this.end = this.#scan(view, start);
    if (this.end === NONE) return undefined;
    const place = this.#place();
    return this.#isAt(view, place) ? this.#values[place] : undefined;
  }

  /** Remembers `value` for the text that `find` was asked for last, which the same `view` holds. */
  keep(view: DataView, value: T): void {
    const texts = this.#texts;
    const length = this.end - this.#start;
    if (this.#textsEnd + length > texts.byteLength) this.#forget();
    const place = this.#place();
    const from = this.#textsEnd;
    let at = 0;
    for (const last = length - 4; at <= last; at += 4)
      texts.setInt32(from + at, view.getInt32(this.#start + at, true), true);
    for (; at < length; at += 1) texts.setUint8(from + at, view.getUint8(this.#start + at));
    this.#textsEnd = from + length;
    this.#texted[place * 2] = from;
    this.#texted[place * 2 + 1] = length;
    this.#values[place] = value;
  }

  #forget(): void {
    this.#textsEnd = 0;
    this.#texted.fill(NONE);
    this.#values.fill(undefined);
  }

  #place(): number {
    return (this.#hash ^ (this.#hash >>> 15)) & this.#mask;
  }

  #scan(view: DataView, start: number): number {
    const last = Math.min(view.byteLength - 4, start + this.#maxBytes - 4);
    let hash = 17;
    let at = start;
    for (; at <= last; at += 4) {
      const word = view.getInt32(at, true);
      const quotes = word ^ QUOTES;
      const slashes = word ^ BACKSLASHES;
      const found = ((quotes - ONES) & ~quotes) | ((slashes - ONES) & ~slashes) | ((word - LOWEST) & ~word);
      if ((found & HIGH) !== 0) break;
      hash = Math.imul(hash ^ word, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return this.#scanBytes(view, at, hash);
  }

  // The rest, byte by byte: its end, or what is escaped.
  #scanBytes(view: DataView, from: number, begun: number): number {
    const limit = Math.min(view.byteLength, this.#start + this.#maxBytes);
    let hash = begun;
    let at = from;
    let escaped = false;
    for (; at < limit; at += 1) {
      const code = view.getUint8(at);
      if (code < CONTROLS) return NONE;
      if (code === QUOTE && !escaped) break;
      escaped = code === BACKSLASH && !escaped;
      hash = Math.imul(hash ^ code, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    this.#hash = hash;
    return at < limit ? at : NONE;
  }

  #isAt(view: DataView, place: number): boolean {
    const length = this.end - this.#start;
    if (this.#texted[place * 2 + 1] !== length) return false;
    const texts = this.#texts;
    let from = this.#texted[place * 2] as number;
    let at = this.#start;
    for (const last = this.end - 4; at <= last; at += 4, from += 4)
      if (view.getInt32(at, true) !== texts.getInt32(from, true)) return false;
    for (; at < this.end; at += 1, from += 1) if (view.getUint8(at) !== texts.getUint8(from)) return false;
    return true;
  }
}
