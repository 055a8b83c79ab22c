import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { AppError } from '../core/errors.ts';
import { foldRow, leafHash } from '../core/tlog/merkle.ts';
import { type Disk, type DiskFile, readChunks, readWhole, writeWhole } from './disk.ts';
import { formatBundle, parseBundle, parseTile, TILE_WIDTH, tilePath } from './tile.ts';

// What is no longer written to: 65,536 records as 256 gzip members, one for each entry bundle, in one file that zcat reads; the
// lengths of the members in another; and the tile of level 1 over them.

/** Records in a pack. */
export const PACK_RECORDS = TILE_WIDTH * TILE_WIDTH;

/** The longest member, bytes: gzip adds little to what it cannot make shorter. */
const MAX_MEMBER = TILE_WIDTH * 65_537 + (1 << 16);
/** 6 takes half as much CPU again, and makes an auth log 1.5 % shorter. */
const GZIP_LEVEL = 5;

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

/** Leaf hashes of what is packed; and of its first bundles, where they were given up before, their roots alone. */
export interface PackLeaves {
  readonly cut: readonly Buffer[];
  readonly leaves: readonly Buffer[];
}

/**
 * Packs 65,536 entries whose leaf hashes the tree has, but those that were given up; writes the files and reads them back: what is on
 * the disk must give the same leaves. Throws E_TAMPERED when it does not. Resolves with the files' digests.
 */
export async function writePack(
  disk: Disk,
  n: number,
  bundles: AsyncIterable<readonly Buffer[]>,
  leaves: PackLeaves,
  notes: { take(entry: Buffer): void; notes(): PackNotes },
): Promise<Digests> {
  await disk.makeFolder('pack');
  const index = Buffer.alloc(TILE_WIDTH * 4);
  const members = membersOf(n, bundles, { index, from: leaves.cut.length, take: (entry) => notes.take(entry) });
  // The pack's name comes last: with it the pack is there.
  await writeWhole(disk, packPath(n), members, 0o440, async () => {
    await writeWhole(disk, indexPath(n), [index], 0o440);
    await writeWhole(disk, notesPath(n), [Buffer.from(`${JSON.stringify(notes.notes())}\n`)], 0o440);
    await writeLevel1(disk, n, leaves);
  });
  await checkPack(disk, n, leaves);
  return digestsOf(disk, n);
}

/** A pack's members one by one, as their lengths go to the index: 0 for those that were given up. Throws E_TAMPERED when there are not 65,536 entries. */
async function* membersOf(
  n: number,
  bundles: AsyncIterable<readonly Buffer[]>,
  { index, from, take }: { index: Buffer; from: number; take: (entry: Buffer) => void },
): AsyncGenerator<Buffer> {
  let at = from;
  for await (const bundle of bundles) {
    if (bundle.length !== TILE_WIDTH || at === TILE_WIDTH) break;
    for (const entry of bundle) take(entry);
    const member = await zip(formatBundle(bundle), { level: GZIP_LEVEL });
    index.writeUInt32LE(member.length, at * 4);
    at += 1;
    yield member;
  }
  if (at !== TILE_WIDTH) throw new AppError('E_TAMPERED', `the records of ${packPath(n)} are not all there any more`);
}

/** As sha256sum writes it: anybody can check the files with `sha256sum -c`. */
export function digestText(digests: Digests): Buffer {
  return Buffer.from([...digests].map(([path, digest]) => `${digest}  ${path}\n`).join(''));
}

/** The digests of a pack's files as they are on the disk. */
export async function digestsOf(disk: Disk, n: number): Promise<Digests> {
  const digests = new Map<string, string>();
  for (const path of [packPath(n), indexPath(n), notesPath(n)]) {
    const file = await disk.open(path, 'read');
    try {
      const digest = createHash('sha256');
      for await (const bytes of readChunks(file, 0, await file.size())) digest.update(bytes);
      digests.set(path, digest.digest('hex'));
    } finally {
      await file.close();
    }
  }
  return digests;
}

async function writeLevel1(disk: Disk, n: number, { cut, leaves }: PackLeaves): Promise<void> {
  const hashes = [...cut];
  for (let at = 0; at < leaves.length; at += TILE_WIDTH) hashes.push(foldRow(leaves.slice(at, at + TILE_WIDTH)));
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

/** Reads a pack back. Throws E_TAMPERED when what is on the disk does not give these leaf hashes. */
export async function checkPack(disk: Disk, n: number, { cut, leaves }: PackLeaves): Promise<void> {
  const pack = await PackReader.open(disk, n);
  try {
    for (let bundle = cut.length; bundle < TILE_WIDTH; bundle += 1)
      for (const [at, leaf] of (await pack.leaves(bundle)).entries())
        if (leaves[(bundle - cut.length) * TILE_WIDTH + at]?.equals(leaf) !== true)
          throw new AppError('E_TAMPERED', `${packPath(n)} does not read back as it was written`);
  } finally {
    await pack.close();
  }
}

/**
 * Reads a pack's bundles one by one. Where the beginning of a pack was given up under the policy, its file begins with a later member;
 * the lengths beside it stay as they were, so that the file's size alone tells where it begins.
 */
export class PackReader {
  readonly n: number;
  /** The first bundle that is kept: 0 in a whole pack, 256 in one of which nothing is. */
  readonly firstBundle: number;
  readonly #file: DiskFile;
  readonly #ends: readonly number[];

  private constructor(n: number, file: DiskFile, ends: readonly number[], firstBundle: number) {
    this.n = n;
    this.#file = file;
    this.#ends = ends;
    this.firstBundle = firstBundle;
  }

  /** Throws E_TAMPERED when the lengths of its members are not those of the file. */
  static async open(disk: Disk, n: number): Promise<PackReader> {
    const index = await readLengths(disk, n);
    if (index.length !== TILE_WIDTH * 4) throw new AppError('E_TAMPERED', `${indexPath(n)} has ${index.length} bytes`);
    const ends: number[] = [];
    for (let at = 0; at < TILE_WIDTH; at += 1) {
      const length = index.readUInt32LE(at * 4);
      if (length > MAX_MEMBER) throw new AppError('E_TAMPERED', `${indexPath(n)}: a member of ${length} bytes`);
      ends.push((ends[at - 1] ?? 0) + length);
    }
    const file = await disk.open(packPath(n), 'read');
    const size = await file.size();
    const whole = ends[TILE_WIDTH - 1] as number;
    // Of what was given up before it was packed a member has no length; with all given up the file is empty.
    const firstBundle = size === whole ? ends.findIndex((end) => end > 0) : ends.lastIndexOf(whole - size) + 1;
    if (firstBundle >= 0 && (size === whole || firstBundle > 0)) return new PackReader(n, file, ends, firstBundle);
    await file.close();
    throw new AppError('E_TAMPERED', `${packPath(n)} has ${size} bytes, not the ${whole} of its members`);
  }

  /** A bundle as it stands in the file: gzip. Throws E_NOT_FOUND for one that was given up. */
  async member(at: number): Promise<Buffer> {
    if (at < this.firstBundle) throw new AppError('E_NOT_FOUND', `${packPath(this.n)}: bundle ${at} was given up`);
    const given = this.#ends[this.firstBundle - 1] ?? 0;
    const begin = this.#ends[at - 1] ?? 0;
    return this.#file.read((this.#ends[at] as number) - begin, begin - given);
  }

  /** The entries of a bundle of this pack: 0 to 255. Throws E_TAMPERED for bytes that are none. */
  async bundle(at: number): Promise<Buffer[]> {
    return entriesOf(await this.member(at), this.n, at);
  }

  /** Leaf hashes of what stands in a member of pack `n`. Throws E_TAMPERED for bytes that are none. */
  static async leavesOf(member: Buffer, n: number, at: number): Promise<Buffer[]> {
    return (await entriesOf(member, n, at)).map((entry) => leafHash(entry));
  }

  /** All leaf hashes of a bundle, as its tile of level 0. */
  async leaves(at: number): Promise<Buffer[]> {
    return (await this.bundle(at)).map((entry) => leafHash(entry));
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** The lengths of a pack's members. Throws E_TAMPERED where they are missing and the pack is there; of one that was given up node's error. */
async function readLengths(disk: Disk, n: number): Promise<Buffer> {
  try {
    return await readWhole(disk, indexPath(n));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT' || !(await disk.exists(packPath(n)))) throw cause;
    throw new AppError(
      'E_TAMPERED',
      `${indexPath(n)} is missing: without it nobody knows where the records of ${packPath(n)} begin`,
      { cause },
    );
  }
}

async function entriesOf(member: Buffer, n: number, at: number): Promise<Buffer[]> {
  const bytes = await unzip(member, { maxOutputLength: TILE_WIDTH * 65_537 }).catch((cause: Error) => {
    throw new AppError('E_TAMPERED', `${packPath(n)}: bundle ${at} is damaged: ${cause.message}`, { cause });
  });
  return parseBundle(bytes, TILE_WIDTH);
}
