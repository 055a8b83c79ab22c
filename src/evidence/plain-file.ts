import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { AppError } from '../core/errors.ts';
import { HEAD_BYTES } from './formats.ts';
import { fileSource, openFile, systemFailure } from './handed-in.ts';
import type { Input } from './input.ts';

/** Read at once, and by this thread: to wait for another one costs ten times what it takes. */
const SMALL_BYTES = 2 ** 20;

/** A file at first sight. */
export interface Glimpse {
  readonly stat: Stats;
  /** What it begins with: all of it when it is small, else enough to tell containers by. */
  readonly head: Buffer;
  readonly isWhole: boolean;
  /** How it changed while all of it was read; null when it did not, or is not read yet. */
  readonly changed: string | null;
}

/**
 * Opens a file and reads what it begins with. A pipe or device that took the file's place in between is neither waited for
 * nor read. Throws E_UNREADABLE, E_NOT_FOUND.
 */
export function glimpse(real: string | Buffer, follow: boolean): Glimpse {
  try {
    const fd = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK | (follow ? 0 : constants.O_NOFOLLOW));
    try {
      const stat = fstatSync(fd);
      if (!stat.isFile()) throw new AppError('E_UNREADABLE', 'not a file');
      const isSmall = stat.size > 0 && stat.size <= SMALL_BYTES;
      const head = readHead(fd, isSmall ? stat.size : HEAD_BYTES);
      const isWhole = isSmall || head.length === 0; // what /proc holds has no size, and may have content
      return { stat, head, isWhole, changed: isWhole ? changeOf(stat, fstatSync(fd), head.length) : null };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw systemFailure(error);
  }
}

function readHead(fd: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(length);
  let at = 0;
  for (let read = -1; read !== 0 && at < length; at += read) read = readSync(fd, head, at, length - at, at);
  return head.subarray(0, at);
}

type Seen = Pick<Stats, 'dev' | 'ino' | 'size' | 'mtimeMs'>;

/**
 * How a file changed while `read` bytes of it were read; null when it did not, or only grew: a log on a live host does, and
 * what came later is not looked at.
 */
export function changeOf(before: Seen, after: Seen, read: number): string | null {
  if (after.ino !== before.ino || after.dev !== before.dev) return changed('another file took its place');
  const least = Math.min(after.size, Math.max(read, 0));
  if (least < before.size) return changed(`it shrank from ${before.size} to ${least} bytes`);
  return after.size === before.size && after.mtimeMs !== before.mtimeMs ? changed('it was written to') : null;
}

const changed = (how: string) => `changed while it was read: ${how}`;

/** A log that is a file on disk. Bytes beyond the size that it had when it was found are left alone. */
export function plainInput(
  file: { readonly path: string; readonly real: string; readonly follow: boolean },
  seen: Glimpse,
  signal: AbortSignal | undefined,
): Input {
  const { stat, head, isWhole } = seen;
  const { dev, ino, size, mtimeMs } = stat;
  const common = { path: file.path, container: null, size, mtimeMs, plainFile: file.real };
  if (isWhole) return { ...common, open: () => held(head), changed: () => seen.changed };
  const open = () => readFile(file.real, file.follow, size, signal);
  return { ...common, open, changed: (read) => changeNow(file.real, { dev, ino, size, mtimeMs }, read) };
}

async function* held(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function changeNow(real: string, before: Seen, read: number): string | null {
  if (before.size === 0) return null; // read to wherever it ended
  const after = statSync(real, { throwIfNoEntry: false });
  return after ? changeOf(before, after, read) : changed('it is gone');
}

/** Unlike what is in a container, a plain file can be read more than once; it throws when it cannot be read any more. */
async function* readFile(
  real: string,
  follow: boolean,
  size: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const { handle } = await openFile(real, follow);
  try {
    const source = fileSource(handle, signal, size === 0 ? Number.POSITIVE_INFINITY : size);
    for (let piece = await source.pull(); piece !== null; piece = await source.pull()) {
      yield piece;
      if (signal?.aborted) return;
    }
  } finally {
    await handle.close();
  }
}
