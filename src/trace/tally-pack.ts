import type { FewTexts } from './few-texts.ts';
import { type Grouped, inThatOrder } from './pair-table.ts';
import type { Ref } from './ref.ts';
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
  /** The first event of each address: its task, its line, and the line's text. */
  readonly refPlaces: Float64Array;
  readonly refTexts: readonly string[];
  readonly good: ReadonlyMap<number, readonly string[]>;
  readonly many: ReadonlyMap<number, Uint8Array>;
  readonly categories: ReadonlyMap<number, ReadonlyMap<string, number>>;
  readonly targets: ReadonlyMap<number, readonly string[]>;
  /** Paths of requests that attack or log in. */
  readonly asked: ReadonlyMap<number, readonly string[]>;
  readonly hostile: ReadonlyMap<number, readonly Ref[]>;
  readonly failed: ReadonlyMap<number, readonly Ref[]>;
  readonly signTexts: readonly string[];
  readonly beyond: number;
}

/** What a table counted. The table is not to be used any more. */
export function packTallies(table: TallyTable): PackedTallies {
  const { addresses, refs, nameTimes, namePlaces, good, web, beyond, failed, signs } = table;
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
    refPlaces: placesOf(refs),
    refTexts: refs.map(({ raw }) => raw),
    good,
    many: new Map([...table.many].map(([row, { bits }]) => [row, bits])),
    categories: web.categories,
    targets: textsOf(web.targets),
    asked: textsOf(web.asked),
    hostile: web.hostile,
    failed,
    signTexts: signs.texts,
    beyond,
  };
}

function textsOf(all: ReadonlyMap<number, FewTexts>): Map<number, readonly string[]> {
  return new Map([...all].map(([row, { texts }]) => [row, texts]));
}

function placesOf(refs: readonly Ref[]): Float64Array {
  const places = new Float64Array(refs.length * 2);
  for (const [at, { task, line }] of refs.entries()) {
    places[at * 2] = task;
    places[at * 2 + 1] = line;
  }
  return places;
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
  refPlaces,
}: PackedTallies): ArrayBuffer[] {
  const groups = [slots, names, hosts].flatMap(({ starts, keys, counts, order }) => [starts, keys, counts, order]);
  const arrays = [cells, nameTimes, namePlaces, refPlaces, times.starts, times.times, ...groups];
  return arrays.map(({ buffer }) => buffer as ArrayBuffer);
}
