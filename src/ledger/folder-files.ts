import { type Dirent, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
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
  /** Files with a fixed name. */
  readonly fixed: ReadonlySet<string>;
  /** Torn ends that a start put aside. */
  readonly torn: readonly string[];
  /** Writes that were not finished. */
  readonly unfinished: readonly string[];
  /** What does not belong here. */
  readonly strange: readonly string[];
}

const FIXED = new Set(['head', 'checkpoint', 'cosigned', 'log.vkey', 'policy.txt', 'signer/key', 'signer/signed']);
const FOLDERS = /^(?:wal|pack|signer|tile|tile\/[1-9]\d?(?:\/x\d{3}){0,4})$/;
const UNFINISHED = /^(?:head|checkpoint|cosigned|signer\/signed|policy\.txt|(?:wal|pack|tile)\/[\w./-]+)\.new$/;
const TORN = /^wal\/\d{16}\.wal\.torn-\d+$/;
const PACK_PART = /^pack\/\d{8}\.(?:idx|json)$/;

/** Lists a ledger's folder. Throws node's errors. */
export function filesOf(folder: string): LedgerFiles {
  const files = { wals: [], packs: [], packParts: [], tiles: [], torn: [], unfinished: [], strange: [] } as {
    wals: number[];
    packs: number[];
    packParts: string[];
    tiles: { path: string; level: number; n: number }[];
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
  for (const list of [files.wals, files.packs]) list.sort((a, b) => a - b);
  for (const list of [files.packParts, files.torn, files.unfinished, files.strange]) list.sort();
  return { ...files, fixed };
}

function sorted(
  path: string,
  { name }: Dirent,
  files: { [K in 'wals' | 'packs']: number[] } & { [K in 'packParts' | 'torn' | 'unfinished']: string[] } & {
    tiles: { path: string; level: number; n: number }[];
  },
): boolean {
  const wal = path === `wal/${name}` ? walFirst(name) : null;
  const pack = path === `pack/${name}` ? packNumber(name) : null;
  const tile = parseTilePath(path);
  if (wal !== null) files.wals.push(wal);
  else if (pack !== null) files.packs.push(pack);
  else if (PACK_PART.test(path)) files.packParts.push(path);
  else if (tile !== null && tile.level !== 'entries' && tile.level > 0 && tile.width === TILE_WIDTH)
    files.tiles.push({ path, level: tile.level, n: tile.n });
  else if (TORN.test(path)) files.torn.push(path);
  else if (UNFINISHED.test(path)) files.unfinished.push(path);
  else return false;
  return true;
}
