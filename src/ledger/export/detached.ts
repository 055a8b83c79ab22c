import { parseRecord } from '../record.ts';
import type { Detached, RefRecord } from '../secrecy/detached.ts';
import type { LedgerSource } from '../source.ts';
import { TILE_WIDTH } from '../tile.ts';
import type { ProvenEntries } from './proven-entries.ts';

/** Bytes of payloads from which on no more are read at once. */
const ENOUGH = 4 << 20;

/** Payloads of a run of records, in which none was looked for before `from` or from `end` on. */
interface Run {
  readonly from: number;
  readonly end: number;
  readonly found: ReadonlyMap<number, Detached>;
}

/** What `ref` records that are exported are of. They are asked for in their order: of neighbours it is read at once. */
export class DetachedPayloads {
  readonly #source: LedgerSource;
  readonly #entries: ProvenEntries;
  readonly #wanted: ReadonlySet<number>;
  #run: Run = { from: 0, end: 0, found: new Map() };

  constructor(source: LedgerSource, entries: ProvenEntries, wanted: readonly number[]) {
    this.#source = source;
    this.#entries = entries;
    this.#wanted = new Set(wanted);
  }

  /** What a wanted record is of; null when it was erased, or the source keeps none. Rejects with E_TAMPERED as the source does. */
  async of(index: number): Promise<Detached | null> {
    if (index < this.#run.from || index >= this.#run.end) this.#run = await this.#read(index);
    return this.#run.found.get(index) ?? null;
  }

  async #read(from: number): Promise<Run> {
    const bundleEnd = (Math.floor(from / TILE_WIDTH) + 1) * TILE_WIDTH;
    const refs: RefRecord[] = [];
    let end = from;
    for (let bytes = 0; end < bundleEnd && bytes < ENOUGH; end += 1) {
      if (!this.#wanted.has(end)) continue;
      const record = parseRecord(await this.#entries.at(end));
      if (record.kind !== 'ref') continue;
      refs.push({ index: end, record });
      bytes += Number(record.fields['size']);
    }
    return { from, end, found: (await this.#source.detached?.(refs)) ?? new Map() };
  }
}
