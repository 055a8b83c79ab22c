import { AppError } from '../core/errors.ts';
import type { Disk, DiskFile } from './disk.ts';
import { frameLength, readFrames, readWal, saltSumOf, WAL_HEADER, walPath } from './wal.ts';

const CHUNK = 1 << 20; // far longer than one frame

/** Reads one log file that a writer may be appending to. It holds where each record stands, not the records. */
export class WalReader {
  readonly first: number;
  readonly #disk: Disk;
  readonly #starts: number[] = [WAL_HEADER];
  #saltSum: number | null = null;
  /** Why reading ended before the file did, as of the last look: a record may be half written yet. */
  torn: string | null = null;

  constructor(disk: Disk, first: number) {
    this.#disk = disk;
    this.first = first;
  }

  /** Index after the last good record. */
  get end(): number {
    return this.first + this.#starts.length - 1;
  }

  /** Takes in what was appended. False when the file is gone (it was packed). Throws E_TAMPERED for a file that does not begin as one. */
  async refresh(): Promise<boolean> {
    const file = await this.#open();
    if (file === null) return false;
    try {
      const size = await file.size();
      if (this.#saltSum === null) {
        if (size < WAL_HEADER) {
          this.torn = `${walPath(this.first)} ends inside its header`;
          return true;
        }
        this.#saltSum = saltSumOf(readWal(await file.read(WAL_HEADER, 0), this.first).salt);
      }
      await this.#scan(file, size, this.#saltSum);
    } finally {
      await file.close();
    }
    return true;
  }

  async #scan(file: DiskFile, size: number, saltSum: number): Promise<void> {
    this.torn = null;
    let at = this.#starts[this.#starts.length - 1] as number;
    while (at < size) {
      const chunk = await file.read(Math.min(CHUNK, size - at), at);
      const { entries, goodBytes, torn } = readFrames(chunk, 0, this.end, saltSum);
      for (const { length } of entries) {
        at += frameLength(length);
        this.#starts.push(at);
      }
      if (goodBytes === 0) {
        this.torn = `${walPath(this.first)}: record ${this.end}: ${torn ?? 'it cannot be read'}`;
        return;
      }
    }
  }

  async #open(): Promise<DiskFile | null> {
    try {
      return await this.#disk.open(walPath(this.first), 'read');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Entries from one index up to, not with, another. Null when the file is gone. Throws E_TAMPERED when they changed since. */
  async entries(from: number, to: number): Promise<Buffer[] | null> {
    const file = await this.#open();
    if (file === null) return null;
    try {
      const begin = this.#starts[from - this.first] as number;
      const bytes = await file.read((this.#starts[to - this.first] as number) - begin, begin);
      const { entries, torn } = readFrames(bytes, 0, from, this.#saltSum as number);
      if (entries.length !== to - from)
        throw new AppError(
          'E_TAMPERED',
          `${walPath(this.first)}: record ${from + entries.length}: ${torn ?? 'it ends'}`,
        );
      return [...entries];
    } finally {
      await file.close();
    }
  }
}
