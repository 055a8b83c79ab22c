/** Reads bits, most significant first. Past the end it reads zeros and says so in `overrun`, so that no loop must ask. */
export class BitReader {
  #bytes: Buffer;
  #next = 0;
  #held = 0; // the low `#count` bits are not read yet
  #count = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Looks at the next `count` bits, up to 24. */
  peek(count: number): number {
    while (this.#count < count) {
      this.#held = (this.#held << 8) | (this.#bytes[this.#next++] ?? 0);
      this.#count += 8;
    }
    return (this.#held >>> (this.#count - count)) & ((1 << count) - 1);
  }

  /** Moves on over bits that were looked at. */
  drop(count: number): void {
    this.#count -= count;
  }

  /** Reads up to 24 bits. */
  read(count: number): number {
    const value = this.peek(count);
    this.#count -= count;
    return value;
  }

  /** Reads 32 bits as an unsigned number. */
  readWord(): number {
    return this.read(16) * 65536 + this.read(16);
  }

  /** Moves on to the next whole byte. */
  align(): void {
    this.#count -= this.#count % 8;
  }

  /** Whole bytes left. */
  get bytesLeft(): number {
    return this.#bytes.length - this.#next + (this.#count >>> 3);
  }

  get overrun(): boolean {
    return this.bytesLeft < 0;
  }

  /** Appends bytes, letting go of those that were read. */
  append(pieces: readonly Buffer[]): void {
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#next), ...pieces]);
    this.#next = 0;
  }
}
