/** Bytes of something unfinished. They are copied in, so that a short rest does not keep the large buffer alive that it came in. */
export class HeldBytes {
  #buffer = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds bytes. However small the pieces, each byte is copied a bounded number of times. */
  append(bytes: Buffer): void {
    const length = this.#length + bytes.length;
    if (length > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#length, 256));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    bytes.copy(this.#buffer, this.#length);
    this.#length = length;
  }

  /** All that is held, and it is not held any more. The caller owns the buffer. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#length);
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
    return taken;
  }

  /** As `take`, with what came after it. */
  takeWith(bytes: Buffer): Buffer {
    if (this.#length === 0) return bytes;
    if (this.#length + bytes.length <= this.#buffer.length) {
      this.append(bytes);
      return this.take();
    }
    const whole = Buffer.allocUnsafeSlow(this.#length + bytes.length);
    this.#buffer.copy(whole, 0, 0, this.#length);
    bytes.copy(whole, this.#length);
    this.take();
    return whole;
  }
}
