import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

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

const FLAGS = { new: 'wx+', read: 'r', change: 'r+' } as const;

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
      const { bytesRead } = await this.#handle.read(bytes, filled, length - filled, position + filled);
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
    open: async (path, how, mode = 0o640) => new RealFile(await open(at(path), FLAGS[how], mode)),
    list: async (folder) =>
      (
        await readdir(at(folder)).catch((error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return [];
          throw error;
        })
      ).sort(),
    makeFolder: async (path) => {
      await mkdir(at(path), { recursive: true, mode: 0o750 });
    },
    rename: (from, to) => rename(at(from), at(to)),
    remove: (path) => rm(at(path), { force: true }),
    exists: async (path) => (await stat(at(path)).catch(() => null)) !== null,
    syncFolder: async (path) => {
      const handle = await open(at(path), 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
  };
}

/** Reads a whole file. */
export async function readWhole(disk: Disk, path: string): Promise<Buffer> {
  const file = await disk.open(path, 'read');
  try {
    return await file.read(await file.size(), 0);
  } finally {
    await file.close();
  }
}

/** Puts a whole file in place: it is there with all of `parts`, durably, or as it was before. */
export async function writeWhole(disk: Disk, path: string, parts: readonly Uint8Array[], mode?: number): Promise<void> {
  const temporary = `${path}.new`;
  await disk.remove(temporary);
  const file = await disk.open(temporary, 'new', mode);
  try {
    await file.write(parts, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(temporary, path);
  const slash = path.lastIndexOf('/');
  await disk.syncFolder(slash === -1 ? '.' : path.slice(0, slash));
}
