import { AppError } from '../../core/errors.ts';
import type { DiskFile } from '../disk.ts';
import {
  CHUNK,
  contentSize,
  type FileKey,
  openChunk,
  SEALED_HEADER,
  sealChunk,
  streamed,
  TAG,
} from './sealed-format.ts';

const SEALED = CHUNK + TAG;
/** Chunks that a reader holds: bundles are read one after another, some at once, and several lie in one chunk. */
const HELD = 4;

/** A new file in chunks: written once, from its beginning to its end. With `sync` it is finished. */
export class ChunkWriter implements DiskFile {
  readonly #file: DiskFile;
  readonly #key: FileKey;
  readonly #name: string;
  #rest: Buffer = Buffer.alloc(0);
  #chunks = 0;
  #reader: ChunkReader | null = null;

  constructor(file: DiskFile, key: FileKey, name: string) {
    this.#file = file;
    this.#key = key;
    this.#name = name;
  }

  async write(parts: readonly Uint8Array[], position: number): Promise<void> {
    if (this.#reader !== null || position !== this.#length)
      throw new Error(`${this.#name} is not written in its order`);
    const bytes = Buffer.concat([this.#rest, ...parts]);
    const sealed: Buffer[] = [];
    let at = 0;
    // The last chunk says that it is the last: a full one is held until more comes.
    for (; bytes.length - at > CHUNK; at += CHUNK)
      sealed.push(sealChunk(this.#key, bytes.subarray(at, at + CHUNK), this.#chunks + sealed.length, false));
    this.#rest = Buffer.from(bytes.subarray(at));
    if (sealed.length > 0) await this.#file.write(sealed, SEALED_HEADER + this.#chunks * SEALED);
    this.#chunks += sealed.length;
  }

  get #length(): number {
    return this.#chunks * CHUNK + this.#rest.length;
  }

  async sync(): Promise<void> {
    if (this.#reader === null) {
      const last = sealChunk(this.#key, this.#rest, this.#chunks, true);
      await this.#file.write([last], SEALED_HEADER + this.#chunks * SEALED);
      this.#reader = await ChunkReader.open(this.#file, this.#key, this.#name);
    }
    await this.#file.sync();
  }

  async read(length: number, position: number): Promise<Buffer> {
    if (this.#reader === null) throw new Error(`${this.#name} is not finished`);
    return this.#reader.read(length, position);
  }

  async size(): Promise<number> {
    return this.#reader === null ? this.#length : this.#reader.size();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Reads a file of chunks from any place on: only the chunks that are asked for are read. */
export class ChunkReader implements DiskFile {
  readonly #file: DiskFile;
  readonly #key: FileKey;
  readonly #name: string;
  readonly #size: number;
  readonly #held = new Map<number, Buffer>();

  private constructor(file: DiskFile, key: FileKey, name: string, size: number) {
    this.#file = file;
    this.#key = key;
    this.#name = name;
    this.#size = size;
  }

  /** Looks at its last chunk, so that one that was cut off is seen. Rejects with E_TAMPERED. */
  static async open(file: DiskFile, key: FileKey, name: string): Promise<ChunkReader> {
    const bytes = await file.size();
    const size = contentSize(bytes);
    if (size === null)
      throw new AppError(
        'E_TAMPERED',
        `${name} has ${bytes} bytes, as no encrypted file has: it was cut or lengthened`,
      );
    const reader = new ChunkReader(file, key, name, size);
    await reader.#chunks(reader.#last, reader.#last);
    return reader;
  }

  get #last(): number {
    return Math.max(0, Math.ceil(this.#size / CHUNK) - 1);
  }

  async write(): Promise<void> {
    throw new Error(`${this.#name} is only read`);
  }

  async sync(): Promise<void> {}

  async read(length: number, position: number): Promise<Buffer> {
    const end = Math.min(position + length, this.#size);
    if (position >= end) return Buffer.alloc(0);
    const first = Math.floor(position / CHUNK);
    const chunks = await this.#chunks(first, Math.floor((end - 1) / CHUNK));
    const [only] = chunks;
    const begin = position - first * CHUNK;
    // A copy: who reads may write into what it was given.
    return chunks.length === 1 && only
      ? Buffer.from(only.subarray(begin, begin + end - position))
      : Buffer.concat(chunks).subarray(begin, begin + end - position);
  }

  async #chunks(first: number, last: number): Promise<Buffer[]> {
    const held = [];
    for (let nth = first; nth <= last; nth += 1) {
      const chunk = this.#held.get(nth);
      if (chunk) held.push(chunk);
    }
    if (held.length === last - first + 1) return held;
    const sealed = await this.#file.read((last - first + 1) * SEALED, SEALED_HEADER + first * SEALED);
    const chunks: Buffer[] = [];
    for (let nth = first; nth <= last; nth += 1) {
      const at = (nth - first) * SEALED;
      const chunk = openChunk(this.#key, sealed.subarray(at, at + SEALED), nth, nth === this.#last);
      if (chunk === null) throw changed(this.#name, nth);
      chunks.push(chunk);
      this.#hold(nth, chunk);
    }
    return chunks;
  }

  #hold(nth: number, chunk: Buffer): void {
    this.#held.set(nth, chunk);
    const [oldest] = this.#held.keys();
    if (this.#held.size > HELD && oldest !== undefined) this.#held.delete(oldest);
  }

  async size(): Promise<number> {
    return this.#size;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function changed(name: string, nth: number): AppError {
  const from = SEALED_HEADER + nth * SEALED;
  return new AppError(
    'E_TAMPERED',
    `${name}: bytes ${from} and on are not as they were encrypted: changed, moved or cut off`,
  );
}

/** A file that is appended to, byte for byte encrypted. */
export class StreamFile implements DiskFile {
  readonly #file: DiskFile;
  readonly #key: FileKey;

  constructor(file: DiskFile, key: FileKey) {
    this.#file = file;
    this.#key = key;
  }

  write(parts: readonly Uint8Array[], position: number): Promise<void> {
    return this.#file.write(streamed(this.#key, parts, position), SEALED_HEADER + position);
  }

  async read(length: number, position: number): Promise<Buffer> {
    const [bytes] = streamed(this.#key, [await this.#file.read(length, SEALED_HEADER + position)], position);
    return bytes ?? Buffer.alloc(0);
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  async size(): Promise<number> {
    return Math.max(0, (await this.#file.size()) - SEALED_HEADER);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
