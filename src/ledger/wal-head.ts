import { crc32 } from 'node:zlib';
import { AppError } from '../core/errors.ts';
import { HASH_BYTES } from '../core/tlog/merkle.ts';
import type { DiskFile } from './disk.ts';
import type { PackNotes } from './pack.ts';
import { TILE_WIDTH } from './tile.ts';
import { formatWalHeader, saltSumOf, startsAsWal, WAL_HEADER, walPath } from './wal.ts';

// The head of a log file. One whose first records were given up under the policy keeps their bundles' hashes, for the tree, and what a
// writer needs to know of them:
//
//   "LWAL2\n", 2 bytes 0, u64le first index, 16 bytes salt, u32le bundles given up, u32le length of the notes, of each bundle its root
//   (32 bytes), notes (JSON), u32le crc32 of all that
//
// Its first frame is of record first + 256 × bundles. It is written as a whole beside the old file and takes its place.

const MAGIC = Buffer.from('LWAL2\n\0\0', 'latin1');
const COUNTS = 8;
const SUM = 4;
/** The longest notes, bytes: some million streams. */
const MAX_NOTES = 256 << 20;

/** What stands before the frames of a log file. */
export interface WalHead {
  /** The index in its name. */
  readonly first: number;
  readonly salt: Buffer;
  /** Roots of the bundles that were given up: hashes of tile level 1. */
  readonly cut: readonly Buffer[];
  /** What stood at the end of what was given up; null when nothing was. */
  readonly notes: PackNotes | null;
  /** Its length: the first frame begins there. */
  readonly bytes: number;
}

/** What a record calls the head of a log file, when it states its digest. */
export function headName(first: number): string {
  return `${walPath(first)}#head`;
}

/** Index of the first record that the file keeps. */
export function walBegin({ first, cut }: Pick<WalHead, 'first' | 'cut'>): number {
  return first + cut.length * TILE_WIDTH;
}

/** What the sums of its frames begin with. */
export function headSum({ salt }: WalHead): number {
  return saltSumOf(salt);
}

/** The head of a log file whose first bundles were given up. `salt`: 16 random bytes that no file before it had. */
export function formatCutHead(head: Omit<WalHead, 'bytes' | 'notes'> & { readonly notes: PackNotes }): Buffer {
  const notes = Buffer.from(JSON.stringify(head.notes));
  const counts = Buffer.alloc(COUNTS);
  counts.writeUInt32LE(head.cut.length, 0);
  counts.writeUInt32LE(notes.length, 4);
  const begin = formatWalHeader(head.first, head.salt);
  MAGIC.copy(begin);
  const all = Buffer.concat([begin, counts, ...head.cut, notes]);
  const sum = Buffer.alloc(SUM);
  sum.writeUInt32LE(crc32(all));
  return Buffer.concat([all, sum]);
}

/** The salt alone: a file that has another one is another file. */
export async function walSalt(file: DiskFile): Promise<Buffer> {
  return (await file.read(WAL_HEADER, 0)).subarray(16);
}

/** Reads a head. Throws E_TAMPERED for one that is none, or not of that index: it is whole before the file has its name. */
export async function readWalHead(file: DiskFile, first: number): Promise<WalHead> {
  const begin = await file.read(WAL_HEADER, 0);
  const salt = begin.subarray(16, WAL_HEADER);
  if (startsAsWal(begin, first)) return { first, salt, cut: [], notes: null, bytes: WAL_HEADER };
  if (begin.length < WAL_HEADER || !begin.subarray(0, 8).equals(MAGIC) || begin.readBigUInt64LE(8) !== BigInt(first))
    throw new AppError('E_TAMPERED', `${walPath(first)} does not begin as a log file of that index`);
  return { first, salt, ...(await readCut(file, begin, first)) };
}

async function readCut(
  file: DiskFile,
  begin: Buffer,
  first: number,
): Promise<Pick<WalHead, 'cut' | 'notes' | 'bytes'>> {
  const damaged = () => new AppError('E_TAMPERED', `${walPath(first)}: its head is damaged`);
  const counts = await file.read(COUNTS, WAL_HEADER);
  if (counts.length < COUNTS) throw damaged();
  const [bundles, length] = [counts.readUInt32LE(0), counts.readUInt32LE(4)];
  if (bundles < 1 || bundles >= TILE_WIDTH || length > MAX_NOTES) throw damaged();
  const rest = await file.read(bundles * HASH_BYTES + length + SUM, WAL_HEADER + COUNTS);
  const end = bundles * HASH_BYTES + length;
  const sum = crc32(rest.subarray(0, end), crc32(counts, crc32(begin)));
  if (rest.length !== end + SUM || rest.readUInt32LE(end) !== sum) throw damaged();
  const cut = Array.from({ length: bundles }, (_, nth) => rest.subarray(nth * HASH_BYTES, (nth + 1) * HASH_BYTES));
  const notes = parsedNotes(rest.subarray(bundles * HASH_BYTES, end).toString('utf8'));
  if (notes === null) throw damaged();
  return { cut, notes, bytes: WAL_HEADER + COUNTS + end + SUM };
}

function parsedNotes(text: string): PackNotes | null {
  try {
    const notes = JSON.parse(text) as Partial<PackNotes>;
    const whole = typeof notes.latest === 'number' && typeof notes.streams === 'object' && notes.streams !== null;
    return whole ? (notes as PackNotes) : null;
  } catch {
    return null;
  }
}
