import { crc32 } from 'node:zlib';
import { AppError } from '../core/errors.ts';
import { inflate } from './inflate.ts';
import { Reader, type Source } from './source.ts';

/** Each member costs a decoder: a file of millions of empty ones would burn hours. */
const FREE_MEMBERS = 20_000;
const BYTES_PER_MEMBER = 1024;

const HAS_HEADER_CRC = 2;
const HAS_EXTRA = 4;
const HAS_NAME = 8;
const HAS_COMMENT = 16;

/** Time in a gzip header, ms since 1970 (RFC 1952 §2.3.1: seconds, 0 for unknown), or null. */
export function gzipMtimeMs(head: Buffer): number | null {
  const seconds = head.length >= 8 ? head.readUInt32LE(4) : 0;
  return seconds === 0 ? null : seconds * 1000;
}

/**
 * Content of a gzip file of one or more members (RFC 1952). Zeros after the last member are padding.
 * E_MALFORMED when it is cut short, damaged or followed by something else, after all that could be read.
 */
export async function* gunzip(below: Source): AsyncGenerator<Buffer> {
  const reader = new Reader(below);
  let made = 0;
  for (let members = 0; await anotherMember(reader, members); members++) {
    if (members > FREE_MEMBERS + made / BYTES_PER_MEMBER)
      throw new AppError('E_TOO_LARGE', 'gzip data has too many tiny members');
    await skipHeader(reader);
    let crc = 0;
    let length = 0;
    for await (const piece of inflate(reader)) {
      crc = crc32(piece, crc);
      length += piece.length;
      yield piece;
    }
    const trailer = await exactly(reader, 8);
    if (trailer.readUInt32LE(0) !== crc || trailer.readUInt32LE(4) !== length % 2 ** 32)
      throw new AppError('E_MALFORMED', 'gzip data is damaged: its checksum is wrong');
    made += length;
  }
}

async function anotherMember(reader: Reader, members: number): Promise<boolean> {
  const head = members === 0 ? await reader.peek(2) : await afterPadding(reader);
  if (head.length === 0) return false;
  if (head[0] === 0x1f && (head.length < 2 || head[1] === 0x8b)) return true;
  throw new AppError('E_MALFORMED', `gzip data ${members === 0 ? 'has no header' : 'is followed by something else'}`);
}

/** Passes over zeros; gives up to 2 bytes of what follows. */
async function afterPadding(reader: Reader): Promise<Buffer> {
  for (;;) {
    const piece = await reader.pull();
    if (piece === null) return Buffer.alloc(0);
    const begin = piece.findIndex((byte) => byte !== 0);
    if (begin < 0) continue;
    reader.unread(piece.subarray(begin));
    return reader.peek(2);
  }
}

async function skipHeader(reader: Reader): Promise<void> {
  const head = await exactly(reader, 10);
  const flags = head.readUInt8(3);
  if (head.readUInt8(2) !== 8 || flags > 31)
    throw new AppError('E_MALFORMED', 'gzip data has an unknown method or flag');
  if (flags & HAS_EXTRA) await exactly(reader, (await exactly(reader, 2)).readUInt16LE(0));
  if (flags & HAS_NAME) await skipText(reader);
  if (flags & HAS_COMMENT) await skipText(reader);
  if (flags & HAS_HEADER_CRC) await exactly(reader, 2);
}

/** Passes over text up to and with its closing NUL. */
async function skipText(reader: Reader): Promise<void> {
  for (;;) {
    const piece = await reader.pull();
    if (piece === null) throw cut();
    const end = piece.indexOf(0);
    if (end < 0) continue;
    reader.unread(piece.subarray(end + 1));
    return;
  }
}

async function exactly(reader: Reader, length: number): Promise<Buffer> {
  const bytes = await reader.take(length);
  if (bytes.length < length) throw cut();
  return bytes;
}

const cut = () => new AppError('E_MALFORMED', 'gzip data is cut short');
