// Hot path: runs for each line of each request. No closure or promise for a line.
import type { RawRecord } from '../../core/stages.ts';
import { Refusal } from './problem.ts';

const LINE_FEED = 0x0a;

/** What the records of one request have in common. */
export interface LineOrigin {
  readonly stream: string;
  readonly via: string;
  readonly peer: string;
  /** The longest line, bytes. */
  readonly maxLine: number;
}

/** Makes a record of each line of a body that comes in pieces. Empty lines are no records. */
export class BodyLines {
  readonly #origin: LineOrigin;
  #records: RawRecord[] = [];
  #bytes = 0;
  #open: Buffer[] = [];
  #openBytes = 0;

  constructor(origin: LineOrigin) {
    this.#origin = origin;
  }

  /** Payload bytes that wait to be taken. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Records that wait to be taken. */
  get count(): number {
    return this.#records.length;
  }

  /** Takes a piece, which must not change any more. Throws a Refusal (413) for a line that is too long. */
  push(piece: Buffer, receivedAtUs: number): void {
    let from = 0;
    for (let feed = piece.indexOf(LINE_FEED); feed !== -1; feed = piece.indexOf(LINE_FEED, from)) {
      this.#check(feed - from);
      const part = piece.subarray(from, feed);
      if (this.#openBytes > 0) this.#close(part, receivedAtUs);
      else if (part.length > 0) this.#add(part, receivedAtUs);
      from = feed + 1;
    }
    if (from === piece.length) return;
    this.#check(piece.length - from);
    this.#open.push(piece.subarray(from));
    this.#openBytes += piece.length - from;
  }

  /** The last line needs no line feed. */
  end(receivedAtUs: number): void {
    if (this.#openBytes > 0) this.#close(Buffer.alloc(0), receivedAtUs);
  }

  /** The records so far. */
  take(): RawRecord[] {
    const records = this.#records;
    this.#records = [];
    this.#bytes = 0;
    return records;
  }

  #check(more: number): void {
    const { maxLine } = this.#origin;
    if (this.#openBytes + more > maxLine)
      throw new Refusal(
        413,
        'line_too_long',
        `a line is longer than ${maxLine} bytes: cut it, or raise "maxLineBytes"`,
      );
  }

  #close(part: Buffer, receivedAtUs: number): void {
    this.#add(Buffer.concat([...this.#open, part]), receivedAtUs);
    this.#open = [];
    this.#openBytes = 0;
  }

  #add(bytes: Buffer, receivedAtUs: number): void {
    const { stream, via, peer } = this.#origin;
    this.#records.push({ stream, bytes, receivedAtUs, via, peer });
    this.#bytes += bytes.length;
  }
}
