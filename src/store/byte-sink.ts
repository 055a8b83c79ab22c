// Hot path: some twenty texts for each row.

const FEW = 40; // up to so many characters a loop beats the call into the runtime (measured on Node 20)
const MAX_TEXT_BYTES = 3; // of one UTF-16 unit in UTF-8

/** Bytes that grow, in ClickHouse's RowBinary: numbers little-endian, texts as LEB128 length and UTF-8. */
export class ByteSink {
  /** Bytes written so far. */
  at = 0;
  #bytes: Buffer;
  #view: DataView;

  /** `size`: bytes to begin with. */
  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafeSlow(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Makes room for so many bytes more. */
  reserve(more: number): void {
    const needed = this.at + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  // The numbers below are written where `reserve` made room.

  u8(value: number): void {
    this.#bytes[this.at++] = value;
  }

  u16(value: number): void {
    this.#view.setUint16(this.at, value, true);
    this.at += 2;
  }

  u32(value: number): void {
    this.#view.setUint32(this.at, value, true);
    this.at += 4;
  }

  /** A whole number from 0 to 2^53 - 1 in eight bytes. */
  u64(value: number): void {
    const high = Math.floor(value / 4_294_967_296);
    this.#view.setUint32(this.at, value - high * 4_294_967_296, true);
    this.#view.setUint32(this.at + 4, high, true);
    this.at += 8;
  }

  /** An address in sixteen bytes, IPv4 as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2). `words` and `version` as `readIp` gives them; 0 is `::`. */
  ip(version: 0 | 4 | 6, words: Uint32Array): void {
    const view = this.#view;
    const { at } = this;
    const isLong = version === 6;
    view.setUint32(at, isLong ? (words[0] as number) : 0);
    view.setUint32(at + 4, isLong ? (words[1] as number) : 0);
    if (isLong) view.setUint32(at + 8, words[2] as number);
    else view.setUint32(at + 8, version === 4 ? 0xffff : 0);
    if (isLong) view.setUint32(at + 12, words[3] as number);
    else view.setUint32(at + 12, version === 4 ? (words[0] as number) : 0);
    this.at = at + 16;
  }

  /** A length or count (LEB128). Makes its own room. */
  varint(value: number): void {
    this.reserve(8);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) this.#bytes[this.at++] = (rest & 0x7f) | 0x80;
    this.#bytes[this.at++] = rest;
  }

  /** A text. Makes its own room. Lone surrogates become U+FFFD, as UTF-8 has none. */
  text(value: string): void {
    const { length } = value;
    this.reserve(length * MAX_TEXT_BYTES + 8);
    if (length <= FEW && this.#ascii(value, length)) return;
    const start = this.at;
    const room = varintBytes(length); // right unless the text is not ASCII
    const bytes = this.#bytes.write(value, start + room, 'utf8');
    const needed = varintBytes(bytes);
    if (needed !== room) this.#bytes.copyWithin(start + needed, start + room, start + room + bytes);
    this.varint(bytes);
    this.at += bytes;
  }

  #ascii(value: string, length: number): boolean {
    const bytes = this.#bytes;
    const start = this.at;
    for (let index = 0; index < length; index += 1) {
      const code = value.charCodeAt(index);
      if (code >= 0x80) return false;
      bytes[start + 1 + index] = code;
    }
    bytes[start] = length; // FEW < 128
    this.at = start + 1 + length;
    return true;
  }

  /** What another sink holds. Makes its own room. */
  append(other: ByteSink): void {
    this.reserve(other.at);
    this.#bytes.set(other.#bytes.subarray(0, other.at), this.at);
    this.at += other.at;
  }

  /** All that was written, a view until the next write after `clear`. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.at);
  }

  /** Hands over what was written and begins anew. A sink that one batch made huge goes back to `size`. */
  take(size: number): Buffer {
    const taken = this.bytes();
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(size, 1024));
    this.#view = new DataView(this.#bytes.buffer);
    this.at = 0;
    return taken;
  }

  clear(): void {
    this.at = 0;
  }
}

function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  return value < 0x20_0000 ? 3 : 4 + Number(value >= 0x1000_0000);
}
