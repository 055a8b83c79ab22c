import { closeSync, openSync, readSync } from 'node:fs';
import { type Census, dateIn, NO_DATE, type YearMark } from '../decode/census.ts';
import { PIECE_BYTES } from './reading.ts';

const STEP = 65_536;
/** Where the days follow one another, so far is enough: a year does not pass between two lines of the same day. */
const LONGEST_STEP = 2 ** 20;
const SAMPLE_BYTES = 8192;
/** So many of them nearly always hold the end of a line and the beginning of the next, which is where its stamp is. */
const FEW_BYTES = 1024;
const STAMP_BYTES = 64;
const NEWLINE = 0x0a;

/** Where a piece begins, and in which of the years. */
export interface Cut {
  readonly offset: number;
  readonly mark: YearMark | null;
}

/** Reads what stands at an offset into the buffer, and gives its length: up to `SAMPLE_BYTES`, or fewer when these hold the end of a line. */
export type ReadSample = (into: Buffer, offset: number) => number;

/** Cuts a file at a line's beginning every 4 MiB, and looks at lines in between for the census of its years. */
export function sampleCuts(path: string, size: number, census: Census): Cut[] {
  const handle = openSync(path, 'r');
  try {
    return cutsOf(size, census, (into, offset) => readSample(handle, into, offset));
  } finally {
    closeSync(handle);
  }
}

/**
 * A line every 64 KiB, and fewer where the days of the lines follow one another: on a disk that has to look for each, samples of a long file
 * take longer than all of it. The last line is among them.
 */
export function cutsOf(size: number, census: Census, read: ReadSample): Cut[] {
  const sampling = new Sampling(size, census);
  const sample = Buffer.allocUnsafe(SAMPLE_BYTES);
  for (let at = 0; at < size; ) {
    const line = lineAt(at, sample, read);
    at = line === null ? sampling.pass(at) : sampling.take(at, line);
    if (at < size) continue;
    const last = lastLine(size, sample, read);
    if (last !== null) at = sampling.take(size, last);
  }
  return sampling.cuts;
}

interface Line {
  readonly offset: number;
  /** As far as its stamp goes. */
  readonly bytes: Buffer;
}

class Sampling {
  readonly cuts: Cut[] = [{ offset: 0, mark: null }];
  readonly #size: number;
  readonly #census: Census;
  #nextCut = PIECE_BYTES;
  #step = STEP;
  #at = 0; // where the last line was looked for, and its date
  #date = NO_DATE;

  constructor(size: number, census: Census) {
    this.#size = size;
    this.#census = census;
  }

  /** No line begins there. */
  pass(at: number): number {
    this.#at = at;
    return at + STEP;
  }

  /** Takes the line that was looked for at an offset, and gives the offset of the next one to look for: before it, when something lies between. */
  take(at: number, line: Line): number {
    const date = dateIn(line.bytes);
    const follows = at === 0 || date === NO_DATE || date === this.#date || date === this.#date + 1;
    if (!follows && at - this.#at > STEP) {
      this.#step = STEP;
      return this.#at + STEP;
    }
    if (at >= this.#nextCut && at < this.#size) {
      this.cuts.push({ offset: line.offset, mark: this.#census.mark() });
      this.#nextCut = at + PIECE_BYTES;
    }
    this.#census.pushLine(line.bytes);
    this.#at = at;
    if (date !== NO_DATE) this.#date = date;
    this.#step = follows ? Math.min(2 * this.#step, LONGEST_STEP) : STEP;
    return at < this.#nextCut ? Math.min(at + this.#step, this.#nextCut) : at + this.#step;
  }
}

/** The first line that begins behind an offset; null where none begins soon. */
function lineAt(at: number, sample: Buffer, read: ReadSample): Line | null {
  const length = read(sample, at);
  const start = at === 0 ? 0 : sample.subarray(0, length).indexOf(NEWLINE) + 1;
  if (at > 0 && start === 0) return null;
  return { offset: at + start, bytes: sample.subarray(start, Math.min(length, start + STAMP_BYTES)) };
}

// One that is longer than a sample has its stamp elsewhere.
function lastLine(size: number, sample: Buffer, read: ReadSample): Line | null {
  const from = Math.max(0, size - STAMP_BYTES * 16);
  const length = read(sample, from);
  const start = sample.lastIndexOf(NEWLINE, length - 2) + 1;
  return start === 0
    ? null
    : { offset: from + start, bytes: sample.subarray(start, Math.min(length, start + STAMP_BYTES)) };
}

// There are thousands of samples in a long file, and most of what they cost is to copy them.
function readSample(handle: number, sample: Buffer, at: number): number {
  const read = readSync(handle, sample, 0, FEW_BYTES, at);
  const isEnough = read < FEW_BYTES || sample.subarray(0, FEW_BYTES - STAMP_BYTES).includes(NEWLINE);
  return isEnough ? read : readSync(handle, sample, 0, SAMPLE_BYTES, at);
}
