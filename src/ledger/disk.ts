import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AppError } from '../core/errors.ts';

/** A file that is open. Positions are bytes from its beginning. */
export interface DiskFile {
  /** Writes all of it, or rejects; what is not synced may be gone after a crash, in any part. */
  write(parts: readonly Uint8Array[], position: number): Promise<void>;
  /** Reads up to so many bytes: fewer at the end of the file. */
  read(length: number, position: number): Promise<Buffer>;
  /** Resolves when what was written is on the disk. After a rejection nothing is known: do not go on with the file. */
  sync(): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/** The few things that the ledger asks of a disk: one port, so that tests can stand in for it and lose what a crash may lose. */
export interface Disk {
  /** Opens a file: `new` must not exist yet, `read` and `change` must. Rejects with node's codes. */
  open(path: string, how: 'new' | 'read' | 'change', mode?: number): Promise<DiskFile>;
  /** Names in a folder, sorted; none when it is absent. */
  list(folder: string): Promise<string[]>;
  makeFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
}

// A link could lead anywhere, and a pipe would let us wait for ever: neither is followed (0 where the system knows no such flag).
const PLAIN = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const FLAGS = { new: 'wx+', read: constants.O_RDONLY | PLAIN, change: constants.O_RDWR | PLAIN } as const;

/** The longest that one call to the system is asked to read, bytes: node refuses 2 GiB. */
const MAX_READ = 1 << 30;
/** The longest file that is read as a whole: a hostile folder may hold one of any length. */
const MAX_WHOLE = 1 << 30;
const CHUNK = 1 << 20;

class RealFile implements DiskFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(parts: readonly Uint8Array[], position: number): Promise<void> {
    let left = parts.filter(({ length }) => length > 0);
    let at = position;
    while (left.length > 0) {
      const { bytesWritten } = await this.#handle.writev(left, at);
      if (bytesWritten === 0) throw new Error('the disk took no byte');
      at += bytesWritten;
      left = beyond(left, bytesWritten);
    }
  }

  async read(length: number, position: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#handle.read(
        bytes,
        filled,
        Math.min(length - filled, MAX_READ),
        position + filled,
      );
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** What is left of the parts when so many bytes are gone: a disk may take less than it was given. */
function beyond(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  return parts.flatMap((part) => {
    const gone = Math.min(skip, part.length);
    skip -= gone;
    return gone === part.length ? [] : [part.subarray(gone)];
  });
}

/** The disk of this machine, below one folder. */
export function realDisk(root: string): Disk {
  const at = (path: string) => join(root, path);
  return {
    open: async (path, how, mode = 0o640) => new RealFile(await openPlain(at(path), path, how, mode)),
    list: async (folder) =>
      (
        await readdir(at(folder)).catch((error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return [];
          throw error;
        })
      ).sort(),
    makeFolder: async (path) => {
      const first = await mkdir(at(path), { recursive: true, mode: 0o750 });
      if (first === undefined) return;
      // each new name is in the folder above it
      for (let made = resolve(at(path)); made.length >= resolve(first).length; made = dirname(made))
        await syncOne(dirname(made));
    },
    rename: (from, to) => rename(at(from), at(to)),
    remove: (path) => rm(at(path), { force: true }),
    exists: async (path) => (await stat(at(path)).catch(() => null)) !== null,
    syncFolder: (path) => syncOne(at(path)),
  };
}

async function syncOne(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Opens a plain file and nothing else. Throws E_TAMPERED for what is none: it does not belong in a ledger. */
async function openPlain(
  path: string,
  name: string,
  how: 'new' | 'read' | 'change',
  mode: number,
): Promise<FileHandle> {
  const handle = await open(path, FLAGS[how], mode).catch((cause: NodeJS.ErrnoException) => {
    const { code = '' } = cause;
    throw ['ELOOP', 'ENXIO', 'EISDIR'].includes(code) ? notPlain(name, cause) : cause;
  });
  if (how === 'new' || (await handle.stat()).isFile()) return handle;
  await handle.close();
  throw notPlain(name);
}

function notPlain(name: string, cause?: unknown): AppError {
  return new AppError('E_TAMPERED', `${name} is no plain file: a link, a pipe or a folder stands in its place`, {
    cause,
  });
}

/** Bytes of a file from one place up to, not with, another, piece by piece. */
export async function* readChunks(file: DiskFile, from: number, to: number): AsyncGenerator<Buffer> {
  for (let at = from; at < to; ) {
    const bytes = await file.read(Math.min(CHUNK, to - at), at);
    if (bytes.length === 0) return;
    yield bytes;
    at += bytes.length;
  }
}

/** Reads a whole file. Throws E_TAMPERED for one of over 1 GiB: the ledger writes none that is read so. */
export async function readWhole(disk: Disk, path: string): Promise<Buffer> {
  const file = await disk.open(path, 'read');
  try {
    const size = await file.size();
    if (size > MAX_WHOLE)
      throw new AppError('E_TAMPERED', `${path} has ${size} bytes: no file of its kind is that long`);
    return await file.read(size, 0);
  } finally {
    await file.close();
  }
}

/** Puts a whole file in place: it is there with all of `parts`, durably, or as it was before. */
export async function writeWhole(
  disk: Disk,
  path: string,
  parts: readonly Uint8Array[] | AsyncIterable<Uint8Array>,
  mode?: number,
  /** Done when the content is durable, before the file is in place. */
  before: () => Promise<void> = async () => {},
): Promise<void> {
  const temporary = `${path}.new`;
  await disk.remove(temporary);
  const file = await disk.open(temporary, 'new', mode);
  try {
    if (Array.isArray(parts)) await file.write(parts, 0);
    else await writeAll(file, parts as AsyncIterable<Uint8Array>);
    await file.sync();
  } finally {
    await file.close();
  }
  await before();
  await disk.rename(temporary, path);
  const slash = path.lastIndexOf('/');
  await disk.syncFolder(slash === -1 ? '.' : path.slice(0, slash));
}

async function writeAll(file: DiskFile, parts: AsyncIterable<Uint8Array>): Promise<void> {
  let at = 0;
  for await (const part of parts) {
    await file.write([part], at);
    at += part.length;
  }
}
