import { AppError } from '../core/errors.ts';
import type { Disk, DiskFile } from './disk.ts';
import { frameEnds, readFrames, WAL_HEADER, walPath } from './wal.ts';
import { headSum, readWalHead, type WalHead, walBegin, walSalt } from './wal-head.ts';

const CHUNK = 1 << 20; // far longer than one frame

/** Reads one log file that a writer may be appending to. It holds where each record stands, not the records. */
export class WalReader {
  readonly first: number;
  readonly #disk: Disk;
  #head: WalHead | null = null;
  /** Where the records begin that the file keeps, and where the last ends. */
  #starts: number[] = [];
  /** Why reading ended before the file did, as of the last look: a record may be half written yet. */
  torn: string | null = null;

  constructor(disk: Disk, first: number) {
    this.#disk = disk;
    this.first = first;
  }

  /** Index of the first record that the file keeps: those before it were given up. */
  get begin(): number {
    return this.#head === null ? this.first : walBegin(this.#head);
  }

  /** Roots of the bundles that were given up. */
  get cut(): readonly Buffer[] {
    return this.#head?.cut ?? [];
  }

  /** Index after the last good record. */
  get end(): number {
    return this.begin + Math.max(0, this.#starts.length - 1);
  }

  /** Takes in what was appended. False when the file is gone (it was packed). Throws E_TAMPERED for a file that does not begin as one. */
  async refresh(): Promise<boolean> {
    const file = await this.#open();
    if (file === null) return false;
    try {
      const size = await file.size();
      if (size < WAL_HEADER) {
        this.torn = `${walPath(this.first)} ends inside its header`;
        return true;
      }
      const head = await this.#headOf(file);
      await this.#scan(file, size, headSum(head));
    } finally {
      await file.close();
    }
    return true;
  }

  /** The file's head, which is read again only when it is another file: a shorter one may take the place. */
  async #headOf(file: DiskFile): Promise<WalHead> {
    if (this.#head?.salt.equals(await walSalt(file))) return this.#head;
    this.#head = await readWalHead(file, this.first);
    this.#starts = [this.#head.bytes];
    return this.#head;
  }

  async #scan(file: DiskFile, size: number, saltSum: number): Promise<void> {
    this.torn = null;
    let at = this.#starts[this.#starts.length - 1] as number;
    while (at < size) {
      const chunk = await file.read(Math.min(CHUNK, size - at), at);
      const { ends, torn } = frameEnds(chunk, 0, this.end, saltSum);
      for (const end of ends) this.#starts.push(at + end);
      at = this.#starts[this.#starts.length - 1] as number;
      if (ends.length === 0) {
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

  /** Entries from one index up to, not with, another. Null when the file is gone, or is another one. Throws E_TAMPERED when they changed since. */
  async entries(from: number, to: number): Promise<Buffer[] | null> {
    const [head, first] = [this.#head, this.begin];
    const file = head === null ? null : await this.#open();
    if (file === null || head === null) return null;
    try {
      const begin = this.#starts[from - first] as number;
      const bytes = await file.read((this.#starts[to - first] as number) - begin, begin);
      const { entries, torn } = readFrames(bytes, 0, from, headSum(head));
      if (entries.length !== to - from && !(await walSalt(file)).equals(head.salt)) return null;
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
