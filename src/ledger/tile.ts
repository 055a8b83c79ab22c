import { AppError } from '../core/errors.ts';
import { foldRow, HASH_BYTES, leafHash } from '../core/tlog/merkle.ts';

// Tiles and entry bundles: C2SP tlog-tiles v0.1.0.

/** Hashes in a full tile, entries in a full bundle. */
export const TILE_WIDTH = 256;
/** The longest entry: its length stands in two bytes. */
export const MAX_ENTRY = 65_535;

/** Names a tile; level `entries` is the bundle of entries below tile level 0. */
export interface TileName {
  readonly level: number | 'entries';
  readonly n: number;
  /** 1 to 256. */
  readonly width: number;
}

/** The tile's path below the log's prefix: `tile/0/x001/x234/067.p/8`. */
export function tilePath({ level, n, width }: TileName): string {
  const groups = [String(n % 1000).padStart(3, '0')];
  for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000))
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  return `tile/${level}/${groups.join('/')}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

const PATH = /^tile\/(?<level>entries|0|[1-9]\d?)\/(?<n>(?:x\d{3}\/){0,4}\d{3})(?:\.p\/(?<width>[1-9]\d{0,2}))?$/;

/** Reads a path; null for one that names no tile, or not in its one right spelling. */
export function parseTilePath(path: string): TileName | null {
  const parts = PATH.exec(path)?.groups;
  if (!parts) return null;
  const level = parts['level'] === 'entries' ? 'entries' : Number(parts['level']);
  const name = {
    level,
    n: Number(parts['n']?.replace(/[x/]/g, '')),
    width: Number(parts['width'] ?? TILE_WIDTH),
  } as const;
  return (level === 'entries' || level <= 63) && tilePath(name) === path ? name : null;
}

/** Hashes at a tile level in a tree of that size: `floor(size / 256^level)`. */
export function hashesAt(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** The tiles of a tree of that size, of each level those that are full and the partial one, from the leaves up. */
export function* tilesOf(size: number): Generator<TileName & { readonly level: number }> {
  for (let level = 0; hashesAt(level, size) > 0; level += 1) {
    const hashes = hashesAt(level, size);
    for (let n = 0; n * TILE_WIDTH < hashes; n += 1)
      yield { level, n, width: Math.min(TILE_WIDTH, hashes - n * TILE_WIDTH) };
  }
}

/** Entries as a bundle: each with its length in two bytes, big-endian, before it. Throws E_TOO_LARGE. */
export function formatBundle(entries: readonly Uint8Array[]): Buffer {
  const bundle = Buffer.allocUnsafe(entries.reduce((sum, { length }) => sum + 2 + length, 0));
  let at = 0;
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY)
      throw new AppError('E_TOO_LARGE', `an entry of ${entry.length} bytes: the most is ${MAX_ENTRY}`);
    at = bundle.writeUInt16BE(entry.length, at);
    bundle.set(entry, at);
    at += entry.length;
  }
  return bundle;
}

/**
 * The entries of a bundle, which must hold exactly so many and not a byte more: what lies behind them is in no tree, and a reader
 * who listed it would show a forgery. Throws E_TAMPERED.
 */
export function parseBundle(bundle: Buffer, count: number): Buffer[] {
  const entries: Buffer[] = [];
  let at = 0;
  while (entries.length < count && at + 2 <= bundle.length) {
    const end = at + 2 + bundle.readUInt16BE(at);
    if (end > bundle.length) break;
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  if (entries.length !== count)
    throw new AppError('E_TAMPERED', `a bundle of ${count} entries ends after ${entries.length}`);
  if (at !== bundle.length)
    throw new AppError('E_TAMPERED', `a bundle of ${count} entries has ${bundle.length - at} bytes more`);
  return entries;
}

/** The hashes of a tile's bytes, which must be exactly so many. Throws E_TAMPERED. */
export function parseTile(bytes: Buffer, width: number): Buffer[] {
  if (bytes.length !== width * HASH_BYTES)
    throw new AppError('E_TAMPERED', `a tile of ${width} hashes has ${bytes.length} bytes`);
  return Array.from({ length: width }, (_, at) => bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
}

/**
 * The right edge of a tree: of each tile level the hashes of its partial tile. All that is needed to append, and to tell the root.
 */
export class Edge {
  size = 0;
  /** By level; each below 256 hashes. */
  readonly rows: Buffer[][] = [];
  readonly #onTile: (level: number, n: number, hashes: readonly Buffer[]) => void;

  /** `onTile` is given each tile that becomes full, leaves first. */
  constructor(onTile: (level: number, n: number, hashes: readonly Buffer[]) => void = () => {}) {
    this.#onTile = onTile;
  }

  /** Goes on from a tree of `size` whose partial tiles' hashes are known, by level. Throws E_TAMPERED when they do not fit the size. */
  static resume(size: number, rows: readonly (readonly Buffer[])[], onTile?: Edge['onTile']): Edge {
    const edge = new Edge(onTile);
    edge.size = size;
    for (let level = 0; hashesAt(level, size) > 0; level += 1) {
      const row = rows[level] ?? [];
      if (row.length !== hashesAt(level, size) % TILE_WIDTH)
        throw new AppError('E_TAMPERED', `level ${level} of a tree of ${size} has ${row.length} hashes at its edge`);
      edge.rows[level] = [...row];
    }
    return edge;
  }

  get onTile() {
    return this.#onTile;
  }

  /** Adds an entry. */
  append(entry: Uint8Array): void {
    this.appendHash(leafHash(entry));
  }

  /** Adds the hash of an entry; or of a full tile of the level below: then no row below may have hashes. */
  appendHash(hash: Buffer, at = 0): void {
    let level = at;
    let last = hash;
    while (this.rows.length < at) this.rows.push([]);
    for (;;) {
      const row = this.rows[level];
      if (row === undefined) this.rows[level] = [last];
      else row.push(last);
      const full = this.rows[level] as Buffer[];
      if (full.length < TILE_WIDTH) break;
      last = foldRow(full);
      this.#onTile(level, Math.floor(this.size / TILE_WIDTH ** (level + 1)), full);
      this.rows[level] = [];
      level += 1;
    }
    this.size += TILE_WIDTH ** at;
  }

  /** The root of the tree so far. */
  root(): Buffer {
    let above: Buffer | null = null;
    for (const row of this.rows) {
      const all: Buffer[] = above === null ? row : [...row, above];
      if (all.length > 0) above = foldRow(all);
    }
    return above ?? foldRow([]);
  }
}
