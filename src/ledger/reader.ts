import { AppError } from '../core/errors.ts';
import { foldRow, leafHash } from '../core/tlog/merkle.ts';
import { lastCosigned } from './cosigned.ts';
import type { Disk } from './disk.ts';
import { Held } from './held.ts';
import { BlobReader } from './keep/blob-reader.ts';
import { prunedBy } from './keep/pruned.ts';
import { PACK_RECORDS, PackReader, packNumber, packPath, readTile } from './pack.ts';
import { lastCheckpoint } from './seal.ts';
import type { Detached, RefRecord } from './secrecy/detached.ts';
import type { LedgerSource } from './source.ts';
import { hashesAt, TILE_WIDTH, tilePath } from './tile.ts';
import { walFirst } from './wal.ts';
import { WalReader } from './wal-reader.ts';

const OPEN_PACKS = 8;
const HELD_HASHES = 1 << 16;

/**
 * Reads a ledger's folder while another process may write to it: packs, the log files behind them, tiles and the checkpoint. It holds
 * little: a few open packs, the places of the records that are not packed yet, some hashes. What it gives is not verified.
 */
export class LedgerReader implements LedgerSource {
  readonly name: string;
  readonly #disk: Disk;
  #packs = { first: 0, end: 0 };
  #minimum = 0;
  #wals: readonly WalReader[] = [];
  readonly #open = new Held<number, Promise<PackReader>>(OPEN_PACKS, (pack) => {
    setTimeout(() => void pack.then((open) => open.close()).catch(() => {}), 10_000).unref(); // a read may be under way
  });
  readonly #hashes = new Held<string, Buffer>(HELD_HASHES);
  /** The tile over the pack that was asked for last. */
  #stated: { readonly pack: number; readonly roots: readonly Buffer[] } | null = null;
  readonly #mayLack: boolean;

  readonly #blobs: BlobReader;

  private constructor(disk: Disk, name: string, mayLack: boolean) {
    this.#disk = disk;
    this.#blobs = new BlobReader(disk);
    this.name = name;
    this.#mayLack = mayLack;
  }

  /**
   * Looks at what is there. Rejects with E_TAMPERED when a pack is missing among others; with `mayLack`, only reading its records does.
   */
  static async open(
    disk: Disk,
    name = 'the ledger',
    { mayLack = false }: { readonly mayLack?: boolean } = {},
  ): Promise<LedgerReader> {
    const reader = new LedgerReader(disk, name, mayLack);
    await reader.refresh();
    return reader;
  }

  /** Takes in what was written since. Resolves with how many records there are, sealed or not. */
  async refresh(): Promise<number> {
    const packs = (await this.#disk.list('pack')).map(packNumber).filter((n) => n !== null);
    const first = packs[0] ?? 0;
    const hole = packs.findIndex((n, at) => n !== first + at);
    if (hole >= 0 && !this.#mayLack)
      throw new AppError('E_TAMPERED', `pack ${first + hole} is missing: pack ${packs[hole]} is there`);
    this.#packs = { first, end: packs.length === 0 ? first : (packs.at(-1) as number) + 1 };
    await this.#findWals();
    this.#minimum = await this.#firstKept();
    return this.size;
  }

  /** Where what is kept begins: a part of the first pack may have been given up; or all of it, and a part of the log file behind. */
  async #firstKept(): Promise<number> {
    const { end } = this.#packs;
    const packed = await this.#firstPacked();
    const behind = this.#wals[0]?.first === end * PACK_RECORDS ? this.#wals[0].begin : packed;
    return packed < end * PACK_RECORDS ? packed : behind;
  }

  async #firstPacked(): Promise<number> {
    const { first, end } = this.#packs;
    let kept = first * PACK_RECORDS;
    for (let n = first; n < end && kept === n * PACK_RECORDS; n += 1) {
      const pack = await PackReader.open(this.#disk, n).catch((error: unknown) => {
        if (error instanceof AppError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error; // one that is damaged is told when its records are read
      });
      await pack?.close();
      kept += (pack?.firstBundle ?? 0) * TILE_WIDTH;
    }
    return kept;
  }

  async #findWals(): Promise<void> {
    const packed = this.#packs.end * PACK_RECORDS;
    const firsts = (await this.#disk.list('wal')).map(walFirst).filter((n) => n !== null);
    const wals: WalReader[] = [];
    for (const first of firsts.filter((n) => n >= packed)) {
      const wal = this.#wals.find((known) => known.first === first) ?? new WalReader(this.#disk, first);
      if (!(await this.#isThere(wal))) break; // packed and removed meanwhile
      wals.push(wal);
    }
    this.#wals = wals;
  }

  /** A log file whose beginning is damaged ends what can be read. */
  async #isThere(wal: WalReader): Promise<boolean> {
    try {
      return await wal.refresh();
    } catch (error) {
      if (this.#mayLack && error instanceof AppError && error.code === 'E_TAMPERED') return false;
      throw error;
    }
  }

  /** Records that are there without a gap, sealed or not. */
  get size(): number {
    let size = this.#packs.end * PACK_RECORDS;
    for (const wal of this.#wals) if (wal.first === size) size = wal.end;
    return size;
  }

  /** Why reading of the log files ended before their end did; null when it did not. */
  get torn(): string | null {
    return this.#wals.find(({ torn }) => torn !== null)?.torn ?? null;
  }

  /** Packs that are there: from, up to and not with. */
  get packs(): { readonly first: number; readonly end: number } {
    return this.#packs;
  }

  checkpoint(): Promise<string | null> {
    return lastCheckpoint(this.#disk);
  }

  cosigned(): Promise<string | null> {
    return lastCosigned(this.#disk);
  }

  async minimum(): Promise<number> {
    return this.#minimum;
  }

  /** Why the records before the minimum are not there. */
  async #given(what: string): Promise<AppError> {
    const kept = async (index: number) => {
      if (index >= this.#minimum) return this.entry(index);
      throw new AppError('E_NOT_FOUND', 'the record is not kept'); // who wrote the hint misleads
    };
    const record = await prunedBy(this.#disk, kept).catch(() => null);
    const { rt = '', policy = '' } = record?.fields ?? {};
    const why = record === null ? 'they were given up' : `pruned on ${rt.slice(0, 10)} by the policy "${policy}"`;
    return new AppError('E_NOT_FOUND', `${what}: ${why}`);
  }

  async #pack(n: number): Promise<PackReader> {
    const known = this.#open.get(n);
    if (known) return known;
    const opened = PackReader.open(this.#disk, n).catch((error: NodeJS.ErrnoException) => {
      const isLacking = error.code === 'ENOENT' && n >= this.#packs.first && n < this.#packs.end;
      throw isLacking ? new AppError('E_TAMPERED', `${packPath(n)} is missing`, { cause: error }) : error;
    });
    this.#open.set(n, opened);
    opened.catch(() => this.#open.delete(n));
    return opened;
  }

  /** The entries of a bundle. Rejects with E_NOT_FOUND when they are not there, E_TAMPERED when they cannot be read. */
  async bundle(n: number, width: number): Promise<readonly Buffer[]> {
    const first = n * TILE_WIDTH;
    if (first + width > this.size) await this.refresh();
    if (first < this.#minimum) throw await this.#given(`no records ${first}..${first + width - 1}`);
    if (first + width > this.size || width < 1)
      throw new AppError('E_NOT_FOUND', `no records ${first}..${first + width - 1}`);
    for (let nth = 0; nth < 3 && first >= this.#packs.end * PACK_RECORDS; nth += 1) {
      const entries = await this.#fromWal(first, width);
      if (entries) return entries;
      await this.refresh(); // it was packed or cut meanwhile
      if (first < this.#minimum) throw await this.#given(`no records ${first}..${first + width - 1}`);
    }
    const pack = await this.#pack(Math.floor(first / PACK_RECORDS));
    const entries = await pack.bundle(n % TILE_WIDTH);
    return width === TILE_WIDTH ? entries : entries.slice(0, width);
  }

  /**
   * Entries from one index up to, not with, another, which are durable and kept: of log files with one reading each. Rejects as `bundle` does.
   */
  async entries(from: number, to: number): Promise<readonly Buffer[]> {
    if (to > this.size) await this.refresh();
    const entries: Buffer[] = [];
    for (let at = from; at < to; at = from + entries.length) {
      const n = Math.floor(at / TILE_WIDTH);
      const wal = at >= this.#packs.end * PACK_RECORDS ? await this.#fromWal(at, to - at) : null;
      const found = wal ?? (await this.bundle(n, Math.min(to - n * TILE_WIDTH, TILE_WIDTH))).slice(at - n * TILE_WIDTH);
      for (const entry of found) entries.push(entry);
    }
    return entries;
  }

  async #fromWal(first: number, width: number): Promise<Buffer[] | null> {
    const entries: Buffer[] = [];
    while (entries.length < width) {
      const at = first + entries.length;
      const wal = this.#wals.find((file) => at >= file.begin && at < file.end);
      const more = await wal?.entries(at, Math.min(first + width, wal.end));
      if (!more) return null;
      entries.push(...more);
    }
    return entries;
  }

  detached(refs: readonly RefRecord[]): Promise<Map<number, Detached>> {
    return this.#blobs.find(refs);
  }

  /** A full packed bundle as it is stored: gzip. Null when it is not packed. */
  async storedBundle(n: number): Promise<Buffer | null> {
    const pack = Math.floor(n / TILE_WIDTH);
    if (n * TILE_WIDTH < this.#minimum || pack >= this.#packs.end) return null;
    return (await this.#pack(pack)).member(n % TILE_WIDTH);
  }

  /** An entry's bytes. */
  async entry(index: number): Promise<Buffer> {
    const n = Math.floor(index / TILE_WIDTH);
    const known = Math.min(TILE_WIDTH, this.size - n * TILE_WIDTH);
    const entries = await this.bundle(n, known > index % TILE_WIDTH ? known : (index % TILE_WIDTH) + 1);
    return entries[index % TILE_WIDTH] as Buffer;
  }

  async tile(level: number, n: number, width: number): Promise<readonly Buffer[]> {
    if (level === 0) return this.#leaves(n, width);
    if (width === TILE_WIDTH && (await this.#disk.exists(tilePath({ level, n, width }))))
      return readTile(this.#disk, level, n);
    if (n * TILE_WIDTH + width > hashesAt(level, this.size)) await this.refresh();
    if (width < 1 || n * TILE_WIDTH + width > hashesAt(level, this.size))
      throw new AppError('E_NOT_FOUND', `no ${tilePath({ level, n, width })}`);
    const hashes: Buffer[] = [];
    for (let at = 0; at < width; at += 1) hashes.push(await this.#hash(level, n * TILE_WIDTH + at));
    return hashes;
  }

  /** A tile of level 0: from its records, or from the file that stays where a checkpoint that is known outside ends in records that were given up. */
  async #leaves(n: number, width: number): Promise<readonly Buffer[]> {
    const kept =
      n * TILE_WIDTH < this.#minimum && (await this.#disk.exists(tilePath({ level: 0, n, width: TILE_WIDTH })));
    if (kept) return (await readTile(this.#disk, 0, n)).slice(0, width);
    return (await this.bundle(n, width)).map((entry) => leafHash(entry));
  }

  /** The root of a packed bundle as its tile states it: of the file, never of the records. Rejects with E_TAMPERED where that is missing. */
  async statedRoot(bundle: number): Promise<Buffer> {
    const pack = Math.floor(bundle / TILE_WIDTH);
    if (this.#stated?.pack !== pack) {
      const roots = await readTile(this.#disk, 1, pack).catch((cause: NodeJS.ErrnoException) => {
        const path = tilePath({ level: 1, n: pack, width: TILE_WIDTH });
        throw cause.code === 'ENOENT' ? new AppError('E_TAMPERED', `${path} is missing`, { cause }) : cause;
      });
      this.#stated = { pack, roots };
    }
    return this.#stated.roots[bundle % TILE_WIDTH] as Buffer;
  }

  /** Hash `index` of a tile level above 0: the root of a full tile below. Packed ones stand in a file of this level when that is full. */
  async #hash(level: number, index: number): Promise<Buffer> {
    const key = `${level}/${index}`;
    const held = this.#hashes.get(key);
    if (held) return held;
    const parent = Math.floor(index / TILE_WIDTH);
    const path = tilePath({ level, n: parent, width: TILE_WIDTH });
    const row = (await this.#disk.exists(path)) ? await readTile(this.#disk, level, parent) : null;
    const hash =
      row?.[index % TILE_WIDTH] ?? this.#cut(level, index) ?? foldRow(await this.tile(level - 1, index, TILE_WIDTH));
    this.#hashes.set(key, hash);
    return hash;
  }

  /** The root of a bundle that a log file gave up. */
  #cut(level: number, index: number): Buffer | undefined {
    const wal = level === 1 ? this.#wals.find(({ first, begin }) => isIn(index * TILE_WIDTH, first, begin)) : undefined;
    return wal?.cut[index - wal.first / TILE_WIDTH];
  }

  async close(): Promise<void> {
    for (const pack of this.#open.values()) await pack.then((open) => open.close()).catch(() => {});
  }
}

const isIn = (index: number, first: number, end: number) => index >= first && index < end;
