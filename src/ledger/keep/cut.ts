import { createHash, hash } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { foldRow } from '../../core/tlog/merkle.ts';
import type { Disk, DiskFile } from '../disk.ts';
import {
  digestsOf,
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
import { LedgerReader } from '../reader.ts';
import { notesBehind } from '../recover.ts';
import { TILE_WIDTH, tilePath } from '../tile.ts';
import { walPath } from '../wal.ts';
import { formatCutHead, headName, type WalHead } from '../wal-head.ts';
import { shortenWal, type WalWriter } from '../wal-open.ts';
import { scanWal } from '../wal-scan.ts';
import { writePruned } from './pruned.ts';

// Order, so that the log is one piece whatever comes between: the new file of the edge (a pack, or the log file) is made out; a record
// states its digest; whole packs go, the oldest first; the new file takes the old one's place. The last pack stays as an empty file when
// the edge lies behind it, for its name and notes tell a writer where to go on.

/** What a cut asks for. */
export interface Cut {
  /** The first record to stay: a multiple of 256, under the tree that was signed. */
  readonly minimum: number;
  /** The prune record that allows it. */
  readonly record: number;
  /** Sizes of trees that are known outside: the tiles in which they end stay. */
  readonly sizes: Iterable<number>;
  /** States a record of the log's own that is durable when it resolves. */
  readonly note: (kind: 'conf', fields: Readonly<Record<string, string>>, payload: Buffer) => Promise<number>;
  /** Who writes to the log file. */
  readonly writer: WalWriter;
  readonly random: (bytes: number) => Buffer;
}

const shortened = (n: number) => `${packPath(n)}.new`;

/**
 * Gives up the records before `minimum`. Resolves with how many went. Throws E_TAMPERED, with nothing gone, when what is to stay is not
 * as it was written, E_UNAVAILABLE when the log file became full meanwhile.
 */
export async function cutLog(disk: Disk, cut: Cut): Promise<number> {
  const { minimum, record, sizes } = cut;
  const packs = (await disk.list('pack')).map(packNumber).filter((n) => n !== null);
  const reader = await LedgerReader.open(disk);
  try {
    const before = await reader.minimum();
    if (minimum <= before) return 0;
    await keepTiles(
      disk,
      reader,
      [...sizes].filter((size) => size >= before && size < minimum),
    );
    await writePruned(disk, record);
    if (minimum < reader.packs.end * PACK_RECORDS) await cutPacks(disk, packs, cut);
    else await cutBehind(disk, packs, cut);
    return minimum - before;
  } finally {
    await reader.close();
  }
}

/** The edge is in a pack. */
async function cutPacks(disk: Disk, packs: readonly number[], { minimum, note }: Cut): Promise<void> {
  const edge = Math.floor(minimum / PACK_RECORDS);
  const from = (minimum % PACK_RECORDS) / TILE_WIDTH;
  if (from > 0) await note('conf', {}, digestText(new Map([[packPath(edge), await writeShortened(disk, edge, from)]])));
  for (const n of packs.filter((one) => one < edge)) await removePack(disk, n);
  if (from > 0) await replacePack(disk, edge);
}

/** The edge is behind the packs: in the log file, or at its beginning. */
async function cutBehind(disk: Disk, packs: readonly number[], { minimum, note, writer, random }: Cut): Promise<void> {
  const last = packs[packs.length - 1];
  const begin = last === undefined ? 0 : (last + 1) * PACK_RECORDS;
  const head = minimum === begin ? null : await cutHead(disk, { first: begin, minimum, last, writer, random });
  const emptied = last === undefined || (await firstBundle(disk, last)) === TILE_WIDTH;
  // All digests anew: the records that stated those of the last pack may go now.
  const digests = new Map(last === undefined ? [] : await digestsOf(disk, last));
  if (last !== undefined && !emptied) digests.set(packPath(last), await writeShortened(disk, last, TILE_WIDTH));
  if (head !== null) digests.set(headName(begin), head.digest);
  await note('conf', {}, digestText(digests));
  for (const n of packs.slice(0, -1)) await removePack(disk, n);
  if (last !== undefined && !emptied) await replacePack(disk, last);
  if (head !== null) await shortenWal(disk, writer, head);
}

/** The head of the log file once it begins at `minimum`, and its digest. */
async function cutHead(
  disk: Disk,
  at: Pick<Cut, 'minimum' | 'writer' | 'random'> & { readonly first: number; readonly last: number | undefined },
): Promise<{ readonly head: WalHead; readonly bytes: Buffer; readonly digest: string }> {
  const { first, minimum, last, writer, random } = at;
  const { wal, bundles } = writer.open;
  const count = (minimum - first) / TILE_WIDTH;
  if (wal?.first !== first || bundles.length < count)
    throw new AppError('E_UNAVAILABLE', `${walPath(first)} is full, and is packed first: prune again`);
  const notes = await notesBehind(disk, first, last);
  await scanWal(disk, first, (entry, index) => {
    if (index < minimum) notes.take(entry);
  });
  const head = { first, salt: random(16), cut: bundles.slice(0, count), notes: notes.notes() };
  const bytes = formatCutHead(head);
  return { head: { ...head, bytes: bytes.length }, bytes, digest: hash('sha256', bytes) };
}

async function replacePack(disk: Disk, n: number): Promise<void> {
  await disk.rename(shortened(n), packPath(n));
  await disk.syncFolder('pack');
}

async function firstBundle(disk: Disk, n: number): Promise<number> {
  const pack = await PackReader.open(disk, n);
  await pack.close();
  return pack.firstBundle;
}

/** Keeps the tile of level 0 in which a known tree ends: consistency with that tree stays provable. */
async function keepTiles(disk: Disk, reader: LedgerReader, sizes: readonly number[]): Promise<void> {
  for (const n of new Set(
    sizes.filter((size) => size % TILE_WIDTH !== 0).map((size) => Math.floor(size / TILE_WIDTH)),
  )) {
    if (await disk.exists(tilePath({ level: 0, n, width: TILE_WIDTH }))) continue;
    const leaves = await reader.tile(0, n, TILE_WIDTH);
    const parent = Math.floor(n / TILE_WIDTH);
    const packed = await disk.exists(tilePath({ level: 1, n: parent, width: TILE_WIDTH }));
    if (packed) await sameAsPacked(disk, n, leaves); // those of the log file were compared with the tree just now
    await writeTile(disk, 0, n, leaves);
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

/** Removes what crashes left of log files: it holds records too, of those before `minimum`. */
export async function removeTorn(disk: Disk, minimum: number): Promise<void> {
  const torn = (await disk.list('wal')).filter(
    (name) => /^\d{16}\.wal\.torn-\d+$/.test(name) && Number(name.slice(0, 16)) < minimum,
  );
  for (const name of torn) await disk.remove(`wal/${name}`);
  if (torn.length > 0) await disk.syncFolder('wal');
}

/** Removes what a cut that was cut short left: parts of packs that are gone, and files that did not take their place. For the one writer. */
export async function finishCut(disk: Disk): Promise<void> {
  const names = await disk.list('pack');
  const [first = 0] = names.map(packNumber).filter((n) => n !== null);
  const log = (await disk.list('wal')).filter((name) => name.endsWith('.new'));
  for (const name of log) await disk.remove(`wal/${name}`);
  if (log.length > 0) await disk.syncFolder('wal');
  const left = names.filter(
    (name) =>
      (/^\d{8}\.(?:idx|json)$/.test(name) && Number(name.slice(0, 8)) < first) || /^\d{8}\.pack\.new$/.test(name),
  );
  for (const name of left) await disk.remove(`pack/${name}`);
  if (left.length > 0) await disk.syncFolder('pack');
}
