import { AppError } from '../core/errors.ts';
import { BitReader } from './bzip2-bits.ts';
import { expandBlock, readBlock } from './bzip2-block.ts';
import type { Source } from './source.ts';

/** A block never takes more: 20 bits for each of its symbols, and its tables. */
const bytesOfBlock = (level: number) => 250_000 * level + 50_000;

/**
 * Content of a .bz2 file of one or more streams. E_MALFORMED when it is cut short or a checksum is wrong; blocks before
 * that are given. The format has no standard; this follows the description in bzip2's manual and bzip2-format-spec.
 */
export async function* bunzip2(below: Source): AsyncGenerator<Buffer> {
  const bits = new BitReader(Buffer.alloc(0));
  let words = new Uint32Array(0);
  for (let first = true; ; first = false) {
    await fillUp(bits, below, 4);
    if (bits.bytesLeft === 0) return;
    const level = readLevel(bits);
    if (level === 0) {
      if (first) throw new AppError('E_MALFORMED', 'bzip2 data is damaged: no stream begins');
      return; // bzip2 itself ignores what follows the last stream
    }
    if (words.length !== level * 100_000) words = new Uint32Array(level * 100_000);
    yield* stream(bits, below, words, bytesOfBlock(level));
  }
}

/** 'BZh' and the level, 1 to 9; 0 for anything else. */
function readLevel(bits: BitReader): number {
  const magic = bits.read(24);
  const level = bits.read(8) - 0x30;
  return magic === 0x425a68 && level >= 1 && level <= 9 ? level : 0;
}

async function* stream(bits: BitReader, below: Source, words: Uint32Array, most: number): AsyncGenerator<Buffer> {
  let whole = 0;
  for (;;) {
    await fillUp(bits, below, most);
    const magic = bits.read(24) * 2 ** 24 + bits.read(24);
    const expected = bits.readWord();
    if (bits.overrun) throw cut();
    if (magic === 0x177245385090) {
      bits.align();
      if (expected !== whole) throw new AppError('E_MALFORMED', 'bzip2 data is damaged: wrong checksum');
      return;
    }
    if (magic !== 0x314159265359) throw new AppError('E_MALFORMED', 'bzip2 data is damaged: no block begins');
    const crc = yield* block(bits, words);
    if (crc !== expected) throw new AppError('E_MALFORMED', 'bzip2 data is damaged: wrong checksum of a block');
    whole = ((whole << 1) ^ (whole >>> 31) ^ crc) >>> 0;
  }
}

function block(bits: BitReader, words: Uint32Array): Generator<Buffer, number> {
  try {
    const coded = readBlock(bits, words);
    if (bits.overrun) throw cut();
    return expandBlock(coded);
  } catch (error) {
    throw bits.overrun ? cut() : error; // bits after the end are zeros: they look like damage
  }
}

/** Takes from below until `least` bytes are at hand, or all. Takes more than needed, so that bytes are seldom copied. */
async function fillUp(bits: BitReader, below: Source, least: number): Promise<void> {
  if (bits.bytesLeft >= least) return;
  const pieces: Buffer[] = [];
  for (let left = bits.bytesLeft; left < 2 * least; left += pieces.at(-1)?.length ?? 0) {
    const piece = await below.pull();
    if (piece === null) break;
    pieces.push(piece);
  }
  if (pieces.length > 0) bits.append(pieces);
}

const cut = () => new AppError('E_MALFORMED', 'bzip2 data is cut short');
