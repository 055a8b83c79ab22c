import type { AppError } from '../core/errors.ts';
import type { Source } from './source.ts';

/** A file in an archive. Its content must be read, or let go, before the next one is asked for. */
export interface Member {
  /** As the archive has it: whatever its maker wanted. Never a path to write to. */
  readonly name: string;
  readonly size: number | null;
  readonly mtimeMs: number | null;
  /** Bytes that its content took so far, when it is compressed in the archive by itself; null when it is not. */
  readonly packedBytes: (() => number) | null;
  /** Null for what holds no content of its own: folders, links, devices. */
  readonly content: Source | null;
  /** Why a file's content cannot be had, though the archive goes on. */
  readonly refusal: AppError | null;
}
