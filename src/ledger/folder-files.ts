import { type Dirent, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { blobNumber } from './keep/blobs.ts';
import { packNumber } from './pack.ts';
import { parseTilePath, TILE_WIDTH } from './tile.ts';
import { walFirst } from './wal.ts';

/** What lies in a ledger's folder, by its meaning. Paths are relative to it. */
export interface LedgerFiles {
  /** First indexes of log files. */
  readonly wals: readonly number[];
  /** Numbers of packs, and of files that belong to one. */
  readonly packs: readonly number[];
  readonly packParts: readonly string[];
  /** Full tiles of level 1 and above. */
  readonly tiles: readonly { readonly path: string; readonly level: number; readonly n: number }[];
  /** Tiles of level 0, which stay where trees that are known outside end in records that were given up. */
  readonly leafTiles: readonly { readonly path: string; readonly n: number }[];
  /** Files with a fixed name. */
  readonly fixed: ReadonlySet<string>;
  /** Numbers of files with payloads that can be erased. */
  readonly blobs: readonly number[];
  /** Torn ends that a start put aside. */
  readonly torn: readonly string[];
  /** Writes that were not finished. */
  readonly unfinished: readonly string[];
  /** What does not belong here. */
  readonly strange: readonly string[];
}

const FIXED = new Set([
  'at-rest',
  'head',
  'checkpoint',
  'cosigned',
  'erasing',
  'log.vkey',
  'policy.txt',
  'pruned',
  'signer/key',
  'signer/signed',
]);
const FOLDERS = /^(?:wal|pack|blob|signer|tile|tile\/\d{1,2}(?:\/x\d{3}){0,4})$/;
const UNFINISHED =
  /^(?:at-rest|head|checkpoint|cosigned|erasing|signer\/signed|policy\.txt|pruned|(?:wal|pack|blob|tile)\/[\w./-]+)\.new$/;
const TORN = /^wal\/\d{16}\.wal\.torn-\d+$/;
const PACK_PART = /^pack\/\d{8}\.(?:idx|json)$/;

/** Lists a ledger's folder. Throws node's errors. */
export function filesOf(folder: string): LedgerFiles {
  const files = {
    wals: [],
    packs: [],
    packParts: [],
    tiles: [],
    leafTiles: [],
    blobs: [],
    torn: [],
    unfinished: [],
    strange: [],
  } as {
    wals: number[];
    packs: number[];
    packParts: string[];
    tiles: { path: string; level: number; n: number }[];
    leafTiles: { path: string; n: number }[];
    blobs: number[];
    torn: string[];
    unfinished: string[];
    strange: string[];
  };
  const fixed = new Set<string>();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = relative(folder, join(entry.parentPath, entry.name));
    if (entry.isDirectory() ? FOLDERS.test(path) : FIXED.has(path) && entry.isFile()) {
      if (entry.isFile()) fixed.add(path);
    } else if (!entry.isFile() || !sorted(path, entry, files)) files.strange.push(path);
  }
  for (const list of [files.wals, files.packs, files.blobs]) list.sort((a, b) => a - b);
  for (const list of [files.packParts, files.torn, files.unfinished, files.strange]) list.sort();
  return { ...files, fixed };
}

function sorted(
  path: string,
  { name }: Dirent,
  files: { [K in 'wals' | 'packs' | 'blobs']: number[] } & { [K in 'packParts' | 'torn' | 'unfinished']: string[] } & {
    tiles: { path: string; level: number; n: number }[];
    leafTiles: { path: string; n: number }[];
  },
): boolean {
  const wal = path === `wal/${name}` ? walFirst(name) : null;
  const pack = path === `pack/${name}` ? packNumber(name) : null;
  const blob = path === `blob/${name}` ? blobNumber(name) : null;
  const tile = parseTilePath(path);
  if (wal !== null) files.wals.push(wal);
  else if (pack !== null) files.packs.push(pack);
  else if (blob !== null) files.blobs.push(blob);
  else if (PACK_PART.test(path)) files.packParts.push(path);
  else if (tile !== null && tile.level !== 'entries' && tile.width === TILE_WIDTH)
    if (tile.level === 0) files.leafTiles.push({ path, n: tile.n });
    else files.tiles.push({ path, level: tile.level, n: tile.n });
  else if (TORN.test(path)) files.torn.push(path);
  else if (UNFINISHED.test(path)) files.unfinished.push(path);
  else return false;
  return true;
}
