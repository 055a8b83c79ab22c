import { crc32 } from 'node:zlib';
import { AppError } from '../core/errors.ts';
import { inflate } from './inflate.ts';
import type { Member } from './member.ts';
import { fromGenerator, type Reader, Slice, type Source } from './source.ts';
import { DEFLATE, ENCRYPTED, METHODS, STORED } from './zip-methods.ts';

const LOCAL = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const ZIP64 = 0xffffffff;
/** Sizes and checksum follow the content. */
const STREAMED = 8;
/** A file that was left half read is read on to find its end, but not for ever. */
const MAX_DRAINED_BYTES = 64 * 2 ** 20;

interface Local {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
}

/**
 * Files of a zip archive that lost its directory, which is at its end: each by the header before it, from the first on as far
 * as it goes. Not for whole archives: what a directory does not list was deleted.
 */
export async function* salvageZip(reader: Reader): AsyncGenerator<Member> {
  for (let goesOn = true; goesOn; ) {
    const local = await readLocal(reader);
    if (local === null) return;
    goesOn = yield* (local.flags & STREAMED) === 0 ? measured(reader, local) : streamed(reader, local);
  }
}

/** A file whose packed size is told before it. Gives whether what follows can be found. */
async function* measured(reader: Reader, local: Local): AsyncGenerator<Member, boolean> {
  const slice = new Slice(reader, local.packed, cut);
  const content = fromGenerator(checked(local, slice));
  yield memberOf(reader, local, local.size, content);
  await content.close();
  await reader.skip(slice.left);
  return true;
}

/** A file whose sizes come after it: only its own compression says where it ends. */
async function* streamed(reader: Reader, local: Local): AsyncGenerator<Member, boolean> {
  const content = fromGenerator(inflate(reader));
  const member = memberOf(reader, local, null, content);
  yield member;
  if (member.refusal !== null || !(await drain(content))) return false;
  await skipDescriptor(reader);
  return true;
}

function memberOf(reader: Reader, local: Local, size: number | null, content: Source): Member {
  const begin = reader.position;
  const facts = { name: local.name, size, mtimeMs: null, packedBytes: () => reader.position - begin };
  const refusal = refusalOf(local, size === null);
  if (refusal !== null || local.name.endsWith('/')) return { ...facts, content: null, refusal };
  return { ...facts, content: keptOpen(content), refusal: null };
}

function refusalOf({ flags, method }: Local, isStreamed: boolean): AppError | null {
  if (flags & ENCRYPTED) return new AppError('E_UNREADABLE', 'file in a zip archive is encrypted');
  if (METHODS[method] !== undefined && (method === DEFLATE || !isStreamed)) return null;
  return new AppError('E_MALFORMED', 'file in a zip archive cannot be read without the archive’s directory');
}

async function readLocal(reader: Reader): Promise<Local | null> {
  const head = await reader.take(30);
  if (head.length < 30 || head.readUInt32LE(0) !== LOCAL) return null;
  const name = await reader.take(head.readUInt16LE(26));
  const extra = await reader.take(head.readUInt16LE(28));
  const isLong = head.readUInt32LE(22) === ZIP64 && extra.length >= 20 && extra.readUInt16LE(0) === 1;
  return {
    name: name.toString('utf8'),
    flags: head.readUInt16LE(6),
    method: head.readUInt16LE(8),
    crc: head.readUInt32LE(14),
    packed: isLong ? Number(extra.readBigUInt64LE(12)) : head.readUInt32LE(18),
    size: isLong ? Number(extra.readBigUInt64LE(4)) : head.readUInt32LE(22),
  };
}

async function* checked({ method, crc: expected }: Local, slice: Slice): AsyncGenerator<Buffer> {
  let crc = 0;
  for await (const piece of (METHODS[method] ?? STORED)(slice)) {
    crc = crc32(piece, crc);
    yield piece;
  }
  if (crc !== expected) throw new AppError('E_MALFORMED', 'file in a zip archive is damaged: its checksum is wrong');
}

/** Whoever reads it may let go of it early; its end must still be found. */
const keptOpen = (content: Source): Source => ({ pull: () => content.pull(), close: async () => {} });

async function drain(content: Source): Promise<boolean> {
  for (let drained = 0; drained < MAX_DRAINED_BYTES; ) {
    const piece = await content.pull();
    if (piece === null) return true;
    drained += piece.length;
  }
  return false;
}

/** Checksum and sizes, of 4 or 8 bytes each, with or without a signature before them: told by what follows. */
async function skipDescriptor(reader: Reader): Promise<void> {
  const ahead = await reader.peek(28);
  const signature = ahead.length >= 4 && ahead.readUInt32LE(0) === DESCRIPTOR ? 4 : 0;
  const isHeader = (place: number) => ahead.length >= place + 4 && ahead.readUInt16LE(place) === 0x4b50;
  await reader.skip(signature + (isHeader(signature + 20) && !isHeader(signature + 12) ? 20 : 12));
}

const cut = () => new AppError('E_MALFORMED', 'zip archive is cut short');
