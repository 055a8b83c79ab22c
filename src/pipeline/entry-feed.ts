import { HeaderReader } from '../ledger/header-reader.ts';
import { type Damage, isDamage, readableEntries } from '../ledger/readable.ts';
import type { LedgerReader } from '../ledger/reader.ts';
import { type LedgerRecord, parseTime } from '../ledger/record.ts';
import type { PlacedRecord } from './chunk-decoder.ts';

/** Reads records of a ledger in order, with their times; records that are not kept any more, or are damaged, are passed over. */
export class EntryFeed {
  readonly #reader: LedgerReader;
  readonly #onDamage: (damage: Damage) => void;
  readonly #headers = new HeaderReader();
  #secondText = '';
  #secondUs = 0;

  /** `onDamage` is told of each run of records that is not as it was sealed, each time that it is read. */
  constructor(reader: LedgerReader, onDamage: (damage: Damage) => void) {
    this.#reader = reader;
    this.#onDamage = onDamage;
  }

  /** The records from one index up to, not with, another, which must be durable. Those of erasable streams have their payloads. */
  async read(from: number, to: number): Promise<PlacedRecord[]> {
    const placed: PlacedRecord[] = [];
    const begin = Math.max(from, await this.#reader.minimum());
    if (begin >= to) return placed;
    const { entries, damage } = await readableEntries(this.#reader, begin, to);
    for (const one of damage) this.#onDamage(one);
    let refs = 0;
    for (const [nth, entry] of entries.entries()) {
      const record = entry === null ? null : this.#placed(entry, begin + nth);
      if (record === null) continue;
      placed.push(record);
      if (record.record.kind === 'ref') refs += 1;
    }
    return refs === 0 ? placed : this.#withPayloads(placed);
  }

  #placed(entry: Buffer, index: number): PlacedRecord | null {
    try {
      const { kind, fields, end } = this.#headers.read(entry);
      const record = { kind, fields, payload: entry.subarray(end + 2) } as LedgerRecord;
      return { index, receivedAtUs: this.#time(fields['rt'] ?? ''), record };
    } catch (error) {
      this.#passOver(error, index, index + 1);
      return null;
    }
  }

  #passOver(error: unknown, from: number, to: number): void {
    if (!isDamage(error)) throw error;
    this.#onDamage({ from, to, why: error.message });
  }

  /** Payloads that were erased are empty; where their file is damaged, its records are passed over. */
  async #withPayloads(placed: readonly PlacedRecord[]): Promise<PlacedRecord[]> {
    const refs = placed.filter(({ record }) => record.kind === 'ref');
    let found: Awaited<ReturnType<LedgerReader['detached']>>;
    try {
      found = await this.#reader.detached(refs);
    } catch (error) {
      this.#passOver(error, (refs[0] as PlacedRecord).index, (refs.at(-1) as PlacedRecord).index + 1);
      return placed.filter(({ record }) => record.kind !== 'ref');
    }
    return placed.map((one) => {
      if (one.record.kind !== 'ref') return one;
      const payload = found.get(one.index)?.payload;
      const record = { ...one.record, payload: payload ?? NOTHING };
      return payload === undefined ? { ...one, record, erased: true } : { ...one, record };
    });
  }

  // Most records share their second with the one before.
  #time(rt: string): number {
    const second = rt.slice(0, 19);
    if (second !== this.#secondText) {
      this.#secondUs = parseTime(`${second}.000000Z`);
      this.#secondText = second;
    }
    return this.#secondUs + Number(rt.slice(20, 26));
  }
}

const NOTHING = Buffer.alloc(0);
