import { createHash } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { foldRow } from '../../core/tlog/merkle.ts';
import type { Disk, DiskFile } from '../disk.ts';
import {
  digestText,
  indexPath,
  notesPath,
  PACK_RECORDS,
  PackReader,
  packNumber,
  packPath,
  readTile,
  writeTile,
} from '../pack.ts';
import { TILE_WIDTH, tilePath } from '../tile.ts';
import { writePruned } from './pruned.ts';

// Order, so that the log is one piece whatever comes between: the edge pack's new file is written and read back; a record states its
// digest; whole packs go, the oldest first; the edge pack's new file takes its place.

/** What a cut asks for. */
export interface Cut {
  /** The first record to stay: a multiple of 256 in a pack that is not the last of its bundles. */
  readonly minimum: number;
  /** The prune record that allows it. */
  readonly record: number;
  /** Sizes of trees that are known outside: the tiles in which they end stay. */
  readonly sizes: Iterable<number>;
  /** States a record of the log's own that is durable when it resolves. */
  readonly note: (kind: 'conf', fields: Readonly<Record<string, string>>, payload: Buffer) => Promise<number>;
}

const shortened = (n: number) => `${packPath(n)}.new`;

/** Gives up the records before `minimum`. Resolves with how many went. Throws E_TAMPERED, with nothing gone, when what is to stay is not as it was packed. */
export async function cutLog(disk: Disk, { minimum, record, sizes, note }: Cut): Promise<number> {
  const packs = (await disk.list('pack')).map(packNumber).filter((n) => n !== null);
  const [first] = packs;
  const edge = Math.floor(minimum / PACK_RECORDS);
  if (first === undefined || !packs.includes(edge))
    throw new AppError('E_USAGE', `record ${minimum} is in no pack: what is not packed yet cannot be given up`);
  const from = (minimum % PACK_RECORDS) / TILE_WIDTH;
  const before = first * PACK_RECORDS + (await firstBundle(disk, first)) * TILE_WIDTH;
  if (minimum <= before) return 0;
  await keepTiles(disk, sizes, before, minimum);
  await writePruned(disk, record);
  if (from > 0) {
    const digest = await writeShortened(disk, edge, from);
    await note('conf', {}, digestText(new Map([[packPath(edge), digest]])));
  }
  for (let n = first; n < edge; n += 1) await removePack(disk, n);
  if (from > 0) {
    await disk.rename(shortened(edge), packPath(edge));
    await disk.syncFolder('pack');
  }
  await removeTorn(disk, minimum);
  return minimum - before;
}

async function firstBundle(disk: Disk, n: number): Promise<number> {
  const pack = await PackReader.open(disk, n);
  await pack.close();
  return pack.firstBundle;
}

/** Keeps the tile of level 0 in which a known tree ends: consistency with that tree stays provable. */
async function keepTiles(disk: Disk, sizes: Iterable<number>, before: number, minimum: number): Promise<void> {
  for (const size of new Set(sizes)) {
    if (size % TILE_WIDTH === 0 || size < before || size >= minimum) continue;
    const n = Math.floor(size / TILE_WIDTH);
    if (await disk.exists(tilePath({ level: 0, n, width: TILE_WIDTH }))) continue;
    const pack = await PackReader.open(disk, Math.floor(n / TILE_WIDTH));
    try {
      const leaves = await pack.leaves(n % TILE_WIDTH);
      await sameAsPacked(disk, n, leaves);
      await writeTile(disk, 0, n, leaves);
    } finally {
      await pack.close();
    }
  }
}

async function sameAsPacked(disk: Disk, bundle: number, leaves: readonly Buffer[]): Promise<void> {
  const level1 = await readTile(disk, 1, Math.floor(bundle / TILE_WIDTH));
  if (!foldRow(leaves).equals(level1[bundle % TILE_WIDTH] as Buffer))
    throw new AppError(
      'E_TAMPERED',
      `records ${bundle * TILE_WIDTH} and on are not what was packed: nothing is given up`,
    );
}

/** Writes the pack without its first members beside it, reads that back, and gives its SHA-256. */
async function writeShortened(disk: Disk, n: number, from: number): Promise<string> {
  const pack = await PackReader.open(disk, n);
  await disk.remove(shortened(n));
  const file = await disk.open(shortened(n), 'new', 0o440);
  try {
    const lengths: number[] = [];
    let end = 0;
    for (let at = from; at < TILE_WIDTH; at += 1) {
      const member = await pack.member(at);
      await file.write([member], end);
      end += member.length;
      lengths.push(member.length);
    }
    await file.sync();
    return await readBack(disk, file, { n, from, lengths });
  } finally {
    await file.close();
    await pack.close();
  }
}

async function readBack(
  disk: Disk,
  file: DiskFile,
  { n, from, lengths }: { readonly n: number; readonly from: number; readonly lengths: readonly number[] },
): Promise<string> {
  const digest = createHash('sha256');
  let begin = 0;
  for (const [nth, length] of lengths.entries()) {
    const member = await file.read(length, begin);
    begin += length;
    digest.update(member);
    const leaves = await PackReader.leavesOf(member, n, from + nth);
    await sameAsPacked(disk, n * TILE_WIDTH + from + nth, leaves);
  }
  if ((await file.size()) !== begin) throw new AppError('E_TAMPERED', `${shortened(n)} is longer than it was written`);
  return digest.digest('hex');
}

async function removePack(disk: Disk, n: number): Promise<void> {
  await disk.remove(packPath(n));
  await disk.syncFolder('pack'); // an older one must not come back after a younger one went
  for (const path of [indexPath(n), notesPath(n)]) await disk.remove(path);
  await disk.syncFolder('pack');
}

/** What crashes left of log files holds records too. */
async function removeTorn(disk: Disk, minimum: number): Promise<void> {
  const torn = (await disk.list('wal')).filter(
    (name) => /^\d{16}\.wal\.torn-\d+$/.test(name) && Number(name.slice(0, 16)) < minimum,
  );
  for (const name of torn) await disk.remove(`wal/${name}`);
  if (torn.length > 0) await disk.syncFolder('wal');
}

/** Removes what a cut that was cut short left: parts of packs that are gone, and a new edge that did not take its place. For the one writer. */
export async function finishCut(disk: Disk): Promise<void> {
  const names = await disk.list('pack');
  const [first] = names.map(packNumber).filter((n) => n !== null);
  if (first === undefined) return;
  const left = names.filter(
    (name) =>
      (/^\d{8}\.(?:idx|json)$/.test(name) && Number(name.slice(0, 8)) < first) || /^\d{8}\.pack\.new$/.test(name),
  );
  for (const name of left) await disk.remove(`pack/${name}`);
  if (left.length > 0) await disk.syncFolder('pack');
}
