import type { AuthenticTree } from '../prove.ts';
import { formatBundle, hashesAt, TILE_WIDTH, tilePath } from '../tile.ts';
import type { Listed } from './evidence-file.ts';
import type { ProvenEntries } from './proven-entries.ts';

/**
 * Writes as much of the static tree (tlog-tiles) as a reader of the records `first` to `last` asks for: the tiles from them to the root,
 * and the tree's right edge. Bundles only where all of their records are wanted: their neighbours are nobody's business.
 */
export async function writeSparseTree(
  out: Listed,
  tree: AuthenticTree,
  entries: ProvenEntries,
  { first, last, note }: { readonly first: number; readonly last: number; readonly note: string },
): Promise<void> {
  for (let level = 0; hashesAt(level, tree.size) > 0; level += 1) {
    const span = TILE_WIDTH ** (level + 1);
    const tiles = new Set<number>();
    for (let n = Math.floor(first / span); n <= Math.floor(last / span); n += 1) tiles.add(n);
    tiles.add(Math.floor(tree.size / span));
    for (const n of tiles) {
      const width = Math.min(TILE_WIDTH, hashesAt(level, tree.size) - n * TILE_WIDTH);
      if (width > 0) await out.put(`tree/${tilePath({ level, n, width })}`, Buffer.concat(await tree.tile(level, n)));
    }
  }
  for (let n = Math.ceil(first / TILE_WIDTH); n * TILE_WIDTH <= last; n += 1) {
    const width = Math.min(TILE_WIDTH, tree.size - n * TILE_WIDTH);
    if (n * TILE_WIDTH + width - 1 > last) return out.put('tree/checkpoint', note);
    const bundle: Buffer[] = [];
    for (let at = 0; at < width; at += 1) bundle.push(await entries.at(n * TILE_WIDTH + at));
    await out.put(`tree/${tilePath({ level: 'entries', n, width })}`, formatBundle(bundle));
  }
  await out.put('tree/checkpoint', note);
}
