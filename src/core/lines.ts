import { isAscii } from 'node:buffer';

// Hot path: once per block of about 1 MiB, and once per line inside.

const NEWLINE = 0x0a;
const LINE_END = Buffer.of(NEWLINE);
const NOTHING = Buffer.alloc(0);
/** Bytes of one line that are kept; what follows, up to the line's end, is dropped and told by who reads them. */
export const MAX_LINE_BYTES = 1_048_576;

/** Text of log bytes. Bytes that are not UTF-8 become U+FFFD; pure ASCII takes the short way. */
export function decodeText(bytes: Buffer): string {
  return isAscii(bytes) ? bytes.toString('latin1') : bytes.toString('utf8');
}

/** Calls `onLine` for each line of a text that ends at a line's end (or at the end of the input). Returns the next number. */
export function eachLine(text: string, first: number, onLine: (line: string, number: number) => void): number {
  let number = first;
  let at = 0;
  while (at < text.length) {
    let end = text.indexOf('\n', at);
    if (end === -1) end = text.length;
    onLine(text.slice(at, end), number);
    number += 1;
    at = end + 1;
  }
  return number;
}

/**
 * Cuts a stream of blocks into pieces that end at a line's end, whatever the blocks are. A line longer than
 * MAX_LINE_BYTES is cut there; who reads its pieces can tell by their length.
 */
export class LineBlocks {
  readonly #onBlock: (block: Buffer) => void;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #skipping = false;

  constructor(onBlock: (block: Buffer) => void) {
    this.#onBlock = onBlock;
  }

  push(block: Buffer): void {
    let bytes = block;
    if (this.#skipping) {
      const end = bytes.indexOf(NEWLINE);
      if (end === -1) return;
      this.#skipping = false;
      bytes = bytes.subarray(end + 1);
    }
    const last = bytes.lastIndexOf(NEWLINE);
    if (last === -1) {
      this.#keep(bytes);
      return;
    }
    this.#flush(bytes.subarray(0, last + 1));
    this.#keep(bytes.subarray(last + 1));
  }

  end(): void {
    if (this.#restBytes > 0) this.#giveRest(NOTHING);
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#rest.push(Buffer.from(bytes)); // a copy: readers reuse their block
    this.#restBytes += bytes.length;
    if (this.#restBytes <= MAX_LINE_BYTES) return;
    this.#skipping = true;
    this.#giveRest(NOTHING);
  }

  #flush(bytes: Buffer): void {
    if (this.#restBytes === 0) {
      this.#onBlock(bytes);
      return;
    }
    const end = bytes.indexOf(NEWLINE) + 1;
    this.#giveRest(bytes.subarray(0, end));
    if (end < bytes.length) this.#onBlock(bytes.subarray(end));
  }

  // The line that went on from block to block, and ends with these bytes.
  #giveRest(end: Buffer): void {
    let line = Buffer.concat([...this.#rest, end]);
    this.#rest = [];
    this.#restBytes = 0;
    const length = line.at(-1) === NEWLINE ? line.length - 1 : line.length;
    if (length > MAX_LINE_BYTES) line = Buffer.concat([line.subarray(0, MAX_LINE_BYTES), LINE_END]);
    this.#onBlock(line);
  }
}
