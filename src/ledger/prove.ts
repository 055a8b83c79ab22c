import { AppError } from '../core/errors.ts';
import {
  consistencyRuns,
  foldSubtrees,
  inclusionRuns,
  leafHash,
  nodeHash,
  type Run,
  subtreesOf,
} from '../core/tlog/merkle.ts';
import type { LedgerSource } from './source.ts';
import { Edge, hashesAt, TILE_WIDTH, tilePath } from './tile.ts';

/** Binary levels of the tree in one tile. */
const TILE_HEIGHT = 8;
/** Full tiles that are held, each with the nodes above its hashes: some 50 KiB. */
const HELD_TILES = 256;

/** A tile's hashes, and above them row by row the nodes over complete pairs. */
type Rows = readonly (readonly Buffer[])[];

function rowsOf(hashes: readonly Buffer[]): Rows {
  const rows: (readonly Buffer[])[] = [hashes];
  for (let row = hashes; row.length > 1; ) {
    const above: Buffer[] = [];
    for (let at = 0; at + 1 < row.length; at += 2) above.push(nodeHash(row[at] as Buffer, row[at + 1] as Buffer));
    rows.push(above);
    row = above;
  }
  return rows;
}

/**
 * A tree whose tiles are believed only under a root: the tiles at its right edge must give the root, and each other one must have the
 * hash that its parent, checked in the same way, states. No tile is passed over (Go's x/mod before 0.40 did: CVE-2026-56865).
 */
export class AuthenticTree {
  readonly size: number;
  readonly #source: Pick<LedgerSource, 'tile'>;
  readonly #edge: readonly Rows[];
  readonly #held = new Map<string, Rows>();

  private constructor(source: Pick<LedgerSource, 'tile'>, size: number, edge: readonly (readonly Buffer[])[]) {
    this.#source = source;
    this.size = size;
    this.#edge = edge.map(rowsOf);
  }

  /** Reads the edge of the tree of `size`. Rejects with E_TAMPERED when it does not give `root`. */
  static async open(source: Pick<LedgerSource, 'tile'>, size: number, root: Buffer): Promise<AuthenticTree> {
    const edge: (readonly Buffer[])[] = [];
    for (let level = 0; hashesAt(level, size) > 0; level += 1) {
      const width = hashesAt(level, size) % TILE_WIDTH;
      edge.push(width === 0 ? [] : await source.tile(level, Math.floor(hashesAt(level, size) / TILE_WIDTH), width));
    }
    if (!Edge.resume(size, edge).root().equals(root))
      throw new AppError('E_TAMPERED', `the tiles at the edge of ${size} records are not those under the checkpoint`);
    return new AuthenticTree(source, size, edge);
  }

  /** All hashes of a tile of this tree. Rejects with E_TAMPERED when it is not the one under the root, E_NOT_FOUND beyond the tree. */
  async tile(level: number, n: number): Promise<readonly Buffer[]> {
    return (await this.#rows(level, n))[0] as readonly Buffer[];
  }

  async #rows(level: number, n: number): Promise<Rows> {
    const width = Math.min(TILE_WIDTH, hashesAt(level, this.size) - n * TILE_WIDTH);
    if (n < 0 || !(width > 0))
      throw new AppError('E_NOT_FOUND', `no tile ${level}/${n} in a log of ${this.size} records`);
    if (width < TILE_WIDTH) return this.#edge[level] as Rows;
    const name = tilePath({ level, n, width });
    const held = this.#held.get(name);
    if (held) return held;
    const parent = (await this.tile(level + 1, Math.floor(n / TILE_WIDTH)))[n % TILE_WIDTH] as Buffer;
    const rows = rowsOf(await this.#source.tile(level, n, TILE_WIDTH));
    if (!rows[TILE_HEIGHT]?.[0]?.equals(parent))
      throw new AppError('E_TAMPERED', `${name} is not the tile under the checkpoint`);
    this.#hold(name, rows);
    return rows;
  }

  #hold(name: string, rows: Rows): void {
    this.#held.set(name, rows);
    if (this.#held.size <= HELD_TILES) return;
    const [oldest] = this.#held.keys();
    if (oldest !== undefined) this.#held.delete(oldest);
  }

  /** Hash of an entry. */
  async leaf(index: number): Promise<Buffer> {
    return (await this.tile(0, Math.floor(index / TILE_WIDTH)))[index % TILE_WIDTH] as Buffer;
  }

  /** Rejects with E_TAMPERED when these are not the bytes of that entry. */
  async prove(index: number, entry: Uint8Array): Promise<void> {
    if (!leafHash(entry).equals(await this.leaf(index)))
      throw new AppError('E_TAMPERED', `record ${index} is not the one that was sealed: it was changed`);
  }

  async #subtree(level: number, index: number): Promise<Buffer> {
    const height = level % TILE_HEIGHT;
    const inRow = TILE_WIDTH / 2 ** height; // subtrees of that height in one tile
    const rows = await this.#rows(Math.floor(level / TILE_HEIGHT), Math.floor(index / inRow));
    return rows[height]?.[index % inRow] as Buffer;
  }

  async #run(run: Run): Promise<Buffer> {
    const hashes: Buffer[] = [];
    for (const { level, index } of subtreesOf(run)) hashes.push(await this.#subtree(level, Number(index)));
    return foldSubtrees(hashes);
  }

  async #runs(runs: readonly Run[]): Promise<Buffer[]> {
    const hashes: Buffer[] = [];
    for (const run of runs) hashes.push(await this.#run(run));
    return hashes;
  }

  /** The root when the log had `size` records. */
  async rootAt(size: number): Promise<Buffer> {
    this.#within(size);
    return this.#run({ begin: 0n, end: BigInt(size) });
  }

  /** Proof that entry `index` is in the tree of `size` (this one's, or an earlier one's). Rejects with E_NOT_FOUND beyond it. */
  async inclusionProof(index: number, size = this.size): Promise<Buffer[]> {
    this.#within(size);
    if (!Number.isSafeInteger(index) || index < 0 || index >= size)
      throw new AppError('E_NOT_FOUND', `no record ${index}: ${size} are under the checkpoint`);
    return this.#runs(inclusionRuns(BigInt(index), BigInt(size)));
  }

  /** Proof that the tree of `size` grew out of that of `old` records. */
  async consistencyProof(old: number, size = this.size): Promise<Buffer[]> {
    this.#within(size);
    if (!Number.isSafeInteger(old) || old < 0 || old > size)
      throw new AppError('E_NOT_FOUND', `no tree of ${old} records within one of ${size}`);
    return this.#runs(consistencyRuns(BigInt(old), BigInt(size)));
  }

  #within(size: number): void {
    if (!Number.isSafeInteger(size) || size < 0 || size > this.size)
      throw new AppError('E_NOT_FOUND', `no tree of ${size} records: ${this.size} are under the checkpoint`);
  }
}

/** An entry that is under the tree's root. Rejects with E_TAMPERED when the source gives another, E_NOT_FOUND when it has none. */
export async function provenEntry(source: LedgerSource, tree: AuthenticTree, index: number): Promise<Buffer> {
  if (!Number.isSafeInteger(index) || index < 0 || index >= tree.size)
    throw new AppError('E_NOT_FOUND', `no record ${index}: ${tree.size} are under the checkpoint`);
  const n = Math.floor(index / TILE_WIDTH);
  const entries = await source.bundle(n, Math.min(TILE_WIDTH, tree.size - n * TILE_WIDTH));
  const entry = entries[index % TILE_WIDTH] as Buffer;
  await tree.prove(index, entry);
  return entry;
}
