import type { RawRecord } from '../core/stages.ts';
import type { IndexRange } from '../ledger/log.ts';

const BATCH_RECORDS = 1000;
const BATCH_BYTES = 1 << 20;
const IN_FLIGHT = 4;

/** Gathers records into batches, a few of which may be under way. A slow sender's records do not wait for more. */
export class RecordBatches {
  readonly #append: (records: readonly RawRecord[]) => Promise<IndexRange>;
  #records: RawRecord[] = [];
  #bytes = 0;
  readonly #under: Promise<IndexRange>[] = [];
  #range: IndexRange | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(append: (records: readonly RawRecord[]) => Promise<IndexRange>) {
    this.#append = append;
  }

  async add(record: RawRecord): Promise<void> {
    this.#records.push(record);
    this.#bytes += record.bytes.length;
    this.#timer ??= setTimeout(() => this.#send(), 20); // a slow sender's lines are not to wait for more
    if (this.#records.length < BATCH_RECORDS && this.#bytes < BATCH_BYTES) return;
    this.#send();
    while (this.#under.length >= IN_FLIGHT) await this.#settle();
  }

  #send(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#records.length === 0) return;
    const sent = this.#append(this.#records);
    sent.catch(() => {}); // it is told when it is waited for
    this.#under.push(sent);
    [this.#records, this.#bytes] = [[], 0];
  }

  async #settle(): Promise<void> {
    const range = await (this.#under.shift() as Promise<IndexRange>);
    this.#range = { first: this.#range?.first ?? range.first, last: range.last };
  }

  async end(): Promise<IndexRange | null> {
    this.#send();
    while (this.#under.length > 0) await this.#settle();
    return this.#range;
  }
}
