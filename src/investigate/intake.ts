import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { utf16Of } from '../core/encoding.ts';
import { Census } from '../decode/census.ts';
import { HEAD_BYTES, headLines } from '../decode/read-events.ts';
import { type Input, notALog } from '../evidence/index.ts';
import { hashFile } from './file-hash.ts';
import { ReadAhead } from './read-ahead.ts';
import { binaryName, endOf, isWhole, PIECE_BYTES, type PieceBody, type Reading } from './reading.ts';
import { type Content, type Sum, TwinFilter } from './same-content.ts';
import { sampleCuts } from './sample-cuts.ts';
import { StreamCutter } from './stream-cutter.ts';

/** Files of this length are hashed by a thread of their own, while others read their lines; to start it for less is not worth it. */
const LONG_BYTES = 128 * 2 ** 20;
/** Content of an archive's member that is held until its end is seen, because the year is told from the end. */
const HELD_BYTES = 64 * 2 ** 20;

/** What an input turned out to be. */
export interface Intake {
  readonly pieces: AsyncIterable<PieceBody>;
  /** Bytes of content, and the SHA-256 of it; complete when `pieces` is used up and this has resolved. */
  hashed(): Promise<Sum>;
  /** Why the content is no log, or is not read again, once `pieces` is used up; null when it was read. */
  unread(): string | null;
  /** To be called when no more of `pieces` is read. */
  leave(): void;
  /** How the content changed while it was read, once all pieces of it were; null when it did not. */
  changed(sum: Sum): string | null;
}

/** Cuts an input into pieces that threads can read. A file on disk is read by them; anything else passes through here. */
export function takeIn(input: Input, reading: Reading): Intake {
  if (input.plainFile !== null && input.size !== null && input.size > PIECE_BYTES) {
    const handle = openSync(input.plainFile, 'r');
    try {
      const head = readAt(handle, 0, HEAD_BYTES);
      if (utf16Of(head) === null) return takeFile(input, input.plainFile, input.size, head, reading);
    } finally {
      closeSync(handle);
    }
  }
  return takeStream(input, reading);
}

const copyOf = (path: string) => `the same content as ${path}`;

function takeFile(input: Input, file: string, size: number, head: Buffer, reading: Reading): Intake {
  const { dispatch, known } = reading;
  let ahead: ReadAhead | null = null;
  let summing: Promise<Sum> | null = null;
  const sum = () => {
    summing ??= size >= LONG_BYTES ? hashAside(file, size, reading) : hashFile(file, size, reading.stopped);
    return summing;
  };
  const binary = binaryName(head, size, input.path, dispatch);
  let unread = binary === null ? notALog(head) : null;
  async function* read(): AsyncGenerator<PieceBody> {
    if (unread !== null) return;
    const content: Content = { path: input.path, head, size, file, sum };
    const twin = await known.twinOf(content);
    if (twin !== null) unread = copyOf(twin);
    else {
      await known.add(content);
      if (summing === null && size >= LONG_BYTES && reading.isAlone(size)) {
        ahead = new ReadAhead(file, size, reading.stopped);
        summing = ahead.sum;
      } else sum().catch(() => {}); // goes on while lines are read; who asks for it is told of errors
      try {
        yield* cutFile(input, { path: file, size, ahead }, { head, binary }, reading);
      } catch (error) {
        ahead?.leave(); // or its thread would wait for ever for somebody to take what it read
        throw error;
      }
    }
  }
  const changed = (read: Sum) => input.changed(read.size) ?? (beginsWith(file, head) ? null : OVERWRITTEN);
  return { pieces: read(), unread: () => unread, hashed: sum, leave: () => ahead?.leave(), changed };
}

// By a thread of its own, from which no lines are taken: others read them.
function hashAside(file: string, size: number, { stopped }: Reading): Promise<Sum> {
  const ahead = new ReadAhead(file, size, stopped);
  ahead.leave();
  return ahead.sum;
}

const OVERWRITTEN = 'changed while it was read: it begins with something else';

// A file that was emptied and has grown again (logrotate's copytruncate on a busy host) is not smaller.
function beginsWith(file: string, head: Buffer): boolean {
  const handle = openSync(file, 'r');
  try {
    return readAt(handle, 0, head.length).equals(head);
  } finally {
    closeSync(handle);
  }
}

function cutFile(
  input: Input,
  { path, size, ahead }: { readonly path: string; readonly size: number; readonly ahead: ReadAhead | null },
  { head, binary }: { readonly head: Buffer; readonly binary: string | null },
  reading: Reading,
): PieceBody[] {
  const whole = binary !== null || isWhole(head, input.path, reading.dispatch);
  const census = new Census();
  const sampled = sampleCuts(path, size, census);
  const cuts = whole ? [{ offset: 0, mark: null }] : sampled;
  const years = census.years(endOf(input, reading), reading.zone);
  return cuts.map(({ offset, mark }, at) => {
    const end = cuts[at + 1]?.offset ?? size;
    const file = { path, offset, length: end - offset, ahead };
    return { path: input.path, bytes: null, file, binary, years, mark, head: whole ? headLines(head) : null };
  });
}

function readAt(handle: number, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  return bytes.subarray(0, readSync(handle, bytes, 0, length, at));
}

/** Hashes and counts what passes. */
class Meter {
  size = 0;
  /** What the content begins with. */
  head: Buffer = Buffer.alloc(0);
  readonly #hash: Hash = createHash('sha256');

  async *pass(blocks: AsyncIterable<Buffer>, stopped: () => boolean): AsyncGenerator<Buffer> {
    for await (const block of blocks) {
      if (stopped()) return; // what is held is still read
      this.#hash.update(block);
      this.size += block.length;
      if (this.head.length < HEAD_BYTES)
        this.head = Buffer.concat([this.head, block.subarray(0, HEAD_BYTES - this.head.length)]);
      yield block;
    }
  }

  sum(): Sum {
    return { size: this.size, sha256: this.#hash.digest('hex') };
  }
}

function takeStream(input: Input, reading: Reading): Intake {
  const stream = new StreamIntake(input, reading);
  return {
    pieces: stream.read(),
    unread: () => stream.unread,
    hashed: () => stream.done,
    leave: () => {},
    changed: ({ size }) => input.changed(size),
  };
}

class StreamIntake {
  readonly done: Promise<Sum>;
  readonly #input: Input;
  readonly #reading: Reading;
  readonly #meter = new Meter();
  readonly #cutter: StreamCutter;
  readonly #filter: TwinFilter;
  #ended: (sum: Sum) => void = () => {};
  #released = false;
  #twin: string | null = null;

  constructor(input: Input, reading: Reading) {
    this.#input = input;
    this.#reading = reading;
    this.#cutter = new StreamCutter(input, reading);
    this.#filter = new TwinFilter(reading.known, input.path, reading.stopped);
    this.done = new Promise((resolve) => {
      this.#ended = resolve;
    });
  }

  get unread(): string | null {
    if (this.#twin === null) return this.#cutter.unread;
    return `${copyOf(this.#twin)}${this.#released ? ', found out too late: its lines count twice' : ''}`;
  }

  async *read(): AsyncGenerator<PieceBody> {
    try {
      yield* this.#cut();
      const content = this.#content();
      if (!this.#reading.stopped()) this.#twin = this.#filter.same ?? (await this.#reading.known.twinOf(content));
      if (this.#twin === null || this.#released) yield* this.#cutter.finish();
      if (this.#twin === null && this.#cutter.unread === null) await this.#reading.known.add(content);
    } finally {
      this.#ended({ size: this.#meter.size, sha256: '' }); // unless it is told already
    }
  }

  async *#cut(): AsyncGenerator<PieceBody> {
    const blocks = this.#meter.pass(this.#input.open(), this.#reading.stopped);
    for await (const block of this.#filter.pass(blocks)) {
      this.#cutter.push(block);
      if (this.#cutter.heldBytes <= HELD_BYTES || this.#cutter.whole) continue;
      this.#released = true;
      yield* this.#cutter.release();
    }
  }

  /** What was read, to its end. */
  #content(): Content {
    const { size, head } = this.#meter;
    this.#ended(this.#reading.stopped() ? { size, sha256: '' } : this.#meter.sum());
    return { path: this.#input.path, head, size, file: null, sum: () => this.done };
  }
}
