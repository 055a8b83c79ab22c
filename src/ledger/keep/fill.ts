import type { Ledger } from '../ledger.ts';
import { TILE_WIDTH } from '../tile.ts';

// Only whole bundles of 256 records are given up, and only once the last of their records is old enough. Where a policy has a maximum,
// a bundle is filled with records that say nothing, so that its first ones need not wait for those of later days.

/** Fills the last bundle. Resolves when that is durable. */
export async function fillUp(ledger: Pick<Ledger, 'note' | 'size'>): Promise<void> {
  const there = ledger.size % TILE_WIDTH;
  const missing = there === 0 ? 0 : TILE_WIDTH - there;
  await Promise.all(Array.from({ length: missing }, () => ledger.note('fill', {})));
}
