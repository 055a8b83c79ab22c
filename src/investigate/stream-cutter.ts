import { Utf8Blocks } from '../core/encoding.ts';
import { decodeText, LineBlocks } from '../core/lines.ts';
import { Census, type InputYears, type YearMark } from '../decode/census.ts';
import { HEAD_BYTES } from '../decode/read-events.ts';
import { type Input, notALog } from '../evidence/index.ts';
import { binaryName, endOf, isWhole, PIECE_BYTES, type PieceBody, type Reading } from './reading.ts';

/** Gathers a stream into pieces of whole lines. */
export class StreamCutter {
  heldBytes = 0;
  /** True for a format that one reader must read from beginning to end. */
  whole = false;
  /** Why the content is no log; null when it may be one. */
  unread: string | null = null;
  readonly #text = new Utf8Blocks();
  readonly #input: Input;
  readonly #reading: Reading;
  readonly #census = new Census();
  readonly #lines: LineBlocks;
  #head = Buffer.alloc(0);
  #blocks: Buffer[] = [];
  #pieces: { bytes: Buffer; mark: YearMark | null }[] = [];
  #blockBytes = 0;
  #mark: YearMark | null = null;
  #raw: Buffer[] = []; // as it came, for binary formats, which have no lines
  #binary: boolean | null = null;
  #years: InputYears | null = null;

  constructor(input: Input, reading: Reading) {
    this.#input = input;
    this.#reading = reading;
    this.#lines = new LineBlocks((block) => this.#take(block));
  }

  push(block: Buffer): void {
    this.heldBytes += block.length;
    const own = Buffer.from(this.#text.take(block)); // a copy: the container's reader reuses its block
    if (this.#binary === null) {
      this.#raw.push(own);
      this.#head = Buffer.concat([this.#head, own.subarray(0, Math.max(0, HEAD_BYTES - this.#head.length))]);
      if (this.heldBytes < HEAD_BYTES) return;
      this.#settle();
    } else if (this.unread !== null) return;
    else if (this.#binary) this.#raw.push(own);
    else this.#lines.push(own);
  }

  #settle(): void {
    const size = this.#input.size ?? Number.NaN;
    const { dispatch } = this.#reading;
    const known = Number.isNaN(size) ? this.heldBytes : size;
    this.#binary = binaryName(this.#head, known, this.#input.path, dispatch) !== null;
    this.unread = this.#binary ? null : notALog(this.#head);
    this.whole = this.#binary || isWhole(this.#head, this.#input.path, dispatch);
    if (this.#binary || this.unread !== null) return;
    const raw = this.#raw;
    this.#raw = [];
    for (const block of raw) this.#lines.push(block);
  }

  #take(block: Buffer): void {
    this.#census.push(block);
    this.#blocks.push(block);
    this.#blockBytes += block.length;
    if (this.#blockBytes >= PIECE_BYTES && !this.whole) this.#close();
  }

  #close(): void {
    if (this.#blockBytes === 0) return;
    this.#pieces.push({ bytes: Buffer.concat(this.#blocks), mark: this.#mark });
    this.#mark = this.#census.mark();
    this.#blocks = [];
    this.#blockBytes = 0;
  }

  /** What is held, before the end is seen: its years are told from what was seen so far. */
  *release(): Generator<PieceBody> {
    this.#years ??= this.#census.years(endOf(this.#input, this.#reading), this.#reading.zone);
    const years = this.#years;
    for (const { bytes, mark } of this.#pieces) {
      this.heldBytes -= bytes.length;
      yield { path: this.#input.path, bytes, file: null, binary: null, years, mark, head: null };
    }
    this.#pieces = [];
  }

  *finish(): Generator<PieceBody> {
    if (this.#binary === null) this.#settle();
    if (this.unread !== null) return;
    const { path } = this.#input;
    if (this.#binary) {
      const bytes = Buffer.concat(this.#raw);
      const binary = binaryName(bytes.subarray(0, HEAD_BYTES), bytes.length, path, this.#reading.dispatch);
      const years = this.#census.years(endOf(this.#input, this.#reading), this.#reading.zone);
      yield { path, bytes, file: null, binary, years, mark: null, head: null };
      return;
    }
    this.#lines.end();
    const first = this.#years === null && this.#pieces.length === 0;
    this.#close();
    const head = first ? decodeText(this.#head).split('\n', 200) : null;
    for (const body of this.release()) yield { ...body, head };
  }
}
