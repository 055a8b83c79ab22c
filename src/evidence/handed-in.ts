import { createHash, type Hash } from 'node:crypto';
import { constants, openSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Socket } from 'node:net';
import { AppError } from '../core/errors.ts';
import type { Custody } from './input.ts';
import type { Budget } from './limits.ts';
import type { Source } from './source.ts';
import type { RandomAccess } from './zip.ts';

const PIECE_BYTES = 256 * 1024;

/** Why a file cannot be read, for what the system said. Passes on what is not the system's word. */
export function systemFailure(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof AppError || code === undefined) return error;
  const reason = REASONS[code] ?? `cannot be read (${code})`;
  return new AppError(code === 'ENOENT' || code === 'ENOTDIR' ? 'E_NOT_FOUND' : 'E_UNREADABLE', reason, {
    cause: error,
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'no such file or folder',
  EACCES: 'may not be read (permission denied)',
  EPERM: 'may not be read (operation not permitted)',
  ELOOP: 'symbolic link, not followed',
  EIO: 'cannot be read: the disk or network reports an error',
};

/**
 * Opens a file to be read. A pipe or device that took the file's place in between is neither waited for nor read.
 * Throws E_UNREADABLE, E_NOT_FOUND.
 */
export async function openFile(real: string | Buffer, follow: boolean): Promise<{ handle: FileHandle; stat: Stats }> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (follow ? 0 : constants.O_NOFOLLOW);
  try {
    const handle = await open(real, flags);
    const stat = await handle.stat();
    if (stat.isFile()) return { handle, stat };
    await handle.close();
  } catch (error) {
    throw systemFailure(error);
  }
  throw new AppError('E_UNREADABLE', 'not a file');
}

/** A file's bytes from any place. */
export function fileAccess(handle: FileHandle, size: number, signal: AbortSignal | undefined): RandomAccess {
  return {
    size,
    read: async (position, length) => {
      signal?.throwIfAborted();
      const buffer = Buffer.allocUnsafe(length);
      try {
        const { bytesRead } = await handle.read(buffer, 0, length, position);
        return buffer.subarray(0, bytesRead);
      } catch (error) {
        throw systemFailure(error);
      }
    },
  };
}

/** A file's bytes from its beginning to wherever it ends by then, at most `most` of them. */
export function fileSource(
  handle: FileHandle,
  signal: AbortSignal | undefined,
  most = Number.POSITIVE_INFINITY,
): Source {
  const access = fileAccess(handle, Number.NaN, signal);
  let place = 0;
  return {
    pull: async () => {
      if (place >= most) return null;
      const bytes = await access.read(place, Math.min(PIECE_BYTES, most - place));
      place += bytes.length;
      return bytes.length === 0 ? null : bytes;
    },
    close: async () => {},
  };
}

/** A stream's bytes. An abort ends the wait for the next. */
export function streamSource(stream: AsyncIterable<Buffer>, signal: AbortSignal | undefined): Source {
  const pieces = stream[Symbol.asyncIterator]();
  return {
    pull: async () => {
      signal?.throwIfAborted();
      const { done, value } = await orAbort(pieces.next(), signal).catch(raise);
      return done ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    },
    close: async () => {
      if (!signal?.aborted) await pieces.return?.();
    },
  };
}

/** A pipe's bytes. Not a file's stream: that waits in a system call which nothing ends, and keeps the process after an abort. */
export async function* pipeStream(path: string, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: true, writable: false });
  signal?.addEventListener('abort', () => socket.destroy(), { once: true });
  yield* socket as AsyncIterable<Buffer>;
}

function raise(error: unknown): never {
  throw systemFailure(error);
}

async function orAbort<T>(wait: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return wait;
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([wait, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Hashes and counts what passes through it. */
export class CustodyTap implements Source {
  readonly #source: Source;
  readonly #budget: Budget | null;
  readonly #hash: Hash = createHash('sha256');
  /** Bytes that passed so far. */
  size = 0;

  constructor(source: Source, budget: Budget | null) {
    this.#source = source;
    this.#budget = budget;
  }

  async pull(): Promise<Buffer | null> {
    const piece = await this.#source.pull();
    if (piece === null) return null;
    this.#hash.update(piece);
    this.size += piece.length;
    if (this.#budget) this.#budget.packedBytes += piece.length;
    return piece;
  }

  async close(): Promise<void> {
    await this.#source.close();
  }

  /** Reads what nobody asked for, so that the whole is hashed. */
  async finish(path: string, mtimeMs: number | null): Promise<Custody> {
    while ((await this.pull()) !== null);
    return { path, size: this.size, mtimeMs, sha256: this.#hash.digest('hex') };
  }
}
