import { AppError } from '../core/errors.ts';
import { foldRow, leafHash } from '../core/tlog/merkle.ts';
import { PACK_RECORDS } from './pack.ts';
import type { LedgerReader } from './reader.ts';
import { TILE_WIDTH } from './tile.ts';

/** Records that are kept, and are not as they were sealed: from one index up to, not with, another. */
export interface Damage {
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

/** Entries in their order; null in the place of each that is damaged. */
export interface Readable {
  readonly entries: readonly (Buffer | null)[];
  readonly damage: readonly Damage[];
}

/** Is it damage of the ledger's files, which reading again does not mend? */
export function isDamage(error: unknown): error is AppError {
  return error instanceof AppError && (error.code === 'E_TAMPERED' || error.code === 'E_MALFORMED');
}

/**
 * Entries from one index up to, not with, another, which are durable and kept. Of packed records each whole bundle is hashed, and is given
 * only when it has the hash that its tile states; so what is given depends on the bytes on the disk alone. Rejects as `LedgerReader.entries`,
 * but not for damage: that is told.
 */
export async function readableEntries(reader: LedgerReader, from: number, to: number): Promise<Readable> {
  const entries: (Buffer | null)[] = [];
  const damage: Damage[] = [];
  while (from + entries.length < to) {
    const read = await readFrom(reader, from + entries.length, to);
    if ('why' in read) damage.push(read);
    const found = 'why' in read ? new Array<null>(read.to - read.from).fill(null) : read;
    for (const entry of found) entries.push(entry);
  }
  return { entries, damage };
}

/** The entries from `at` on that are read at one go, or what is damaged there. Of a log file the half is tried, until it is good or one record. */
async function readFrom(reader: LedgerReader, at: number, to: number): Promise<readonly Buffer[] | Damage> {
  const isPacked = at < reader.packs.end * PACK_RECORDS;
  const n = Math.floor(at / TILE_WIDTH);
  const end = isPacked ? Math.min(to, (n + 1) * TILE_WIDTH) : to;
  try {
    if (!isPacked) return await reader.entries(at, end);
    return (await checkedBundle(reader, n)).slice(at - n * TILE_WIDTH, end - n * TILE_WIDTH);
  } catch (error) {
    if (!isDamage(error)) throw error;
    if (isPacked || end === at + 1) return { from: at, to: end, why: error.message };
    return readFrom(reader, at, at + Math.ceil((end - at) / 2));
  }
}

/** A packed bundle that has the hash which its tile states. Rejects with E_TAMPERED for another. */
async function checkedBundle(reader: LedgerReader, n: number): Promise<readonly Buffer[]> {
  const entries = await reader.bundle(n, TILE_WIDTH);
  if (foldRow(entries.map((entry) => leafHash(entry))).equals(await reader.statedRoot(n))) return entries;
  const first = n * TILE_WIDTH;
  throw new AppError('E_TAMPERED', `records ${first}..${first + TILE_WIDTH - 1} do not have the hash that was sealed`);
}
