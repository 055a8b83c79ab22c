import { leafHash } from '../core/tlog/merkle.ts';
import { type Disk, type DiskFile, readChunks } from './disk.ts';
import { frameLength, readFrames, walPath } from './wal.ts';
import { headSum, readWalHead, type WalHead, walBegin } from './wal-head.ts';

const CHUNK = 4 << 20; // far longer than one frame

/** A log file as it was gone through: it may be of gigabytes, so its entries are not held. */
export interface WalScan extends Omit<WalHead, 'bytes'> {
  /** Good records that the file keeps. */
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
    const { bytes, ...head } = await readWalHead(file, first);
    return { ...head, ...(await scanFrames(file, { ...head, bytes }, take)) };
  } finally {
    await file.close();
  }
}

async function scanFrames(
  file: DiskFile,
  head: WalHead,
  take: TakeEntry,
): Promise<Pick<WalScan, 'count' | 'goodBytes' | 'torn'>> {
  const [first, saltSum, size] = [walBegin(head), headSum(head), await file.size()];
  let at = head.bytes;
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
    const head = await readWalHead(file, first);
    const [saltSum, size] = [headSum(head), await file.size()];
    let held: Buffer[] = [];
    let index = walBegin(head);
    for (let at = head.bytes; at < size; ) {
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

/** Leaf hashes of the records that a log file keeps, and roots of the bundles that it gave up. */
export async function walLeaves(disk: Disk, first: number): Promise<Pick<WalHead, 'cut'> & { leaves: Buffer[] }> {
  const leaves: Buffer[] = [];
  const { cut } = await scanWal(disk, first, (entry) => leaves.push(leafHash(entry)));
  return { cut, leaves };
}

/** The head of a log file. */
export async function walHead(disk: Disk, first: number): Promise<WalHead> {
  const file = await disk.open(walPath(first), 'read');
  try {
    return await readWalHead(file, first);
  } finally {
    await file.close();
  }
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
