import { type Disk, type DiskFile, readChunks, writeWhole } from '../disk.ts';
import type { Keyring } from './keyring.ts';
import { ChunkReader, ChunkWriter, StreamFile } from './sealed-file.ts';
import {
  type FileKey,
  type Mode,
  newFileKey,
  openFileKey,
  type Place,
  SEALED_HEADER,
  sealedHeader,
} from './sealed-format.ts';

/** How a ledger's files are encrypted. */
export interface AtRest {
  /** The log's name: a file of another log is not taken for one of this. */
  readonly origin: string;
  /** Null: nothing is encrypted, and what is cannot be read. */
  readonly keys: Keyring | null;
  readonly random: (bytes: number) => Buffer;
}

// What holds records, names of streams, or hashes of single records (a short one could be guessed by its hash). Not: lengths of members,
// tiles of level 1 and above, checkpoints, keys.
const SECRET = /^(?:wal\/|blob\/|tile\/0\/|pack\/\d{8}\.(?:pack|json)(?:\.new)?$)/;
const APPENDED = /^(?:wal\/\d{16}\.wal|blob\/\d{8}\.blob)(?:\.new)?$/;
const PLAIN = /^L(?:WAL|BLB)\d\n/;

/** Does this file of a ledger's folder hold what is not for everybody? */
export function isSecret(path: string): boolean {
  return SECRET.test(path);
}

/**
 * A ledger's disk of which the secret files are encrypted: what is written anew with the newest key; what is read with the key that it
 * was encrypted with, or as it is when it is not. All else goes to the disk below. Files are read and written by their content: positions
 * and sizes are those of the content. `open` rejects with `MissingKey`, and with E_TAMPERED for what was changed.
 */
export class SealedDisk implements Disk {
  readonly #disk: Disk;
  readonly #atRest: AtRest;

  constructor(disk: Disk, atRest: AtRest) {
    this.#disk = disk;
    this.#atRest = atRest;
  }

  async open(path: string, how: 'new' | 'read' | 'change', mode?: number): Promise<DiskFile> {
    if (!isSecret(path)) return this.#disk.open(path, how, mode);
    if (how === 'new') return this.#made(path, mode);
    if (how === 'change' && this.#atRest.keys !== null) await this.#anew(path);
    const file = await this.#disk.open(path, how, mode);
    try {
      return await this.#opened(file, path);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  #place(path: string): Place {
    return { origin: this.#atRest.origin, name: path.endsWith('.new') ? path.slice(0, -4) : path };
  }

  async #made(path: string, mode?: number): Promise<DiskFile> {
    const { keys, random } = this.#atRest;
    const file = await this.#disk.open(path, 'new', mode);
    if (keys === null) return file;
    const place = this.#place(path);
    const how: Mode = APPENDED.test(path) ? 's' : 'c';
    const key = newFileKey(keys.newest, random(32), how, place);
    try {
      await file.write([key.header], 0);
      if (how === 'c') return new ChunkWriter(file, key, place.name);
      await file.sync(); // a header that a crash tore can then only stand alone
      return new StreamFile(file, key);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async #opened(file: DiskFile, path: string): Promise<DiskFile> {
    const header = await file.read(SEALED_HEADER, 0);
    const barely = this.#mayBeBarelyBegun(path, header, await file.size());
    if (sealedHeader(header) === null) return barely ? new EmptyFile(file) : file;
    const { name } = this.#place(path);
    const key = this.#keyOf(header, path, barely);
    if (key === null) return new EmptyFile(file);
    return key.mode === 's' ? new StreamFile(file, key) : ChunkReader.open(file, key, name);
  }

  // Of a header that was not durable yet any bytes may be there. Null for one that does not open and that nothing stands behind.
  #keyOf(header: Buffer, path: string, barely: boolean): FileKey | null {
    try {
      return openFileKey(header, this.#atRest.keys, this.#place(path));
    } catch (error) {
      if (barely) return null;
      throw error;
    }
  }

  // The writer was killed before the header was durable: then nothing stands behind it.
  #mayBeBarelyBegun(path: string, header: Buffer, size: number): boolean {
    const { keys } = this.#atRest;
    return (
      keys !== null && APPENDED.test(path) && size <= SEALED_HEADER && !PLAIN.test(header.toString('latin1', 0, 6))
    );
  }

  // Where a write was lost in a crash, other bytes would come to stand under the same key stream: so a file that is gone on with has a new
  // key. A plain one is encrypted so, too, and one of an older key comes under the newest.
  async #anew(path: string): Promise<void> {
    const file = await this.open(path, 'read');
    try {
      await writeWhole(this, path, readChunks(file, 0, await file.size()));
    } finally {
      await file.close();
    }
  }

  list(folder: string): Promise<string[]> {
    return this.#disk.list(folder);
  }

  makeFolder(path: string): Promise<void> {
    return this.#disk.makeFolder(path);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#disk.rename(from, to);
  }

  remove(path: string): Promise<void> {
    return this.#disk.remove(path);
  }

  exists(path: string): Promise<boolean> {
    return this.#disk.exists(path);
  }

  syncFolder(path: string): Promise<void> {
    return this.#disk.syncFolder(path);
  }
}

/** A file that holds nothing yet. */
class EmptyFile implements DiskFile {
  readonly #file: DiskFile;

  constructor(file: DiskFile) {
    this.#file = file;
  }

  async write(): Promise<void> {
    throw new Error('a file without a header is only read');
  }

  async read(): Promise<Buffer> {
    return Buffer.alloc(0);
  }

  async sync(): Promise<void> {}

  async size(): Promise<number> {
    return 0;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
