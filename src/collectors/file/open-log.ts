import { hash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';

/** Bytes at a file's beginning, and before the place where reading goes on, by which it is known again. */
export const HEAD_BYTES = 256;
export const TAIL_BYTES = 64;

// A link would lead elsewhere, and a pipe would let us wait for ever.
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Which file a path led to: `device:inode`. */
export const keyOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

/**
 * Opens a plain file without links; null when there is none, or when `isInside` refuses where it really stands (a folder on the way
 * was exchanged for a link). Rejects with node's codes for the rest.
 */
export async function openLog(
  path: string,
  isInside: (realPath: string) => boolean,
): Promise<{ readonly handle: FileHandle; readonly stat: BigIntStats } | null> {
  const handle = await open(path, FLAGS).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ELOOP' || error.code === 'ENOTDIR' || error.code === 'ENXIO')
      return null;
    throw error;
  });
  if (handle === null) return null;
  const stat = await handle.stat({ bigint: true });
  if (stat.isFile() && (await stoodInside(handle, isInside))) return { handle, stat };
  await handle.close();
  return null;
}

async function stoodInside(handle: FileHandle, isInside: (realPath: string) => boolean): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const real = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => null); // no /proc: nothing to ask
  return real === null || isInside(real);
}

/** Short sum of bytes, by which they are known again; it tells nothing of them. */
export const sumOf = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex').slice(0, 24);

/** Up to so many bytes from a place: fewer at the end of the file. */
export async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

const MAGICS: readonly Buffer[] = ['1f8b08', 'fd377a585a00', '28b52ffd', '04224d18', '504b0304', '425a68'].map((hex) =>
  Buffer.from(hex, 'hex'),
);
const JOURNAL = Buffer.from('LPKSHHRH');

/** Why a file with these first bytes is no text; null for what may be text. */
export function notText(head: Buffer): string | null {
  if (head.subarray(0, JOURNAL.length).equals(JOURNAL)) return 'journal';
  return MAGICS.some((magic) => head.subarray(0, magic.length).equals(magic)) ? 'compressed' : null;
}
