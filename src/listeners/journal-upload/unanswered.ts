import { createHash } from 'node:crypto';

/** Of all streams together; each costs about 100 bytes. */
const MOST = 500_000;
/** Without a cursor two entries may be alike. Within a value its quotes would be escaped. */
const CURSOR = '"__CURSOR":"';

/**
 * Entries that are durable, of requests that were not answered. systemd-journal-upload then sends the whole request again. An entry has a
 * cursor, so the same bytes are the same entry: it need not be kept twice.
 */
export class Unanswered {
  readonly #streams = new Map<string, Set<string>>();
  #count = 0;

  /** Is it durable, of a request of its stream that was not answered? */
  has(stream: string, entry: Buffer): boolean {
    const known = this.#streams.get(stream);
    return known !== undefined && entry.includes(CURSOR) && known.has(keyOf(entry));
  }

  /** These are durable, and their request is not answered yet. */
  add(stream: string, entries: readonly Uint8Array[]): void {
    const known = this.#streams.get(stream) ?? new Set();
    this.#streams.set(stream, known);
    for (const entry of entries) {
      if (this.#count >= MOST) return;
      const before = known.size;
      known.add(keyOf(entry));
      this.#count += known.size - before;
    }
  }

  /** A request was answered: the stream goes on after `last`, which systemd 252 sends once more when it starts and finds nothing newer. */
  answered(stream: string, last: Uint8Array | null): void {
    if (last === null) return;
    this.#count -= this.#streams.get(stream)?.size ?? 0;
    this.#streams.delete(stream);
    this.add(stream, [last]);
  }
}

/** What stands for an entry. */
const keyOf = (entry: Uint8Array): string => createHash('sha256').update(entry).digest().toString('latin1', 0, 16);
