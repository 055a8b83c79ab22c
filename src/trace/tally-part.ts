import type { PackedTallies } from './tally-pack.ts';

/** An address's row in one thread's counts. */
export interface Part {
  readonly packed: PackedTallies;
  readonly row: number;
}
