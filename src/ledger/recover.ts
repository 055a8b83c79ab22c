import { AppError } from '../core/errors.ts';
import { foldRow, leafHash } from '../core/tlog/merkle.ts';
import { type Disk, readWhole, writeWhole } from './disk.ts';
import { notesPath, PACK_RECORDS, type PackNotes, packNumber, readTile } from './pack.ts';
import { parseTime, readHeader } from './record.ts';
import { hashesAt, TILE_WIDTH } from './tile.ts';
import { formatWalHeader, readWal, WAL_HEADER, type WalContent, walFirst, walPath } from './wal.ts';

/** What is on the disk of a ledger, as far as a writer needs it. */
export interface Found {
  /** Records in packs: a multiple of 65,536. */
  readonly packed: number;
  /** Hashes at the edge of the packed tree, by tile level; levels 0 and 1 are empty. */
  readonly rows: readonly (readonly Buffer[])[];
  /** The log files behind the packs, in order, each with its entries. */
  readonly wals: readonly WalContent[];
  /** What a writer goes on from. */
  readonly notes: PackNotes;
  /** What was cut off, and where it is kept now; null when nothing was. */
  readonly torn: { readonly path: string; readonly bytes: number; readonly why: string } | null;
}

/**
 * Finds what is there. A torn tail (which a crash leaves: it was never acknowledged) is put aside in a file of its own. Throws
 * E_TAMPERED for anything that a crash does not do: a missing pack or log file, a bad frame with good ones of a later file behind it,
 * or among the `signed` first records; then nothing on the disk is touched.
 */
export async function findLog(disk: Disk, signed = 0): Promise<Found> {
  const { packed, rows, last } = await findPacks(disk);
  const { wals, torn } = await findWals(disk, packed, signed);
  const entries = wals.flatMap((wal) => [...wal.entries]);
  return { packed, rows, wals, torn, notes: notesAfter(await notesOf(disk, last), entries) };
}

/** The packs of a ledger, and the edge of the tree over them. Throws E_TAMPERED when one is missing. */
export async function findPacks(
  disk: Disk,
): Promise<Pick<Found, 'packed' | 'rows'> & { readonly last: number | undefined }> {
  const packs = (await disk.list('pack')).map(packNumber).filter((n) => n !== null);
  const first = packs[0] ?? 0;
  for (const [at, n] of packs.entries())
    if (n !== first + at) throw new AppError('E_TAMPERED', `pack ${first + at} is missing: pack ${n} is there`);
  const packed = packs.length === 0 ? 0 : (first + packs.length) * PACK_RECORDS;
  return { packed, rows: await edgeRows(disk, packed), last: packs[packs.length - 1] };
}

/** What stood at the end of a pack; of none, at the beginning. */
export async function notesOf(disk: Disk, last: number | undefined): Promise<PackNotes> {
  if (last === undefined) return { streams: {}, latest: 0 };
  return JSON.parse((await readWhole(disk, notesPath(last))).toString('utf8')) as PackNotes;
}

/** The hashes of the partial tiles of a tree of whole packs: from the full tiles one level below. */
async function edgeRows(disk: Disk, packed: number): Promise<Buffer[][]> {
  const rows: Buffer[][] = packed === 0 ? [] : [[], []];
  for (let level = 2; hashesAt(level, packed) > 0; level += 1) {
    const all = hashesAt(level, packed);
    const row: Buffer[] = [];
    for (let n = all - (all % TILE_WIDTH); n < all; n += 1) row.push(foldRow(await readTile(disk, level - 1, n)));
    rows.push(row);
  }
  return rows;
}

async function findWals(disk: Disk, packed: number, signed: number): Promise<Pick<Found, 'wals' | 'torn'>> {
  const firsts = (await disk.list('wal')).map(walFirst).filter((first) => first !== null);
  const wals: WalContent[] = [];
  let next = packed;
  for (const [at, first] of firsts.entries()) {
    if (first < packed) continue; // packed, and not yet removed when the writer ended
    if (first !== next) throw new AppError('E_TAMPERED', `${walPath(next)} is missing: ${walPath(first)} is there`);
    const path = walPath(first);
    const bytes = await readWhole(disk, path);
    const last = at === firsts.length - 1;
    if (last && bytes.length < WAL_HEADER && next >= signed)
      return { wals, torn: await putAside(disk, path, bytes, null, 'its beginning') };
    const wal = readWal(bytes, first);
    next = first + wal.entries.length;
    wals.push(wal);
    if (wal.torn === null) continue;
    if (!last)
      throw new AppError('E_TAMPERED', `${path}: ${wal.torn}, and ${walPath(firsts[at + 1] as number)} goes on`);
    if (next < signed)
      throw new AppError(
        'E_TAMPERED',
        `${signed} records were signed, and record ${next} is damaged: ${path}: ${wal.torn}`,
      );
    return { wals, torn: await putAside(disk, path, bytes, wal, wal.torn) };
  }
  return { wals, torn: null };
}

/** Keeps a torn file beside a clean copy of what is good in it. */
async function putAside(
  disk: Disk,
  path: string,
  bytes: Buffer,
  wal: WalContent | null,
  why: string,
): Promise<NonNullable<Found['torn']>> {
  let nth = 1;
  while (await disk.exists(`${path}.torn-${nth}`)) nth += 1;
  const kept = `${path}.torn-${nth}`;
  await writeWhole(disk, kept, [bytes], 0o440);
  if (wal === null) await disk.remove(path);
  else {
    const header = formatWalHeader(wal.first, wal.salt);
    await writeWhole(disk, path, [header, bytes.subarray(WAL_HEADER, wal.goodBytes)]);
  }
  await disk.syncFolder('wal');
  return { path: kept, bytes: bytes.length - (wal?.goodBytes ?? 0), why };
}

/** What a writer goes on from behind `entries`, when it went on from `before` in front of them. */
export function notesAfter(before: PackNotes, entries: Iterable<Buffer>): PackNotes {
  const streams = new Map(Object.entries(before.streams));
  let { latest } = before;
  for (const entry of entries) {
    const { stream, seq, rt } = readHeader(entry).fields;
    if (stream !== undefined && seq !== undefined) streams.set(stream, Number(seq) + 1);
    if (rt !== undefined) latest = Math.max(latest, parseTime(rt));
  }
  return { streams: Object.fromEntries(streams), latest };
}

/** Leaf hashes of a log file's entries. */
export function leavesOf({ entries }: WalContent): Buffer[] {
  return entries.map((entry) => leafHash(entry));
}
