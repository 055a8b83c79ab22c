import { AppError } from '../core/errors.ts';
import { foldRow, leafHash } from '../core/tlog/merkle.ts';
import { type Disk, readWhole, writeWhole } from './disk.ts';
import { HeaderReader } from './header-reader.ts';
import { notesPath, PACK_RECORDS, type PackNotes, packNumber, readTile } from './pack.ts';
import { parseTime } from './record.ts';
import { hashesAt, TILE_WIDTH } from './tile.ts';
import { startsAsWal, WAL_HEADER, walFirst, walPath } from './wal.ts';
import { walBegin } from './wal-head.ts';
import { bytesOf, scanWal, type WalScan, walHead } from './wal-scan.ts';

/** A log file behind the packs. */
export interface FoundWal extends WalScan {
  /** Leaf hashes of the records that it keeps. */
  readonly leaves: readonly Buffer[];
  /** Where the first record that was not signed begins. */
  readonly signedBytes: number;
}

/** What is on the disk of a ledger, as far as a writer needs it. */
export interface Found {
  /** Records in packs: a multiple of 65,536. */
  readonly packed: number;
  /** Hashes at the edge of the packed tree, by tile level; levels 0 and 1 are empty. */
  readonly rows: readonly (readonly Buffer[])[];
  /** The log files behind the packs, in order. */
  readonly wals: readonly FoundWal[];
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
  const notes = await notesBehind(disk, packed, last);
  const { wals, torn } = await findWals(disk, packed, signed, notes);
  return { packed, rows, wals, torn, notes: notes.notes() };
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
async function notesOf(disk: Disk, last: number | undefined): Promise<PackNotes> {
  if (last === undefined) return { streams: {}, latest: 0 };
  return JSON.parse((await readWhole(disk, notesPath(last))).toString('utf8')) as PackNotes;
}

/** What stood before the records of the first log file: at the end of the packs, or of what it gave up. */
export async function notesBehind(disk: Disk, packed: number, last: number | undefined): Promise<NotesFold> {
  const there = await disk.exists(walPath(packed));
  const cut = there && !(await isBarelyBegun(disk, packed)) ? (await walHead(disk, packed)).notes : null;
  return new NotesFold(cut ?? (await notesOf(disk, last)));
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

async function findWals(
  disk: Disk,
  packed: number,
  signed: number,
  notes: NotesFold,
): Promise<Pick<Found, 'wals' | 'torn'>> {
  const firsts = (await disk.list('wal')).map(walFirst).filter((first) => first !== null);
  const wals: FoundWal[] = [];
  let next = packed;
  for (const [at, first] of firsts.entries()) {
    if (first < packed) continue; // packed, and not yet removed when the writer ended
    if (first !== next) throw new AppError('E_TAMPERED', `${walPath(next)} is missing: ${walPath(first)} is there`);
    const last = at === firsts.length - 1;
    if (last && next >= signed && (await isBarelyBegun(disk, first)))
      return { wals, torn: await putAside(disk, first, null, 'its beginning') };
    const wal = await readOne(disk, first, signed, notes);
    refuseMisplacedCut(wal, packed);
    next = walBegin(wal) + wal.leaves.length;
    wals.push(wal);
    if (wal.torn === null) continue;
    if (!last)
      throw new AppError(
        'E_TAMPERED',
        `${walPath(first)}: ${wal.torn}, and ${walPath(firsts[at + 1] as number)} goes on`,
      );
    if (next < signed)
      throw new AppError(
        'E_TAMPERED',
        `${signed} records were signed, and record ${next} is damaged: ${walPath(first)}: ${wal.torn}`,
      );
    return { wals, torn: await putAside(disk, first, wal, wal.torn) };
  }
  return { wals, torn: null };
}

/** Only the beginning of a log can be given up. */
function refuseMisplacedCut({ first, cut }: FoundWal, packed: number): void {
  if (cut.length > 0 && first !== packed)
    throw new AppError('E_TAMPERED', `${walPath(first)} lacks its beginning, and ${walPath(packed)} is there`);
}

async function readOne(disk: Disk, first: number, signed: number, notes: NotesFold): Promise<FoundWal> {
  const leaves: Buffer[] = [];
  let signedBytes: number | null = null;
  const scan = await scanWal(disk, first, (entry, index, at) => {
    if (index >= signed) signedBytes ??= at;
    leaves.push(leafHash(entry));
    notes.take(entry);
  });
  return { ...scan, leaves, signedBytes: signedBytes ?? scan.goodBytes };
}

/** A header is durable before any record is written: a file with a part of one, or with a header of lost bytes, holds none. */
async function isBarelyBegun(disk: Disk, first: number): Promise<boolean> {
  const file = await disk.open(walPath(first), 'read');
  try {
    const size = await file.size();
    if (size !== WAL_HEADER) return size < WAL_HEADER;
    return !startsAsWal(await file.read(WAL_HEADER, 0), first);
  } finally {
    await file.close();
  }
}

/** Keeps a torn file beside, and leaves of it what is good. */
async function putAside(
  disk: Disk,
  first: number,
  wal: FoundWal | null,
  why: string,
): Promise<NonNullable<Found['torn']>> {
  const path = walPath(first);
  const size = await sizeOf(disk, path);
  let nth = 1;
  while (await disk.exists(`${path}.torn-${nth}`)) nth += 1;
  const kept = `${path}.torn-${nth}`;
  await writeWhole(disk, kept, bytesOf(disk, path, 0, size), 0o440);
  if (wal === null) await disk.remove(path);
  else await writeWhole(disk, path, bytesOf(disk, path, 0, wal.goodBytes));
  await disk.syncFolder('wal');
  return { path: kept, bytes: size - (wal?.goodBytes ?? 0), why };
}

async function sizeOf(disk: Disk, path: string): Promise<number> {
  const file = await disk.open(path, 'read');
  try {
    return await file.size();
  } finally {
    await file.close();
  }
}

/** What a writer goes on from, made out record by record. */
class NotesFold {
  readonly #streams: Map<string, number>;
  #latest: number;
  readonly #headers = new HeaderReader();
  /** The time that was read last: many records have one. */
  #rt = '';

  constructor(before: PackNotes) {
    this.#streams = new Map(Object.entries(before.streams));
    this.#latest = before.latest;
  }

  take(entry: Buffer): void {
    const { stream, seq, rt } = this.#headers.read(entry).fields;
    if (stream !== undefined && seq !== undefined) this.#streams.set(stream, Number(seq) + 1);
    if (rt === undefined || rt === this.#rt) return;
    this.#latest = Math.max(this.#latest, parseTime(rt));
    this.#rt = rt;
  }

  notes(): PackNotes {
    return { streams: Object.fromEntries(this.#streams), latest: this.#latest };
  }
}
