import { AppError } from '../core/errors.ts';
import type { BitReader } from './bzip2-bits.ts';
import { HuffmanTable } from './bzip2-huffman.ts';

const GROUP_SYMBOLS = 50;
const OUTPUT_BYTES = 256 * 1024;

/** What one block's coded part decodes to, before the Burrows-Wheeler transform is undone. */
interface Coded {
  /** Byte in the low 8 bits of each of the first `length` words; the array is used again for the next block. */
  readonly words: Uint32Array;
  readonly length: number;
  readonly origin: number;
}

/** CRC-32 as bzip2 counts it: polynomial 0x04c11db7, most significant bit first. */
const CRC = new Int32Array(256).map((_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value;
});

/**
 * Reads the coded part of a block, from behind its magic and CRC, into `words` (its length is the block size).
 * Throws E_MALFORMED for what no encoder writes.
 */
export function readBlock(bits: BitReader, words: Uint32Array): Coded {
  if (bits.read(1) === 1) throw damaged('is of a kind that was given up long ago');
  const origin = bits.read(24);
  const bytes = readAlphabet(bits);
  const tableCount = bits.read(3);
  if (tableCount < 2 || tableCount > 6) throw damaged('has a wrong number of tables');
  const selectors = readSelectors(bits, tableCount);
  const tables = Array.from({ length: tableCount }, () => readTable(bits, bytes.length + 2));
  const length = readSymbols(bits, selectors, tables, bytes, words);
  if (origin >= length) throw damaged('begins outside of itself');
  return { words, length, origin };
}

/** The byte values that occur, in order. */
function readAlphabet(bits: BitReader): Uint8Array {
  const ranges = bits.read(16);
  const found: number[] = [];
  for (let range = 0; range < 16; range++) {
    if ((ranges & (0x8000 >> range)) === 0) continue;
    const members = bits.read(16);
    for (let member = 0; member < 16; member++) if (members & (0x8000 >> member)) found.push(range * 16 + member);
  }
  if (found.length === 0) throw damaged('has no symbols');
  return Uint8Array.from(found);
}

/** Which table each run of 50 symbols uses, move-to-front coded. */
function readSelectors(bits: BitReader, tableCount: number): Uint8Array {
  const selectors = new Uint8Array(bits.read(15));
  const order = [0, 1, 2, 3, 4, 5];
  for (let index = 0; index < selectors.length; index++) {
    let place = 0;
    while (bits.read(1) === 1) if (++place >= tableCount) throw damaged('has a wrong selector');
    const [table = 0] = order.splice(place, 1);
    order.unshift(table);
    selectors[index] = table;
  }
  return selectors;
}

/** Code lengths, each told as a walk from the one before. */
function readTable(bits: BitReader, symbolCount: number): HuffmanTable {
  const lengths = new Uint8Array(symbolCount);
  let length = bits.read(5);
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    length = walk(bits, length);
    lengths[symbol] = length;
  }
  return new HuffmanTable(lengths);
}

function walk(bits: BitReader, from: number): number {
  let length = from;
  while (length >= 1 && length <= 20) {
    if (bits.read(1) === 0) return length;
    length += bits.read(1) === 0 ? 1 : -1; // zeros after the end of the data lead out as well
  }
  throw damaged('has a code of a wrong length');
}

/** Undoes prefix codes, runs and move-to-front. Gives how many words were filled. Hot. */
function readSymbols(
  bits: BitReader,
  selectors: Uint8Array,
  tables: readonly HuffmanTable[],
  bytes: Uint8Array,
  words: Uint32Array,
): number {
  const front = Uint8Array.from(bytes);
  const end = bytes.length + 1;
  let table = tables[0] as HuffmanTable;
  let filled = 0;
  let run = 0; // length of the open run, told as digits 1 and 2 of a binary number
  let digit = 1;
  for (let count = 0; ; count++) {
    if (count % GROUP_SYMBOLS === 0) table = tableOf(tables, selectors, count / GROUP_SYMBOLS);
    const symbol = table.next(bits);
    if (symbol <= 1) {
      run += digit << symbol;
      digit <<= 1;
      if (run > words.length) throw damaged('is longer than it may be');
      continue;
    }
    if (run > 0) {
      filled = fill(words, filled, run, front[0] as number);
      run = 0;
      digit = 1;
    }
    if (symbol === end) return filled;
    filled = fill(words, filled, 1, toFront(front, symbol - 1));
  }
}

function tableOf(tables: readonly HuffmanTable[], selectors: Uint8Array, group: number): HuffmanTable {
  const table = tables[selectors[group] ?? -1];
  if (table === undefined) throw damaged('has no end');
  return table;
}

function fill(words: Uint32Array, begin: number, count: number, byte: number): number {
  const end = begin + count;
  if (end > words.length) throw damaged('is longer than it may be');
  for (let index = begin; index < end; index++) words[index] = byte;
  return end;
}

function toFront(front: Uint8Array, place: number): number {
  const byte = front[place] as number;
  front.copyWithin(1, 0, place);
  front[0] = byte;
  return byte;
}

/** Content of a block, in pieces; gives its CRC when done. Undoes the transform, then the runs of 4 to 255 + 4. Hot. */
export function* expandBlock({ words, length, origin }: Coded): Generator<Buffer, number> {
  linkWords(words, length);
  let output = Buffer.allocUnsafe(OUTPUT_BYTES);
  let filled = 0;
  let crc = -1;
  let previous = -1;
  let same = 0;
  let place = (words[origin] as number) >>> 8;
  for (let left = length; left > 0; left--) {
    const word = words[place] as number;
    place = word >>> 8;
    const byte = word & 0xff;
    const isCount = same === 4;
    const copies = isCount ? byte : 1;
    if (isCount) same = 0;
    else same = byte === previous ? same + 1 : 1;
    if (!isCount) previous = byte;
    if (filled + copies > OUTPUT_BYTES) {
      yield output.subarray(0, filled);
      output = Buffer.allocUnsafe(OUTPUT_BYTES);
      filled = 0;
    }
    for (let copy = 0; copy < copies; copy++) {
      output[filled++] = previous;
      crc = (crc << 8) ^ (CRC[(crc >>> 24) ^ previous] as number);
    }
    if (isCount) previous = -1;
  }
  if (filled > 0) yield output.subarray(0, filled);
  return ~crc >>> 0;
}

/** Puts the place of each word's successor above its byte (Burrows and Wheeler 1994, algorithm D). */
function linkWords(words: Uint32Array, length: number): void {
  const next = new Uint32Array(257);
  for (let index = 0; index < length; index++) (next[((words[index] as number) & 0xff) + 1] as number)++;
  for (let byte = 1; byte < 257; byte++) next[byte] = (next[byte] as number) + (next[byte - 1] as number);
  for (let index = 0; index < length; index++) {
    const byte = (words[index] as number) & 0xff;
    const place = next[byte] as number;
    next[byte] = place + 1;
    words[place] = (words[place] as number) | (index << 8);
  }
}

const damaged = (how: string) => new AppError('E_MALFORMED', `bzip2 data is damaged: a block ${how}`);
