import type { AuthenticTree } from '../prove.ts';
import type { LedgerSource } from '../source.ts';
import { TILE_WIDTH } from '../tile.ts';

/** Entries one after the other, proved; a bundle is read once for its neighbours. */
export class ProvenEntries {
  readonly #source: LedgerSource;
  readonly #tree: AuthenticTree;
  #held: { readonly n: number; readonly entries: readonly Buffer[] } | null = null;

  constructor(source: LedgerSource, tree: AuthenticTree) {
    this.#source = source;
    this.#tree = tree;
  }

  async at(index: number): Promise<Buffer> {
    const n = Math.floor(index / TILE_WIDTH);
    if (this.#held?.n !== n) {
      const entries = await this.#source.bundle(n, Math.min(TILE_WIDTH, this.#tree.size - n * TILE_WIDTH));
      this.#held = { n, entries };
    }
    const entry = this.#held.entries[index % TILE_WIDTH] as Buffer;
    await this.#tree.prove(index, entry);
    return entry;
  }
}
