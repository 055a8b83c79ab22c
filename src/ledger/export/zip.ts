import { crc32, deflateRawSync } from 'node:zlib';
import { AppError } from '../../core/errors.ts';

// ZIP, as PKWARE's APPNOTE 6.3 has it, without ZIP64: each file whole in memory, nothing but what every reader knows.

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20; // 2.0: deflate and folders
const UNIX = 3;
const UTF8 = 0x0800;
const DEFLATE = 8;
const DATE = 0x21; // 1980-01-01, the first that there is: two exports of the same are the same
const MOST_FILES = 65_534; // one more would mean ZIP64
const MOST_BYTES = 0xffff_ffff;

/** Writes a ZIP file, one file after the other. */
export class ZipWriter {
  readonly #write: (bytes: Buffer) => Promise<void>;
  readonly #central: Buffer[] = [];
  #at = 0;

  constructor(write: (bytes: Buffer) => Promise<void>) {
    this.#write = write;
  }

  /** Adds a file. `mode`: its permissions on Unix. Rejects with E_TOO_LARGE when the format holds no more. */
  async add(name: string, bytes: Uint8Array, mode: number): Promise<void> {
    const path = Buffer.from(name);
    const packed = deflateRawSync(bytes);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(VERSION, 0);
    common.writeUInt16LE(UTF8, 2);
    common.writeUInt16LE(DEFLATE, 4);
    common.writeUInt16LE(DATE, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(path.length, 22);
    const begin = this.#at;
    if (this.#central.length >= MOST_FILES || begin + packed.length + 2 * path.length + 200 > MOST_BYTES)
      throw new AppError('E_TOO_LARGE', 'this is more than a ZIP file holds: export into a folder instead');
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((0o100000 | mode) * 0x1_0000, 6);
    tail.writeUInt32LE(begin, 10);
    this.#central.push(Buffer.concat([word(CENTRAL), Buffer.of(VERSION, UNIX), common, tail, path]));
    await this.#put(Buffer.concat([word(LOCAL), common, path, packed]));
  }

  async #put(bytes: Buffer): Promise<void> {
    await this.#write(bytes);
    this.#at += bytes.length;
  }

  /** Writes the directory at its end. */
  async end(): Promise<void> {
    const directory = Buffer.concat(this.#central);
    if (this.#at + directory.length > MOST_BYTES)
      throw new AppError('E_TOO_LARGE', 'this is more than a ZIP file holds: export into a folder instead');
    const end = Buffer.alloc(18);
    end.writeUInt16LE(this.#central.length, 4);
    end.writeUInt16LE(this.#central.length, 6);
    end.writeUInt32LE(directory.length, 8);
    end.writeUInt32LE(this.#at, 12);
    await this.#put(Buffer.concat([directory, word(END), end]));
  }
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
