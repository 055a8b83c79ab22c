import { crc32 } from 'node:zlib';
import { AppError } from '../core/errors.ts';
import { MAX_ENTRY } from './tile.ts';

// The log before it is packed: one file of at most 65,536 records, only ever appended to.
//
//   header  "LWAL1\n", 2 bytes 0, u64le first index, 16 bytes salt
//   frame   u32le length, u32le crc32(salt, u64le index, entry), u64le index, entry
//
// The salt keeps frames of an older file, which a disk may show again after a crash, from being taken for this one's.

const MAGIC = Buffer.from('LWAL1\n\0\0', 'latin1');
export const WAL_HEADER = 32;
const FRAME = 16;

/** The file's path: its first index in 16 digits. */
export function walPath(first: number): string {
  return `wal/${String(first).padStart(16, '0')}.wal`;
}

/** The first index that a file's name states; null for another name. */
export function walFirst(name: string): number | null {
  return /^\d{16}\.wal$/.test(name) ? Number(name.slice(0, 16)) : null;
}

/** The file's beginning. `salt`: 16 random bytes. */
export function formatWalHeader(first: number, salt: Uint8Array): Buffer {
  const header = Buffer.alloc(WAL_HEADER);
  MAGIC.copy(header);
  header.writeBigUInt64LE(BigInt(first), 8);
  header.set(salt, 16);
  return header;
}

/** Bytes that an entry takes. */
export function frameLength(entry: number): number {
  return FRAME + entry;
}

/**
 * Writes an entry's frame into a buffer, where the entry itself already stands behind the place of the frame's head. The byte
 * before the entry is the index's highest: 0, as every index is below 2^53. So a leaf's hash input stands there without a copy.
 */
export function sealFrame(buffer: Buffer, at: number, length: number, index: number, saltSum: number): void {
  buffer.writeUInt32LE(length, at);
  buffer.writeUInt32LE(index % 2 ** 32, at + 8);
  buffer.writeUInt32LE(Math.floor(index / 2 ** 32), at + 12);
  buffer.writeUInt32LE(crc32(buffer.subarray(at + 8, at + FRAME + length), saltSum), at + 4);
}

/** What a frame's sum begins with. */
export function saltSumOf(salt: Uint8Array): number {
  return crc32(salt);
}

/** The entry of a frame at a place of a buffer, with the byte 0 before it that makes it a leaf's hash input. */
export function leafInput(buffer: Buffer, at: number, length: number): Buffer {
  return buffer.subarray(at + FRAME - 1, at + FRAME + length);
}

/** A file as it was read. */
export interface WalContent {
  readonly first: number;
  readonly salt: Buffer;
  readonly entries: readonly Buffer[];
  /** Where the last good frame ends. */
  readonly goodBytes: number;
  /** Why reading ended before the file did; null when it did not. */
  readonly torn: string | null;
}

/** Is this the beginning of the log file of that index? */
export function startsAsWal(bytes: Buffer, first: number): boolean {
  const magic = bytes.length >= WAL_HEADER && bytes.subarray(0, 8).equals(MAGIC);
  return magic && bytes.readBigUInt64LE(8) === BigInt(first);
}

/** Reads a file up to its first bad frame. Throws E_TAMPERED for a header that is not one. */
export function readWal(bytes: Buffer, first: number): WalContent {
  if (!startsAsWal(bytes, first))
    throw new AppError('E_TAMPERED', `${walPath(first)} does not begin as a log file of that index`);
  const salt = bytes.subarray(16, WAL_HEADER);
  return { first, salt, ...readFrames(bytes, WAL_HEADER, first, saltSumOf(salt)) };
}

/** Reads frames from a place on, the first of them of entry `index`, up to the first bad one. */
export function readFrames(
  bytes: Buffer,
  from: number,
  index: number,
  saltSum: number,
): Pick<WalContent, 'entries' | 'goodBytes' | 'torn'> {
  const entries: Buffer[] = [];
  const { ends, torn } = frameEnds(bytes, from, index, saltSum);
  let at = from;
  for (const end of ends) {
    entries.push(bytes.subarray(at + FRAME, end));
    at = end;
  }
  return { entries, goodBytes: at, torn };
}

/** Where frames end, from a place on, the first of them of entry `index`, up to the first bad one. */
export function frameEnds(
  bytes: Buffer,
  from: number,
  index: number,
  saltSum: number,
): { readonly ends: readonly number[]; readonly torn: string | null } {
  const ends: number[] = [];
  let torn: string | null = null;
  for (let at = from; at < bytes.length; at = ends[ends.length - 1] as number) {
    torn = frameFault(bytes, at, index + ends.length, saltSum);
    if (torn !== null) break;
    ends.push(at + FRAME + bytes.readUInt32LE(at));
  }
  return { ends, torn };
}

function frameFault(bytes: Buffer, at: number, index: number, saltSum: number): string | null {
  if (bytes.length - at < FRAME) return 'it ends inside a frame’s head';
  const length = bytes.readUInt32LE(at);
  if (length > MAX_ENTRY) return `a frame of ${length} bytes`;
  if (bytes.length - at < FRAME + length) return 'it ends inside a frame';
  if (crc32(bytes.subarray(at + 8, at + FRAME + length), saltSum) !== bytes.readUInt32LE(at + 4))
    return 'a frame’s sum is wrong';
  if (bytes.readUInt32LE(at + 8) !== index % 2 ** 32 || bytes.readUInt32LE(at + 12) !== Math.floor(index / 2 ** 32))
    return `a frame of another index than ${index}`;
  return null;
}
