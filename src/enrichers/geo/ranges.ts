import { type Ip, readIp } from '../../core/ip.ts';

const COMMA = 44;
const DOT = 46;
const HASH = 35;
const NEWLINE = 10;
const ZERO = 48;
const NINE = 57;

/** Sign of a - b; both of `length` words, most significant first. */
function compare(a: Uint32Array, b: Uint32Array, length: number): number {
  for (let at = 0; at < length; at++) {
    const difference = (a[at] as number) - (b[at] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * A text file of lines `first,last,rest`, sorted by first address, of one family: addresses dotted, as IPv6 text or
 * (IPv4 only) as whole numbers; lines with # at the head of the file are skipped. It is searched where it lies, by
 * halves: nothing is parsed on opening, and a look-up reads about twenty lines.
 */
export class RangeFile {
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #read = new Uint32Array(4);
  readonly #sought = new Uint32Array(4);

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    let start = 0;
    while (bytes[start] === HASH) start = this.#lineAfter(start);
    this.#start = start;
  }

  /** What stands behind the range that holds the address, or null. The address must be of the file's family. */
  find(ip: Ip): string | null {
    const width = ip.version === 4 ? 1 : 4;
    this.#sought.set(ip.version === 4 ? [ip.value] : ip.words);
    const line = this.#lastFrom(width);
    if (line < 0) return null;
    const second = this.#bytes.indexOf(COMMA, line) + 1;
    const end = this.#readAddress(second);
    if (end < 0 || compare(this.#read, this.#sought, width) < 0) return null;
    return this.#bytes.toString('utf8', end + 1, this.#lineAfter(end)).trimEnd();
  }

  /** Where the last line begins whose first address is not after the one sought, or -1. */
  #lastFrom(width: number): number {
    let found = -1;
    let low = this.#start;
    let high = this.#bytes.length;
    while (low < high) {
      const line = this.#lineOf((low + high) >>> 1, low);
      const comma = this.#readAddress(line);
      if (comma >= 0 && compare(this.#read, this.#sought, width) <= 0) {
        found = line;
        low = this.#lineAfter(line);
      } else {
        high = line;
      }
    }
    return found;
  }

  /** Reads the address that ends at the next comma. Gives where that is, or -1 when there is none or no address. */
  #readAddress(at: number): number {
    const end = this.#readV4(at);
    if (end >= 0) return end;
    const comma = this.#bytes.indexOf(COMMA, at);
    const text = comma < 0 ? '' : this.#bytes.toString('latin1', at, comma);
    return readIp(text, this.#read) === 0 ? -1 : comma;
  }

  /** The same for dotted quads and whole numbers, straight from the bytes; -1 for all else. */
  #readV4(start: number): number {
    let quads = 0;
    let number = 0;
    for (let at = start; at < this.#bytes.length; at++) {
      const code = this.#bytes[at] as number;
      if (code >= ZERO && code <= NINE) {
        number = number * 10 + code - ZERO;
      } else if (code === DOT) {
        quads = quads * 256 + number;
        number = 0;
      } else {
        this.#read[0] = quads * 256 + number;
        return code === COMMA && at > start ? at : -1;
      }
    }
    return -1;
  }

  #lineOf(at: number, floor: number): number {
    let start = at;
    while (start > floor && this.#bytes[start - 1] !== NEWLINE) start--;
    return start;
  }

  #lineAfter(at: number): number {
    const end = this.#bytes.indexOf(NEWLINE, at);
    return end < 0 ? this.#bytes.length : end + 1;
  }
}
