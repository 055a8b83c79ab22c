import { leafHash } from '../core/tlog/merkle.ts';
import { type Disk, type DiskFile, readChunks } from './disk.ts';
import { frameLength, readFrames, readWal, saltSumOf, WAL_HEADER, walPath } from './wal.ts';

const CHUNK = 4 << 20; // far longer than one frame

/** A log file as it was gone through: it may be of gigabytes, so its entries are not held. */
export interface WalScan {
  readonly first: number;
  readonly salt: Buffer;
  /** Good records. */
  readonly count: number;
  /** Where the last good frame ends. */
  readonly goodBytes: number;
  /** Why reading ended before the file did; null when it did not. */
  readonly torn: string | null;
}

/** Takes one entry: its bytes, its index, and where its frame begins. */
export type TakeEntry = (entry: Buffer, index: number, at: number) => void;

/** Goes through a log file up to its first bad frame. Throws E_TAMPERED for a file that does not begin as one. */
export async function scanWal(disk: Disk, first: number, take: TakeEntry): Promise<WalScan> {
  const file = await disk.open(walPath(first), 'read');
  try {
    const { salt } = readWal(await file.read(WAL_HEADER, 0), first);
    return { first, salt, ...(await scanFrames(file, first, saltSumOf(salt), take)) };
  } finally {
    await file.close();
  }
}

async function scanFrames(
  file: DiskFile,
  first: number,
  saltSum: number,
  take: TakeEntry,
): Promise<Pick<WalScan, 'count' | 'goodBytes' | 'torn'>> {
  const size = await file.size();
  let at = WAL_HEADER;
  let count = 0;
  while (at < size) {
    const chunk = await file.read(Math.min(CHUNK, size - at), at);
    const { entries, goodBytes, torn } = readFrames(chunk, 0, first + count, saltSum);
    for (const entry of entries) {
      take(entry, first + count, at);
      at += frameLength(entry.length);
      count += 1;
    }
    if (goodBytes === 0) return { count, goodBytes: at, torn: torn ?? 'it cannot be read' };
  }
  return { count, goodBytes: at, torn: null };
}

/** The entries of a log file in bundles of so many; the last may have fewer. Ends at the first bad frame. */
export async function* walBundles(disk: Disk, first: number, width: number): AsyncGenerator<Buffer[]> {
  const file = await disk.open(walPath(first), 'read');
  try {
    const saltSum = saltSumOf(readWal(await file.read(WAL_HEADER, 0), first).salt);
    const size = await file.size();
    let held: Buffer[] = [];
    let index = first;
    for (let at = WAL_HEADER; at < size; ) {
      const { entries, goodBytes } = readFrames(await file.read(Math.min(CHUNK, size - at), at), 0, index, saltSum);
      if (goodBytes === 0) break;
      at += goodBytes;
      index += entries.length;
      held = [...held, ...entries];
      while (held.length >= width) yield held.splice(0, width);
    }
    if (held.length > 0) yield held;
  } finally {
    await file.close();
  }
}

/** Leaf hashes of a log file's records. */
export async function walLeaves(disk: Disk, first: number): Promise<Buffer[]> {
  const leaves: Buffer[] = [];
  await scanWal(disk, first, (entry) => leaves.push(leafHash(entry)));
  return leaves;
}

/** Bytes of a file from one place up to, not with, another. */
export async function* bytesOf(disk: Disk, path: string, from: number, to: number): AsyncGenerator<Buffer> {
  const file = await disk.open(path, 'read');
  try {
    yield* readChunks(file, from, to);
  } finally {
    await file.close();
  }
}
