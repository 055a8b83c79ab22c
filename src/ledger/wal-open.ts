import { AppError } from '../core/errors.ts';
import { leafHash } from '../core/tlog/merkle.ts';
import type { Disk, DiskFile } from './disk.ts';
import { TILE_WIDTH } from './tile.ts';
import { frameLength, readFrames, saltSumOf, sealFrame, walPath } from './wal.ts';
import { readWalHead, type WalHead, walBegin } from './wal-head.ts';

const CHUNK = 4 << 20; // far longer than one frame

/** A log file that is being written. */
export interface OpenWal {
  readonly first: number;
  readonly file: DiskFile;
  readonly saltSum: number;
  /** Roots of the bundles that were given up. */
  readonly cut: readonly Buffer[];
  /** Leaf hashes of the records behind them. */
  readonly leaves: Buffer[];
  bytes: number;
}

/** Records of a log file, with those that it gave up. */
export function walRecords({ cut, leaves }: Pick<OpenWal, 'cut' | 'leaves'>): number {
  return cut.length * TILE_WIDTH + leaves.length;
}

/** Where copying has come to. */
interface Copied {
  /** Index of the next record, and where its frame begins in the old file. */
  index: number;
  from: number;
  /** Where the new file ends. */
  to: number;
}

/**
 * Writes a log file without its first records beside the one that is written to. Most is copied while records come in (`copy`); the
 * writer stands still only for the rest (`finish`).
 */
class ShorterWal {
  readonly #disk: Disk;
  readonly #old: DiskFile;
  readonly #new: DiskFile;
  readonly #head: WalHead;
  readonly #oldSum: number;
  readonly #copied: Copied;
  /** Leaf hashes of what was read back, and where that ends. */
  readonly #leaves: Buffer[] = [];
  #checked: number;

  private constructor(
    disk: Disk,
    files: { readonly old: DiskFile; readonly fresh: DiskFile },
    heads: { readonly old: WalHead; readonly fresh: WalHead },
  ) {
    this.#disk = disk;
    this.#old = files.old;
    this.#new = files.fresh;
    this.#head = heads.fresh;
    this.#oldSum = saltSumOf(heads.old.salt);
    this.#copied = { index: walBegin(heads.old), from: heads.old.bytes, to: heads.fresh.bytes };
    this.#checked = heads.fresh.bytes;
  }

  /** Begins the file with its head, of which `bytes` is as formatted. */
  static async begin(disk: Disk, head: WalHead, bytes: Buffer): Promise<ShorterWal> {
    await disk.remove(shorterPath(head.first));
    const old = await disk.open(walPath(head.first), 'read');
    const fresh = await disk.open(shorterPath(head.first), 'new');
    const shorter = new ShorterWal(disk, { old, fresh }, { old: await readWalHead(old, head.first), fresh: head });
    await fresh.write([bytes], 0);
    return shorter;
  }

  /** Copies the records that stay, of those before the place `bytes` of the old file: all whose frames are whole there. */
  async copy(bytes: number): Promise<void> {
    const copied = this.#copied;
    while (copied.from < bytes) {
      const chunk = await this.#old.read(Math.min(CHUNK, bytes - copied.from), copied.from);
      const { entries, goodBytes, torn } = readFrames(chunk, 0, copied.index, this.#oldSum);
      if (goodBytes === 0)
        throw new AppError('E_TAMPERED', `${walPath(this.#head.first)}: record ${copied.index}: ${torn}`);
      await this.#write(entries);
      copied.from += goodBytes;
    }
  }

  async #write(entries: readonly Buffer[]): Promise<void> {
    const copied = this.#copied;
    const begin = walBegin(this.#head);
    const parts: Buffer[] = [];
    for (const entry of entries) {
      if (copied.index >= begin) parts.push(framed(entry, copied.index, saltSumOf(this.#head.salt)));
      copied.index += 1;
    }
    if (parts.length === 0) return;
    const bytes = Buffer.concat(parts);
    await this.#new.write([bytes], copied.to);
    copied.to += bytes.length;
  }

  /** Makes durable what was copied, and reads back what was not yet. Throws E_TAMPERED when it does not give the leaves that `wal` knows. */
  async check({ cut, leaves }: Pick<OpenWal, 'cut' | 'leaves'>): Promise<void> {
    await this.#new.sync();
    const head = await readWalHead(this.#new, this.#head.first);
    const kept = leaves.slice((head.cut.length - cut.length) * TILE_WIDTH);
    while (this.#checked < this.#copied.to) {
      const nth = this.#leaves.length;
      const chunk = await this.#new.read(Math.min(CHUNK, this.#copied.to - this.#checked), this.#checked);
      const { entries, goodBytes } = readFrames(chunk, 0, walBegin(head) + nth, saltSumOf(head.salt));
      if (goodBytes === 0 || !entries.every((entry, more) => kept[nth + more]?.equals(leafHash(entry))))
        throw new AppError('E_TAMPERED', `${walPath(head.first)} does not read back as it was written: nothing went`);
      this.#leaves.push(...kept.slice(nth, nth + entries.length));
      this.#checked += goodBytes;
    }
  }

  /** Copies and checks the rest of a file that nobody writes to now, and puts the new one in its place. Resolves with it, open for writing. */
  async finish(wal: OpenWal): Promise<OpenWal> {
    const { first, cut, salt } = this.#head;
    await this.copy(wal.bytes);
    await this.check(wal);
    const [kept, there] = [walRecords({ cut, leaves: this.#leaves }), walRecords(wal)];
    if (kept !== there)
      throw new AppError(
        'E_TAMPERED',
        `${walPath(first)} holds ${there} records, and ${kept} were copied: nothing went`,
      );
    await this.#disk.rename(shorterPath(first), walPath(first));
    await this.#disk.syncFolder('wal');
    for (const file of [wal.file, this.#old]) await file.close();
    return { first, file: this.#new, saltSum: saltSumOf(salt), cut, leaves: this.#leaves, bytes: this.#copied.to };
  }

  /** Gives it up: the old file stays. What cannot be removed the next start removes. */
  async drop(): Promise<void> {
    for (const file of [this.#old, this.#new]) await file.close().catch(() => {});
    await this.#disk.remove(shorterPath(this.#head.first)).catch(() => {});
  }
}

/** Who writes to the log file: see `Log`. */
export interface WalWriter {
  readonly open: { readonly wal: OpenWal | null; readonly bundles: readonly Buffer[] };
  replace(work: (wal: OpenWal | null) => Promise<OpenWal>): Promise<void>;
}

/**
 * Puts a shorter file in the place of the one that is written to: one with this head, without the records that it gives up. Throws
 * E_UNAVAILABLE when that file became full meanwhile; then all is as it was.
 */
export async function shortenWal(
  disk: Disk,
  writer: WalWriter,
  { head, bytes }: { readonly head: WalHead; readonly bytes: Buffer },
): Promise<void> {
  const still = (wal: OpenWal | null): OpenWal => {
    if (wal?.first === head.first) return wal;
    throw new AppError('E_UNAVAILABLE', `${walPath(head.first)} became full, and is packed first: prune again`);
  };
  const wal = still(writer.open.wal);
  const shorter = await ShorterWal.begin(disk, head, bytes);
  try {
    await shorter.copy(wal.bytes);
    await shorter.check(wal);
    await writer.replace((now) => shorter.finish(still(now)));
  } catch (error) {
    await shorter.drop();
    throw error;
  }
}

function shorterPath(first: number): string {
  return `${walPath(first)}.new`;
}

function framed(entry: Buffer, index: number, saltSum: number): Buffer {
  const bytes = Buffer.allocUnsafe(frameLength(entry.length));
  entry.copy(bytes, frameLength(0));
  sealFrame(bytes, 0, entry.length, index, saltSum);
  return bytes;
}
