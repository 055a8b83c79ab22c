import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../core/errors.ts';
import { HASH_BYTES } from '../core/tlog/merkle.ts';
import type { VerifierKey } from '../core/tlog/note.ts';
import { AuthenticTree } from './prove.ts';
import type { LedgerSource } from './source.ts';
import { formatBundle, parseBundle, parseTile, TILE_WIDTH, type TileName, tilePath, tilesOf } from './tile.ts';
import { judgedCheckpoint, policyOf } from './verdict.ts';

/** The tile that was asked for, or the full one in its place, which may have come since. Null when neither is there. */
export type TileBytes = (path: string, most: number) => Promise<Buffer | null>;

/** Longest bundle: 256 entries, each with its length. */
const MAX_BUNDLE = TILE_WIDTH * (2 + 65_535);

/** A source over the paths of the specification, wherever its bytes come from. Counts are exact: not a byte more is let pass. */
export function pathSource(
  name: string,
  bytesAt: TileBytes,
  note: (path: 'checkpoint' | 'cosigned' | 'minimum') => Promise<string | null>,
): LedgerSource {
  const read = async <T>(tile: TileName, parse: (bytes: Buffer, width: number) => T[]): Promise<T[]> => {
    const most = tile.level === 'entries' ? MAX_BUNDLE : TILE_WIDTH * HASH_BYTES;
    const bytes = await bytesAt(tilePath(tile), most);
    if (bytes !== null) return named(tilePath(tile), () => parse(bytes, tile.width));
    const full = tilePath({ ...tile, width: TILE_WIDTH });
    const all = tile.width === TILE_WIDTH ? null : await bytesAt(full, most);
    if (all === null) throw new AppError('E_NOT_FOUND', `${name} has no ${tilePath(tile)}`);
    return named(full, () => parse(all, TILE_WIDTH)).slice(0, tile.width);
  };
  return {
    name,
    checkpoint: () => note('checkpoint'),
    cosigned: () => note('cosigned'),
    tile: (level, n, width) => read({ level, n, width }, parseTile),
    bundle: (n, width) => read({ level: 'entries', n, width }, parseBundle),
    minimum: async () => minimumOf(await note('minimum')),
  };
}

/** Who serves a pruned log tells where it begins: it is believed only as far as prune records of the log allow. */
function minimumOf(text: string | null): number {
  const digits = /^(?<minimum>0|[1-9]\d{0,15})\n$/.exec(text ?? '0\n')?.groups?.['minimum'];
  if (digits === undefined || Number(digits) % TILE_WIDTH !== 0)
    throw new AppError('E_MALFORMED', `the log begins at "${text?.slice(0, 40)}"`);
  return Number(digits);
}

function named<T>(path: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof AppError) throw new AppError(error.code, `${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

async function contentOf(path: string): Promise<Buffer | null> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
}

/** A static tree in a folder, as `writeStaticTree` and other logs write it. */
export function staticTree(folder: string): LedgerSource {
  return pathSource(
    folder,
    (path) => contentOf(join(folder, path)),
    async (path) => (await contentOf(join(folder, path)))?.toString('utf8') ?? null,
  );
}

/** Is the folder a static tree, and no ledger's own? */
export async function isStaticTree(folder: string): Promise<boolean> {
  const names = await readdir(join(folder, 'tile')).catch(() => [] as string[]);
  return names.includes('entries') || names.includes('0');
}

/**
 * Writes what a source has under its checkpoint as a static tree (tlog-tiles): each tile is verified before. A tree of the same log's
 * earlier days is continued. Files are in place as a whole; the checkpoint comes last. Resolves with its size.
 */
export async function writeStaticTree(
  source: LedgerSource,
  folder: string,
  keys: readonly VerifierKey[],
): Promise<number> {
  const { judged, note } = await judgedCheckpoint(source, policyOf(keys));
  const size = Number(judged.checkpoint.size);
  const tree = await AuthenticTree.open(source, size, judged.checkpoint.root);
  const minimum = await source.minimum();
  for (const tile of tilesOf(size)) {
    if (tile.level === 0 && (tile.n + 1) * TILE_WIDTH <= minimum) continue;
    await putTile(folder, tile, Buffer.concat(await tree.tile(tile.level, tile.n)));
    if (tile.level > 0) continue;
    const { n, width } = tile;
    await putTile(folder, { level: 'entries', n, width }, formatBundle(await provenBundle(source, tree, n, width)));
  }
  if (minimum > 0) await putWhole(join(folder, 'minimum'), Buffer.from(`${minimum}\n`));
  await putWhole(join(folder, 'checkpoint'), Buffer.from(note));
  return size;
}

async function provenBundle(
  source: LedgerSource,
  tree: AuthenticTree,
  n: number,
  width: number,
): Promise<readonly Buffer[]> {
  const entries = await source.bundle(n, width);
  for (const [at, entry] of entries.entries()) await tree.prove(n * TILE_WIDTH + at, entry);
  return entries;
}

async function putTile(folder: string, tile: TileName, bytes: Buffer): Promise<void> {
  const path = join(folder, tilePath(tile));
  const there = await contentOf(path);
  if (there === null) return putWhole(path, bytes);
  if (!there.equals(bytes))
    throw new AppError('E_TAMPERED', `${path} is there with other content: it is of another log`);
}

async function putWhole(path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, bytes);
  await rename(`${path}.new`, path);
}
