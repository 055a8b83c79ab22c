import { AppError } from '../core/errors.ts';
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

  /** The records from one index up to, not with, another, which must be durable. */
  async read(from: number, to: number): Promise<PlacedRecord[]> {
    const placed: PlacedRecord[] = [];
    const begin = Math.max(from, await this.#reader.minimum());
    if (begin >= to) return placed;
    const { entries, damage } = await readableEntries(this.#reader, begin, to);
    for (const one of damage) this.#onDamage(one);
    for (const [nth, entry] of entries.entries()) {
      if (entry === null) continue;
      const found = this.#placed(entry, begin + nth);
      const record = found instanceof Promise ? await found : found;
      if (record !== null) placed.push(record);
    }
    return placed;
  }

  // Nothing is to be awaited for a common record.
  #placed(entry: Buffer, index: number): PlacedRecord | null | Promise<PlacedRecord | null> {
    try {
      const record = this.#place(entry, index);
      return record.record.kind === 'ref' ? this.#withPayload(record) : record;
    } catch (error) {
      return this.#passOver(error, index);
    }
  }

  #passOver(error: unknown, index: number): null {
    if (!isDamage(error)) throw error;
    this.#onDamage({ from: index, to: index + 1, why: error.message });
    return null;
  }

  #place(entry: Buffer, index: number): PlacedRecord {
    const { kind, fields, end } = this.#headers.read(entry);
    const record = { kind, fields, payload: entry.subarray(end + 2) } as LedgerRecord;
    return { index, receivedAtUs: this.#time(fields['rt'] ?? ''), record };
  }

  async #withPayload({ index, receivedAtUs, record }: PlacedRecord): Promise<PlacedRecord | null> {
    try {
      const payload = (await this.#reader.detached(index, record).catch(erased)) ?? Buffer.alloc(0);
      return { index, receivedAtUs, record: { ...record, payload } };
    } catch (error) {
      return this.#passOver(error, index);
    }
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

/** A payload that was erased is empty; anything else that is wrong with it is told. */
function erased(error: unknown): null {
  if (error instanceof AppError && error.code === 'E_NOT_FOUND') return null;
  throw error;
}
