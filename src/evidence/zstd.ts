import { Decompress } from 'fzstd';
import { AppError } from '../core/errors.ts';
import { Reader, type Source } from './source.ts';

/** What `zstd -d` accepts without being told. */
const MAX_WINDOW_BYTES = 128 * 1024 * 1024;
const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a5; // 16 magics: the low 4 bits are free

/** The library moves its whole window for each block: tiny blocks under a huge window would burn hours. */
const FREE_MOVED_BYTES = 16 * 2 ** 30;
const MOVED_PER_BYTE = 4096;

/**
 * Content of a .zst file of one or more frames (RFC 8878). Checksums are not compared. E_MALFORMED when it is cut short,
 * damaged or needs a dictionary; E_TOO_LARGE when its window is larger than 128 MiB.
 * The library is fed block by block, so that it never holds more than one and never decodes more than asked for.
 */
export async function* unzstd(below: Source): AsyncGenerator<Buffer> {
  const reader = new Reader(below);
  const work: Work = { moved: 0, made: 0 };
  for (;;) {
    const magic = await reader.take(4);
    if (magic.length === 0) return;
    if (magic.length < 4) throw cut();
    const word = magic.readUInt32LE(0);
    if (word >>> 4 === SKIPPABLE) await skipFrame(reader);
    else if (word === MAGIC) yield* frame(reader, magic, work);
    else if (word !== 0) throw new AppError('E_MALFORMED', 'zstd data is followed by something else');
  }
}

interface Work {
  moved: number;
  made: number;
}

async function skipFrame(reader: Reader): Promise<void> {
  const length = await exactly(reader, 4);
  if ((await reader.skip(length.readUInt32LE(0))) < length.readUInt32LE(0)) throw cut();
}

async function* frame(reader: Reader, magic: Buffer, work: Work): AsyncGenerator<Buffer> {
  const header = await readHeader(reader, magic);
  const made: Buffer[] = [];
  const library = new Decompress((piece) => made.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)));
  let waiting = header.bytes; // the frame header goes with its first block
  for (let last = false; !last; ) {
    const head = await exactly(reader, 3);
    const word = head.readUIntLE(0, 3);
    last = (word & 1) === 1;
    const size = word >>> 3;
    const isRun = ((word >>> 1) & 3) === 1;
    if (size > 128 * 1024) throw new AppError('E_MALFORMED', 'zstd block is larger than the format allows');
    if (size === 0 && !last && !isRun) continue; // holds nothing, and would cost a move of the window
    const body = await exactly(reader, isRun ? 1 : size);
    const checksum = last && header.hasChecksum ? await exactly(reader, 4) : Buffer.alloc(0);
    decode(library, Buffer.concat([waiting, head, body, checksum]), last);
    waiting = Buffer.alloc(0);
    for (const piece of made) work.made += piece.length;
    work.moved += header.windowBytes;
    if (work.moved > FREE_MOVED_BYTES + work.made * MOVED_PER_BYTE)
      throw new AppError('E_TOO_LARGE', 'zstd blocks are too small for their window');
    yield* made.splice(0);
  }
}

function decode(library: Decompress, bytes: Buffer, last: boolean): void {
  try {
    library.push(bytes, last);
  } catch (error) {
    throw new AppError('E_MALFORMED', `zstd data is damaged: ${(error as Error).message}`, { cause: error });
  }
}

interface Header {
  readonly bytes: Buffer;
  readonly windowBytes: number;
  readonly hasChecksum: boolean;
}

/** RFC 8878 §3.1.1.1. */
async function readHeader(reader: Reader, magic: Buffer): Promise<Header> {
  const flags = (await exactly(reader, 1)).readUInt8(0);
  const single = (flags >>> 5) & 1;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] as number;
  const sizeBytes = [single, 2, 4, 8][flags >>> 6] as number;
  const rest = await exactly(reader, 1 - single + dictionaryBytes + sizeBytes);
  const dictionary = rest.subarray(1 - single, 1 - single + dictionaryBytes);
  if (dictionary.some((byte) => byte !== 0)) throw new AppError('E_MALFORMED', 'zstd data needs a dictionary');
  const windowBytes = single ? contentBytes(rest.subarray(dictionaryBytes)) : windowOf(rest.readUInt8(0));
  if (windowBytes > MAX_WINDOW_BYTES) throw new AppError('E_TOO_LARGE', 'zstd window is larger than 128 MiB');
  return {
    bytes: Buffer.concat([magic, Buffer.from([flags]), rest]),
    windowBytes,
    hasChecksum: (flags & 4) !== 0,
  };
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >>> 3));
  return base + (base / 8) * (descriptor & 7);
}

function contentBytes(field: Buffer): number {
  if (field.length === 2) return field.readUInt16LE(0) + 256;
  if (field.length === 8) return Number(field.readBigUInt64LE(0));
  return field.readUIntLE(0, field.length);
}

async function exactly(reader: Reader, length: number): Promise<Buffer> {
  const bytes = await reader.take(length);
  if (bytes.length < length) throw cut();
  return bytes;
}

const cut = () => new AppError('E_MALFORMED', 'zstd data is cut short');
