import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { AppError } from '../core/errors.ts';
import { foldRow, HASH_BYTES, leafHash } from '../core/tlog/merkle.ts';
import { type Disk, readWhole, writeWhole } from './disk.ts';
import { formatBundle, parseBundle, parseTile, TILE_WIDTH, tilePath } from './tile.ts';

// What is no longer written to: 65,536 records as 256 gzip members, one for each entry bundle, in one file that zcat reads; the
// lengths of the members in another; and the tile of level 1 over them.

/** Records in a pack. */
export const PACK_RECORDS = TILE_WIDTH * TILE_WIDTH;

const zip = promisify(gzip);
const unzip = promisify(gunzip);

const numbered = (n: number, ending: string) => `pack/${String(n).padStart(8, '0')}.${ending}`;

/** The pack's file. */
export const packPath = (n: number) => numbered(n, 'pack');
/** The lengths of its members. */
export const indexPath = (n: number) => numbered(n, 'idx');
/** What a writer goes on from: `PackNotes`. */
export const notesPath = (n: number) => numbered(n, 'json');

/** The number in a pack's file name; null for another name. */
export function packNumber(name: string): number | null {
  return /^\d{8}\.pack$/.test(name) ? Number(name.slice(0, 8)) : null;
}

/** What stood at the end of a pack, so that a start need not read it. */
export interface PackNotes {
  /** Next `seq` of each stream. */
  readonly streams: Readonly<Record<string, number>>;
  /** Latest `rt`, microseconds. */
  readonly latest: number;
}

/** A file and its SHA-256 in hex. */
export type Digests = ReadonlyMap<string, string>;

/**
 * Packs exactly 65,536 entries whose leaf hashes the tree has, writes the files and reads them back: what is on the disk must give
 * the same leaves. Throws E_TAMPERED when it does not. Resolves with the files' digests.
 */
export async function writePack(
  disk: Disk,
  n: number,
  entries: readonly Buffer[],
  leaves: readonly Buffer[],
  notes: PackNotes,
): Promise<Digests> {
  const members: Buffer[] = [];
  for (let at = 0; at < PACK_RECORDS; at += TILE_WIDTH)
    members.push(await zip(formatBundle(entries.slice(at, at + TILE_WIDTH)), { level: 6 }));
  const index = Buffer.alloc(members.length * 4);
  for (const [at, { length }] of members.entries()) index.writeUInt32LE(length, at * 4);
  const said = Buffer.from(`${JSON.stringify(notes)}\n`);
  await disk.makeFolder('pack');
  await writeWhole(disk, indexPath(n), [index], 0o440);
  await writeWhole(disk, notesPath(n), [said], 0o440);
  await writeLevel1(disk, n, leaves);
  await writeWhole(disk, packPath(n), members, 0o440); // the last: with it the pack is there
  const written = await readBack(disk, n, leaves);
  return new Map([
    [packPath(n), written],
    [indexPath(n), hash('sha256', index)],
    [notesPath(n), hash('sha256', said)],
  ]);
}

/** The digests of a pack's files as they are on the disk. */
export async function digestsOf(disk: Disk, n: number): Promise<Digests> {
  const digests = new Map<string, string>();
  for (const path of [packPath(n), indexPath(n), notesPath(n)])
    digests.set(path, hash('sha256', await readWhole(disk, path)));
  return digests;
}

async function writeLevel1(disk: Disk, n: number, leaves: readonly Buffer[]): Promise<void> {
  const hashes: Buffer[] = [];
  for (let at = 0; at < PACK_RECORDS; at += TILE_WIDTH) hashes.push(foldRow(leaves.slice(at, at + TILE_WIDTH)));
  await writeTile(disk, 1, n, hashes);
}

/** Writes a full tile of level 1 or above. */
export async function writeTile(disk: Disk, level: number, n: number, hashes: readonly Buffer[]): Promise<void> {
  const path = tilePath({ level, n, width: TILE_WIDTH });
  await disk.makeFolder(path.slice(0, path.lastIndexOf('/')));
  await writeWhole(disk, path, hashes, 0o444);
}

/** Reads a full tile of level 1 or above. Throws E_TAMPERED when it is not 256 hashes. */
export async function readTile(disk: Disk, level: number, n: number): Promise<Buffer[]> {
  return parseTile(await readWhole(disk, tilePath({ level, n, width: TILE_WIDTH })), TILE_WIDTH);
}

async function readBack(disk: Disk, n: number, leaves: readonly Buffer[]): Promise<string> {
  const pack = await PackReader.open(disk, n);
  try {
    for (let bundle = 0; bundle < TILE_WIDTH; bundle += 1) {
      const entries = await pack.bundle(bundle);
      for (const [at, entry] of entries.entries())
        if (!leafHash(entry).equals(leaves[bundle * TILE_WIDTH + at] as Buffer))
          throw new AppError('E_TAMPERED', `${packPath(n)} does not read back as it was written`);
    }
  } finally {
    await pack.close();
  }
  return hash('sha256', await readWhole(disk, packPath(n)));
}

/** Reads a pack's bundles one by one. */
export class PackReader {
  readonly n: number;
  readonly #file: Awaited<ReturnType<Disk['open']>>;
  readonly #ends: readonly number[];

  private constructor(n: number, file: Awaited<ReturnType<Disk['open']>>, ends: readonly number[]) {
    this.n = n;
    this.#file = file;
    this.#ends = ends;
  }

  /** Throws E_TAMPERED when the lengths of its members are not those of the file. */
  static async open(disk: Disk, n: number): Promise<PackReader> {
    const index = await readWhole(disk, indexPath(n));
    if (index.length !== TILE_WIDTH * 4) throw new AppError('E_TAMPERED', `${indexPath(n)} has ${index.length} bytes`);
    const ends: number[] = [];
    for (let at = 0; at < TILE_WIDTH; at += 1) ends.push((ends[at - 1] ?? 0) + index.readUInt32LE(at * 4));
    const file = await disk.open(packPath(n), 'read');
    const size = await file.size();
    if (size === ends[TILE_WIDTH - 1]) return new PackReader(n, file, ends);
    await file.close();
    throw new AppError(
      'E_TAMPERED',
      `${packPath(n)} has ${size} bytes, not the ${ends[TILE_WIDTH - 1]} of its members`,
    );
  }

  /** A bundle as it stands in the file: gzip. */
  member(at: number): Promise<Buffer> {
    const begin = this.#ends[at - 1] ?? 0;
    return this.#file.read((this.#ends[at] as number) - begin, begin);
  }

  /** The entries of a bundle of this pack: 0 to 255. Throws E_TAMPERED for bytes that are none. */
  async bundle(at: number): Promise<Buffer[]> {
    const bytes = await unzip(await this.member(at), { maxOutputLength: TILE_WIDTH * 65_537 }).catch((cause: Error) => {
      throw new AppError('E_TAMPERED', `${packPath(this.n)}: bundle ${at} is damaged: ${cause.message}`, { cause });
    });
    return parseBundle(bytes, TILE_WIDTH);
  }

  /** All leaf hashes of a bundle, as its tile of level 0. */
  async leaves(at: number): Promise<Buffer[]> {
    return (await this.bundle(at)).map((entry) => leafHash(entry));
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Bytes of a full tile. */
export const TILE_BYTES = TILE_WIDTH * HASH_BYTES;
