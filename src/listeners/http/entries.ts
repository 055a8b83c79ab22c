import { setImmediate as others } from 'node:timers/promises';
import type { RawRecord } from '../../core/stages.ts';
import type { Exchange, Origin } from './exchange.ts';
import { Refusal } from './problem.ts';

/** What is common to many entries is written to each: one request may give so many times its longest body. */
const MAX_GROWTH = 8;
/** Entries of one request, and what each holds beside its bytes: a packed body of some kilobytes can have millions of one letter. */
const MOST_ENTRIES = 500_000;
const ENTRY_COST = 200;
/** After so many bytes, or entries, other senders are served: a body of many megabytes would hold them up. */
const TURN_BYTES = 1 << 20;
const TURN_ENTRIES = 4096;

/** Gathers the records of one request: each entry is one, with all that was said of it. Counts what is too long. */
export class Entries {
  readonly records: RawRecord[] = [];
  /** Entries that were longer than allowed, and are not among the records. */
  tooLong = 0;
  readonly #exchange: Exchange;
  readonly #maxEntry: number;
  readonly #origin: Origin;
  #bytes = 0;

  constructor(exchange: Exchange, maxEntry: number) {
    this.#exchange = exchange;
    this.#maxEntry = maxEntry;
    this.#origin = exchange.origin;
  }

  /**
   * Takes entries, a character a byte (latin1). Throws a Refusal (413, 503) when all together are too much, and what the iterable throws:
   * what it gave before is among the records.
   */
  async take(texts: Iterable<string>): Promise<void> {
    let turn = 0;
    let entries = 0;
    for (const text of texts) {
      this.#add(text);
      turn += text.length;
      entries += 1;
      if (turn < TURN_BYTES && entries < TURN_ENTRIES) continue;
      await others();
      turn = 0;
      entries = 0;
    }
  }

  #add(text: string): void {
    if (text.length > this.#maxEntry) {
      this.tooLong += 1;
      return;
    }
    if (this.records.length === MOST_ENTRIES)
      throw new Refusal(413, 'too_many', `more than ${MOST_ENTRIES} entries: send fewer in one request`);
    this.#exchange.hold(text.length + ENTRY_COST);
    this.#bytes += text.length;
    if (this.#bytes > this.#exchange.maxBodyBytes * MAX_GROWTH)
      throw new Refusal(413, 'grows', 'what its entries have in common makes them too long: send fewer in one request');
    const { stream, via, peer } = this.#origin;
    const receivedAtUs = this.#exchange.nowUs();
    this.records.push({ stream, via, peer, receivedAtUs, bytes: Buffer.from(text, 'latin1') });
  }

  /** Resolves when all are durable, and says on the source's line what was not taken. Throws a Refusal (503). */
  async keep(): Promise<void> {
    await this.#exchange.keep(this.records);
    if (this.tooLong > 0)
      this.#exchange.noteRefused({ reason: 'entry_too_long', message: this.tooLongText }, this.tooLong);
  }

  get tooLongText(): string {
    return `${this.tooLong} entries are longer than ${this.#maxEntry} bytes: cut them, or raise "maxEntryBytes"`;
  }
}
