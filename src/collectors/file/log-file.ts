import type { FileHandle } from 'node:fs/promises';
import type { RawRecord } from '../../core/stages.ts';
import { type Cut, cutLines } from './cut.ts';
import { HEAD_BYTES, notText, readAt, sumOf, TAIL_BYTES } from './open-log.ts';
import type { Mark, PositionEntry } from './positions.ts';

/** The mark of a file that was not read yet. */
export const NOTHING_READ: Mark = { offset: 0, head: [0, ''], tail: '' };

/** How a part of a file is to be read. */
export interface ReadOrder {
  readonly bytes: number;
  readonly maxLine: number;
  readonly nowUs: number;
  /** Nothing will follow: what stands after the last line feed is a line. */
  readonly last: boolean;
}

/** What came of reading: lines, or the news that what was read before is not there any more, or that it is no text. */
export type ReadResult = Cut | 'rewritten' | 'no text';

/** One file, by its identity and not by its name, and how far it was read. */
export class LogFile {
  readonly key: string;
  /** A word for this content of this inode; another one after a truncation, and when the inode is used again. */
  born: string;
  readonly stream: string;
  path: string;
  /** Its path before rotation. */
  base: string;
  mark: Mark = NOTHING_READ;
  /** What it held before it was cut. */
  previous: Mark | null = null;
  size = 0;
  mtimeMs = 0;
  /** When it was last seen to grow. */
  grownMs: number;
  /** When it was last found at a path. */
  seenMs: number;
  /** The number of the scan that found it at a path. */
  seenScan = 0;
  /** Its place is another's now, or nobody's. */
  isAway = false;
  /** A copy of a file that we read: not read itself, until the other is cut. */
  copyOf: LogFile | null = null;
  /** The size at which a part of a line was left: until it grows there is nothing to read. */
  waitsAt = -1;
  /** The last line was longer than a usual read. */
  wantsMore = false;
  handle: FileHandle | null = null;

  constructor(key: string, born: string, stream: string, path: string, base: string, nowMs: number) {
    this.key = key;
    this.born = born;
    this.stream = stream;
    this.path = path;
    this.base = base;
    this.grownMs = nowMs;
    this.seenMs = nowMs;
  }

  get inode(): string {
    return this.key.slice(this.key.indexOf(':') + 1);
  }

  get hasMore(): boolean {
    return this.size > this.mark.offset && this.waitsAt !== this.size && this.copyOf === null;
  }

  /** What is kept of it. */
  entry(): PositionEntry {
    const { key, born, stream, path, mark, previous, seenMs } = this;
    return { key, born, stream, path, mark, previous, seenMs };
  }

  /** Reads on and adds lines as records. The file must be open. */
  async read({ bytes, maxLine, nowUs, last }: ReadOrder, into: RawRecord[]): Promise<ReadResult> {
    const handle = this.handle as FileHandle;
    const { offset, tail } = this.mark;
    const before = Math.min(offset, TAIL_BYTES);
    const start = offset - before;
    const wanted = Math.min(this.wantsMore ? maxLine + 1 : bytes, this.size - offset);
    const chunk = await readAt(handle, start, before + wanted);
    // What stands before is read again: who cuts a file, or writes it anew, is found out however much it has grown since.
    if (chunk.length < before || (before > 0 && sumOf(chunk.subarray(0, before)) !== tail)) return 'rewritten';
    if (offset === 0 && notText(chunk) !== null) return 'no text';
    const prefix = `${this.inode}.${this.born}:`;
    const atEnd = offset + chunk.length - before >= this.size;
    const cut = cutLines(
      chunk,
      before,
      { stream: this.stream, prefix, at: start, receivedAtUs: nowUs, maxLine },
      last && atEnd,
      into,
    );
    if (cut.end > before) await this.#advance(handle, chunk, start, cut.end);
    if (atEnd) this.waitsAt = this.size;
    this.wantsMore = cut.end === before && !atEnd;
    return cut;
  }

  async #advance(handle: FileHandle, chunk: Buffer, start: number, end: number): Promise<void> {
    const offset = start + end;
    let { head } = this.mark;
    const length = Math.min(offset, HEAD_BYTES);
    if (head[0] < length) {
      const first = start === 0 ? chunk.subarray(0, length) : await readAt(handle, 0, length);
      head = [first.length, sumOf(first)];
    }
    this.mark = { offset, head, tail: sumOf(chunk.subarray(Math.max(0, end - TAIL_BYTES), end)) };
  }

  /** True when the open file begins with what the mark knows and, as far as it reaches, has before the offset what the mark knows. */
  async holds({ head, offset, tail }: Mark): Promise<boolean> {
    if (!(await this.begins(head))) return false;
    const before = Math.min(offset, TAIL_BYTES);
    const bytes = await readAt(this.handle as FileHandle, offset - before, before);
    return bytes.length === before && (before === 0 || sumOf(bytes) === tail);
  }

  /** True when the open file begins with these bytes. */
  async begins([length, sum]: Mark['head']): Promise<boolean> {
    const bytes = await readAt(this.handle as FileHandle, 0, length);
    return bytes.length === length && (length === 0 || sumOf(bytes) === sum);
  }

  /** Goes on at an offset of the open file, where it is known again by what it holds now. */
  async moveTo(offset: number): Promise<void> {
    const handle = this.handle as FileHandle;
    const first = await readAt(handle, 0, Math.min(offset, HEAD_BYTES));
    const before = Math.min(offset, TAIL_BYTES);
    const tail = await readAt(handle, offset - before, before);
    this.mark = offset === 0 ? NOTHING_READ : { offset, head: [first.length, sumOf(first)], tail: sumOf(tail) };
    this.waitsAt = -1;
    this.wantsMore = false;
  }

  /** True when a line could begin at the offset of the open file. */
  async isLineStart(offset: number, maxLine: number): Promise<boolean> {
    if (offset === 0) return true;
    const [byte] = await readAt(this.handle as FileHandle, offset - 1, 1);
    return byte === 0x0a || (byte !== undefined && offset >= maxLine);
  }

  async close(): Promise<void> {
    const { handle } = this;
    this.handle = null;
    await handle?.close();
  }
}
