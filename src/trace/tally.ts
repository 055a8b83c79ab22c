import { LINES_A_TASK } from './ref.ts';
import { SummedRows } from './summed-rows.ts';
import { Counts } from './tally-counts.ts';
import type { PackedTallies } from './tally-pack.ts';
import type { Part } from './tally-part.ts';
import { FIRST_REF, ROW } from './tally-row.ts';

export { type Ref, refOf } from './ref.ts';

/** What one address did. */
export type Tally = Counts;

/**
 * Marks an address as btmp's records name it. They tell the same tries that sshd's lines tell, or all that is left of them: an
 * address's records count where no line does.
 */
export const BY_RECORD = '\0btmp';

/** What each address did, over all threads. */
export class Tallies {
  readonly byAddress: ReadonlyMap<string, Tally>;
  /** Events of addresses that came when no more could be told apart. */
  readonly beyond: number;

  /** The threads' counts, in any order: the sums are the same. */
  constructor(all: readonly PackedTallies[]) {
    const parts = new Map<string, Part[]>();
    const records = new Map<string, Part[]>();
    for (const packed of all)
      for (let row = 1; row < packed.addresses.length; row += 1) {
        const address = packed.addresses[row] as string;
        const byRecord = address.endsWith(BY_RECORD);
        const [table, key] = byRecord ? [records, address.slice(0, -BY_RECORD.length)] : [parts, address];
        const known = table.get(key);
        if (known === undefined) table.set(key, [{ packed, row }]);
        else known.push({ packed, row });
      }
    for (const [address, rows] of records) {
      const told = parts.get(address) ?? [];
      if (told.length === 0 || new Counts(told).failures === 0) parts.set(address, [...told, ...rows]);
    }
    const order = [...parts].map(([address, rows]) => ({ address, rows, place: Math.min(...rows.map(placeOf)) }));
    order.sort((a, b) => a.place - b.place); // in the order of the evidence, however many threads read it
    const sums = new SummedRows(order.length);
    this.byAddress = new Map(order.map(({ address, rows }) => [address, new Counts(rows, sums)]));
    this.beyond = all.reduce((sum, { beyond }) => sum + beyond, 0);
  }
}

function placeOf({ packed: { cells, refs }, row }: Part): number {
  const first = (cells[row * ROW + FIRST_REF] as number) * 2;
  return (refs.places[first] as number) * LINES_A_TASK + (refs.places[first + 1] as number);
}
