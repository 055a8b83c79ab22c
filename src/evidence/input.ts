import type { ErrorCode } from '../core/errors.ts';

/** One log file, after all containers around it are opened. */
export interface Input {
  /** As shown to people: 'evidence.tar.gz!/web1/var/log/auth.log.2.gz'. Names in archives are hostile; never a path to write to. */
  readonly path: string;
  /** The file handed in that holds it; null for a plain file. */
  readonly container: string | null;
  /** Bytes of the content, where known before reading. An archive's word: not to be trusted. */
  readonly size: number | null;
  /** The file's or archive member's own; a gzip header's where it has one. ms since 1970. */
  readonly mtimeMs: number | null;
  /** The file on disk that is the content, so that it can be read by ranges. Null when there is none. */
  readonly plainFile: string | null;
  /**
   * The content, once and in order. Must be read to its end, or let go by `return()`, before the next input is asked for.
   * It ends early, without an error, where the evidence is broken or the run is aborted: a Refusal with the same path follows.
   * A plain file may be read again, and throws E_UNREADABLE or E_NOT_FOUND when it cannot be.
   */
  open(): AsyncIterable<Buffer>;
  /**
   * To be asked when `read` bytes were read, up to `size`: how the file on disk changed meanwhile. Null when it did not or only
   * grew, and for what is in a container: a Refusal tells that.
   */
  changed(read: number): string | null;
}

/** Something that could not be read, or only in part. */
export interface Refusal {
  readonly path: string;
  /** Null when nothing is lost: the same was read before. */
  readonly code: ErrorCode | null;
  readonly reason: string;
}

/** A file as it was handed in, whole: the container, not what is in it. */
export interface Custody {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number | null;
  /** Lower-case hex. */
  readonly sha256: string;
}
