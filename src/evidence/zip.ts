import { crc32 } from 'node:zlib';
import {
  type Entry,
  fromRandomAccessReaderPromise,
  getFileNameLowLevel,
  RandomAccessReader,
  type ZipFile,
} from 'yauzl';
import { AppError } from '../core/errors.ts';
import type { Member } from './member.ts';
import { fromGenerator, Reader, type Source } from './source.ts';
import { METHODS, STORED } from './zip-methods.ts';
import { salvageZip } from './zip-salvage.ts';

/** Bytes that can be had from any place. */
export interface RandomAccess {
  readonly size: number;
  /** Up to `length` bytes from `position`; fewer only at the end. */
  read(position: number, length: number): Promise<Buffer>;
}

const PIECE_BYTES = 256 * 1024;

/** Bytes as they are in a buffer. */
export function inMemory(bytes: Buffer): RandomAccess {
  return {
    size: bytes.length,
    read: async (position, length) => bytes.subarray(position, position + length),
  };
}

/**
 * Files of a zip archive (PKWARE APPNOTE, zip64 too), in the order of its directory.
 * E_MALFORMED when the directory cannot be read: then after the files that can be had without it. A file that is encrypted, of an unknown method, or that lies over another
 * one (the trick by which a small zip becomes petabytes) has a refusal instead of content.
 */
export async function* zipMembers(access: RandomAccess): AsyncGenerator<Member> {
  let zip: ZipFile;
  try {
    zip = await openZip(access);
  } catch (error) {
    yield* salvageZip(new Reader(stretch(access, 0, access.size)));
    throw error;
  }
  const taken = new Extents();
  const entries = zip.eachEntry();
  for (;;) {
    const { done, value: entry } = await entries.next().catch((error: unknown) => Promise.reject(malformed(error)));
    if (done || entry === undefined) return;
    const name = nameOf(entry);
    const mtimeMs = mtimeOf(entry);
    if (name.endsWith('/') || isLink(entry))
      yield { name, size: null, mtimeMs, packedBytes: null, content: null, refusal: null };
    else {
      const found = await locate(zip, entry, taken);
      const refused = found instanceof AppError;
      const content = refused ? null : contentOf(access, entry, found);
      const { uncompressedSize: size, compressedSize } = entry;
      const packedBytes = () => compressedSize;
      yield { name, size, mtimeMs, packedBytes, content, refusal: refused ? found : null };
    }
  }
}

async function openZip(access: RandomAccess): Promise<ZipFile> {
  try {
    const options = { lazyEntries: true, autoClose: false, decodeStrings: false, validateEntrySizes: false };
    return await fromRandomAccessReaderPromise(new Bridge(access), access.size, options);
  } catch (error) {
    throw malformed(error);
  }
}

/** What yauzl reads the directory through. */
class Bridge extends RandomAccessReader {
  readonly #access: RandomAccess;

  constructor(access: RandomAccess) {
    super();
    this.#access = access;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.#access
      .read(position, length)
      .then((bytes) => callback(null, bytes.copy(buffer, offset)), callback)
      .catch((error: unknown) => this.emit('error', error));
  }

  override close(callback: (error: Error | null) => void): void {
    callback(null); // who opened the file closes it
  }
}

function nameOf(entry: Entry): string {
  try {
    return getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
  } catch {
    return entry.fileNameRaw.toString('latin1');
  }
}

/** Made on Unix, with the file type of a symbolic link: its content is the name of another file. */
function isLink(entry: Entry): boolean {
  const UNIX = 3;
  return entry.versionMadeBy >>> 8 === UNIX && ((entry.externalFileAttributes >>> 16) & 0o170000) === 0o120000;
}

/** Without a stamp in universal time the archive has the maker's wall clock, of unknown zone: taken as UTC. */
function mtimeOf(entry: Entry): number | null {
  const mtimeMs = entry.getLastModDate({ timezone: 'UTC' }).getTime();
  return Number.isFinite(mtimeMs) ? mtimeMs : null;
}

/** Where an entry's content begins, or why it cannot be had. */
async function locate(zip: ZipFile, entry: Entry, taken: Extents): Promise<number | AppError> {
  if (entry.isEncrypted()) return new AppError('E_UNREADABLE', 'file in a zip archive is encrypted');
  if (METHODS[entry.compressionMethod] === undefined)
    return new AppError(
      'E_MALFORMED',
      `compression method ${entry.compressionMethod} of a zip archive is not supported`,
    );
  try {
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    if (taken.add(entry.relativeOffsetOfLocalHeader, fileDataStart + entry.compressedSize)) return fileDataStart;
    return new AppError('E_TOO_LARGE', 'file in a zip archive lies over another one, as in a zip bomb');
  } catch (error) {
    return malformed(error);
  }
}

/** Stretches of the archive that entries claimed. */
class Extents {
  readonly #begins: number[] = [];
  readonly #ends: number[] = [];

  /** False when the stretch lies over one that is there; then it is not added. */
  add(begin: number, end: number): boolean {
    let low = 0;
    let high = this.#begins.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#begins[middle] as number) < begin) low = middle + 1;
      else high = middle;
    }
    if ((this.#ends[low - 1] ?? 0) > begin || (this.#begins[low] ?? Number.POSITIVE_INFINITY) < end) return false;
    this.#begins.splice(low, 0, begin);
    this.#ends.splice(low, 0, end);
    return true;
  }
}

function contentOf(access: RandomAccess, entry: Entry, begin: number): Source {
  return fromGenerator(checked(access, entry, begin));
}

/** Decodes and compares size and checksum at the end. */
async function* checked(access: RandomAccess, entry: Entry, begin: number): AsyncGenerator<Buffer> {
  const method = METHODS[entry.compressionMethod] ?? STORED;
  let crc = 0;
  let length = 0;
  for await (const piece of method(stretch(access, begin, begin + entry.compressedSize))) {
    crc = crc32(piece, crc);
    length += piece.length;
    yield piece;
  }
  if (crc !== entry.crc32 || length !== entry.uncompressedSize)
    throw new AppError('E_MALFORMED', 'file in a zip archive is damaged: its checksum or size is wrong');
}

function stretch(access: RandomAccess, begin: number, end: number): Source {
  let place = begin;
  return {
    pull: async () => {
      if (place >= end) return null;
      const piece = await access.read(place, Math.min(PIECE_BYTES, end - place));
      place = piece.length === 0 ? end : place + piece.length;
      return piece.length === 0 ? null : piece;
    },
    close: async () => {},
  };
}

function malformed(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const cause = error as NodeJS.ErrnoException;
  return new AppError('E_MALFORMED', `zip archive is damaged: ${cause.message.slice(0, 120)}`, { cause });
}
