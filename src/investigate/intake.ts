import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Utf8Blocks, utf16Of } from '../core/encoding.ts';
import { decodeText, LineBlocks } from '../core/lines.ts';
import type { Zone } from '../core/zone.ts';
import { Census, type InputYears, type YearMark } from '../decode/census.ts';
import type { Dispatch } from '../decode/dispatch.ts';
import { HEAD_BYTES, headLines } from '../decode/read-events.ts';
import { type Input, notALog } from '../evidence/index.ts';
import type { Piece } from './piece.ts';

const PIECE_BYTES = 4 * 2 ** 20;
const SAMPLE_STEP = 65_536;
const SAMPLE_BYTES = 8192;
/** Read at a time for the hash: this thread reads lines between, and must not fall behind. */
const HASH_BYTES = 8 * 2 ** 20;
const NEWLINE = 0x0a;
/** Content of an archive's member that is held until its end is seen, because the year is told from the end. */
const HELD_BYTES = 64 * 2 ** 20;

export type PieceBody = Omit<Piece, 'task'>;

/** What an input turned out to be. */
export interface Intake {
  readonly pieces: AsyncIterable<PieceBody> | Iterable<PieceBody>;
  /** Bytes of content, and the SHA-256 of it; complete when `pieces` is used up and `hashed` has resolved. */
  hashed(): Promise<{ readonly size: number; readonly sha256: string }>;
  /** Why the content is no log, once `pieces` is used up; null when it was read. */
  unread(): string | null;
}

interface Reading {
  readonly dispatch: Dispatch;
  readonly zone: Zone;
  /** The instant that no stamp without a year lies after, in any input; null: each input's mtime, else the present. */
  readonly endMs: number | null;
  readonly presentMs: number;
  readonly stopped: () => boolean;
}

/** Cuts an input into pieces that threads can read. A file on disk is read by them; anything else passes through here. */
export function takeIn(input: Input, reading: Reading): Intake {
  if (input.plainFile !== null && input.size !== null && input.size > PIECE_BYTES)
    return takeFile(input, input.plainFile, input.size, reading);
  return takeStream(input, reading);
}

/** Formats in which lines belong together, or binary ones, are read by one reader from beginning to end. */
function isWhole(head: Buffer, path: string, dispatch: Dispatch): boolean {
  const lines = headLines(head);
  return dispatch.records.some(
    (parser) => parser.accepts?.(path, lines) === true || lines.slice(0, 50).some((line) => parser.claims(line)),
  );
}

function endOf({ mtimeMs }: Input, { endMs, presentMs }: Reading): number {
  return endMs ?? mtimeMs ?? presentMs;
}

function binaryName(head: Buffer, size: number, path: string, dispatch: Dispatch): string | null {
  return dispatch.binaries.find((parser) => parser.accepts(head, size, path))?.name ?? null;
}

function takeFile(input: Input, path: string, size: number, reading: Reading): Intake {
  const { dispatch, zone } = reading;
  const handle = openSync(path, 'r');
  try {
    const head = readAt(handle, 0, HEAD_BYTES);
    const binary = binaryName(head, size, input.path, dispatch);
    if (utf16Of(head) !== null) return takeStream(input, reading);
    const unread = binary === null ? notALog(head) : null;
    if (unread !== null) return { pieces: [], unread: () => unread, hashed: () => hashFile(path, reading.stopped) };
    const whole = binary !== null || isWhole(head, input.path, dispatch);
    const census = new Census();
    const cuts = whole ? [{ offset: 0, mark: null }] : sampleCuts(handle, size, census);
    if (whole) sampleCuts(handle, size, census);
    const years = census.years(endOf(input, reading), zone);
    const pieces = cuts.map(({ offset, mark }, at) => {
      const end = cuts[at + 1]?.offset ?? size;
      const file = { path, offset, length: end - offset };
      return { path: input.path, bytes: null, file, binary, years, mark, head: whole ? headLines(head) : null };
    });
    return { pieces, unread: () => null, hashed: () => hashFile(path, reading.stopped) };
  } finally {
    closeSync(handle);
  }
}

// Looks at a line every 64 KiB for the census, and cuts at a line's beginning every 4 MiB.
function sampleCuts(handle: number, size: number, census: Census): { offset: number; mark: YearMark | null }[] {
  const cuts: { offset: number; mark: YearMark | null }[] = [{ offset: 0, mark: null }];
  const sample = Buffer.allocUnsafe(SAMPLE_BYTES);
  let next = PIECE_BYTES;
  for (let at = 0; at < size; at += SAMPLE_STEP) {
    const read = readSync(handle, sample, 0, SAMPLE_BYTES, at);
    const newline = at === 0 ? -1 : sample.subarray(0, read).indexOf(NEWLINE);
    if (at > 0 && newline === -1) continue;
    const start = newline + 1;
    if (at + start >= next) {
      cuts.push({ offset: at + start, mark: census.mark() });
      next = at + PIECE_BYTES;
    }
    census.pushLine(sample.subarray(start, Math.min(read, start + 64)));
  }
  return cuts;
}

function readAt(handle: number, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  return bytes.subarray(0, readSync(handle, bytes, 0, length, at));
}

async function hashFile(path: string, stopped: () => boolean): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(HASH_BYTES);
  const handle = await open(path, 'r');
  try {
    for (let size = 0; ; ) {
      const { bytesRead } = await handle.read(block, 0, HASH_BYTES, size);
      if (bytesRead === 0) return { size, sha256: hash.digest('hex') };
      if (stopped()) return { size, sha256: '' };
      hash.update(block.subarray(0, bytesRead));
      size += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

function takeStream(input: Input, reading: Reading): Intake {
  const hash = createHash('sha256');
  let size = 0;
  let ended: (result: { size: number; sha256: string }) => void;
  const done = new Promise<{ size: number; sha256: string }>((resolve) => {
    ended = resolve;
  });
  const stream = new StreamCutter(input, reading);
  async function* read(): AsyncGenerator<PieceBody> {
    try {
      for await (const block of input.open()) {
        if (reading.stopped()) break; // what is held is still read
        hash.update(block);
        size += block.length;
        stream.push(block);
        if (stream.heldBytes > HELD_BYTES && !stream.whole) yield* stream.release();
      }
      yield* stream.finish();
    } finally {
      ended({ size, sha256: reading.stopped() ? '' : hash.digest('hex') });
    }
  }
  return { pieces: read(), unread: () => stream.unread, hashed: () => done };
}

/** Gathers a stream into pieces of whole lines. */
class StreamCutter {
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
