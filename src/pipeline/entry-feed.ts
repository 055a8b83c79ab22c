import { AppError } from '../core/errors.ts';
import type { LedgerReader } from '../ledger/reader.ts';
import { type LedgerRecord, parseTime, readHeader } from '../ledger/record.ts';
import type { PlacedRecord } from './chunk-decoder.ts';

/** Reads records of a ledger in order, with their times; records that are not kept any more are passed over. */
export class EntryFeed {
  readonly #reader: LedgerReader;
  #secondText = '';
  #secondUs = 0;

  constructor(reader: LedgerReader) {
    this.#reader = reader;
  }

  /** The records from one index up to, not with, another, which must be durable. */
  async read(from: number, to: number): Promise<PlacedRecord[]> {
    const placed: PlacedRecord[] = [];
    let at = Math.max(from, await this.#reader.minimum());
    if (at >= to) return placed;
    for (const entry of await this.#reader.entries(at, to)) {
      const record = this.#place(entry, at);
      placed.push(record.record.kind === 'ref' ? await this.#withPayload(record) : record);
      at += 1;
    }
    return placed;
  }

  #place(entry: Buffer, index: number): PlacedRecord {
    const { kind, fields, end } = readHeader(entry);
    const record = { kind, fields, payload: entry.subarray(end + 2) } as LedgerRecord;
    return { index, receivedAtUs: this.#time(fields['rt'] ?? ''), record };
  }

  async #withPayload({ index, receivedAtUs, record }: PlacedRecord): Promise<PlacedRecord> {
    const payload = (await this.#reader.detached(index, record).catch(erased)) ?? Buffer.alloc(0);
    return { index, receivedAtUs, record: { ...record, payload } };
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
