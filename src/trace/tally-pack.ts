import type { FewTexts } from './few-texts.ts';
import { type Grouped, inThatOrder } from './pair-table.ts';
import type { Ref } from './ref.ts';
import type { PackedRefs } from './ref-store.ts';
import { ROW } from './tally-row.ts';
import type { TallyTable } from './tally-table.ts';

/** A thread's counts as plain data: flat tables, ordered by row, and texts. Row 0 stands for the addresses beyond. */
export interface PackedTallies {
  readonly addresses: readonly string[];
  readonly cells: Float64Array;
  readonly slots: Grouped;
  readonly names: Grouped;
  /** First time of each entry of `names`. */
  readonly nameTimes: Float64Array;
  /** Where that was, as a number that orders the evidence. */
  readonly namePlaces: Float64Array;
  readonly hosts: Grouped;
  readonly times: { readonly starts: Int32Array; readonly times: Float64Array };
  readonly nameTexts: readonly string[];
  readonly hostTexts: readonly string[];
  /** The first event of each address, and its failures that are cited. */
  readonly refs: PackedRefs;
  readonly good: ReadonlyMap<number, readonly string[]>;
  readonly many: ReadonlyMap<number, Uint8Array>;
  readonly categories: ReadonlyMap<number, ReadonlyMap<string, number>>;
  readonly targets: ReadonlyMap<number, readonly string[]>;
  /** Paths of requests that attack or log in. */
  readonly asked: ReadonlyMap<number, readonly string[]>;
  readonly hostile: ReadonlyMap<number, readonly Ref[]>;
  readonly signTexts: readonly string[];
  readonly beyond: number;
}

/** What a table counted. The table is not to be used any more. */
export function packTallies(table: TallyTable): PackedTallies {
  const { addresses, refs, nameTimes, namePlaces, good, web, beyond, signs } = table;
  const rows = addresses.length;
  const names = table.names.grouped(rows);
  return {
    addresses,
    cells: table.cells.slice(0, rows * ROW),
    slots: table.slots.grouped(rows),
    names,
    nameTimes: inThatOrder(nameTimes, names.order),
    namePlaces: inThatOrder(namePlaces, names.order),
    hosts: table.hosts.grouped(rows),
    times: table.times.grouped(rows),
    nameTexts: [...table.nameIds.keys()],
    hostTexts: [...table.hostIds.keys()],
    refs: refs.pack(rows),
    good,
    many: new Map([...table.many].map(([row, { bits }]) => [row, bits])),
    categories: web.categories,
    targets: textsOf(web.targets),
    asked: textsOf(web.asked),
    hostile: web.hostile,
    signTexts: signs.texts,
    beyond,
  };
}

function textsOf(all: ReadonlyMap<number, FewTexts>): Map<number, readonly string[]> {
  return new Map([...all].map(([row, { texts }]) => [row, texts]));
}

/** The buffers that can go to another thread without a copy. */
export function buffersOf({
  cells,
  slots,
  names,
  nameTimes,
  namePlaces,
  hosts,
  times,
  refs,
}: PackedTallies): ArrayBuffer[] {
  const groups = [slots, names, hosts].flatMap(({ starts, keys, counts, order }) => [starts, keys, counts, order]);
  const cited = [refs.starts, refs.order, refs.places, refs.uses, refs.texts, ...refs.chunks];
  const arrays = [cells, nameTimes, namePlaces, times.starts, times.times, ...cited, ...groups];
  return arrays.map(({ buffer }) => buffer as ArrayBuffer);
}
