import { AppError } from '../core/errors.ts';

/** What guards against archives made to exhaust whoever opens them. All sizes in bytes, all for one file handed in. */
export interface Limits {
  /** Containers within containers. A compressed archive (.tar.gz) counts once. */
  readonly maxDepth: number;
  /** Decoded bytes for each compressed one, beyond the first `freeBytes` of a stream. */
  readonly maxRatio: number;
  readonly freeBytes: number;
  /** Decoded content of one log file. */
  readonly maxMemberBytes: number;
  /** All that is decoded, on all levels together. */
  readonly maxTotalBytes: number;
  /** Files and folders in archives, on all levels together. */
  readonly maxMembers: number;
  /** A zip archive that is not a file on disk (from stdin, in another archive) is held in memory up to this. */
  readonly maxHeldBytes: number;
}

/**
 * The ratio: deflate ends at 1032:1, so that a limit of 1000 would let a bomb run on; log text with stamps in it compresses
 * 10 to 100 times. One file's streams together may be 16 times as generous as one stream alone.
 */
export const DEFAULT_LIMITS: Limits = {
  maxDepth: 4,
  maxRatio: 250,
  freeBytes: 64 * 2 ** 20,
  maxMemberBytes: 64 * 2 ** 30,
  maxTotalBytes: 256 * 2 ** 30,
  maxMembers: 200_000,
  maxHeldBytes: 256 * 2 ** 20,
};

const STREAMS_AT_ONCE = 16;

/** What one file handed in has used of its limits. Its methods throw E_TOO_LARGE. */
export class Budget {
  readonly limits: Limits;
  /** Bytes of the file read so far; all of it for an archive that is read in any order. */
  packedBytes = 0;
  #made = 0;
  #members = 0;
  /** Once the file as a whole has used up a limit, no more of it is opened. */
  #spent: AppError | null = null;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** A stream has made `made` bytes in all from `packed`, the last `more` just now. */
  charge(more: number, made: number, packed: number): void {
    const { maxRatio, freeBytes, maxTotalBytes } = this.limits;
    if (made > freeBytes + maxRatio * packed) throw bomb(`a stream grew to more than ${maxRatio} times its size`);
    this.#made += more;
    if (this.#made > STREAMS_AT_ONCE * freeBytes + maxRatio * this.packedBytes)
      this.#spent ??= bomb(`its streams grew to more than ${maxRatio} times their size`);
    if (this.#made > maxTotalBytes) this.#spent ??= bomb(`it holds more than ${maxTotalBytes} bytes`);
    if (this.#spent) throw this.#spent;
  }

  /** To be called for each file or folder in an archive. */
  countMember(): void {
    if (++this.#members > this.limits.maxMembers)
      this.#spent ??= bomb(`it holds more than ${this.limits.maxMembers} files`);
    if (this.#spent) throw this.#spent;
  }
}

const bomb = (why: string) => new AppError('E_TOO_LARGE', `refused as a decompression bomb: ${why}`);
