// Hot path: runs for each entry. No closure or promise for one.
import type { RawRecord } from '../../core/stages.ts';

const LINE_FEED = 0x0a;
const KEY = Buffer.from('"__CURSOR"');
const MAX_CURSOR = 300;
// Within a value its quotes would be escaped: this can only be the field.
const CURSOR = /^"__CURSOR" ?: ?"(?<cursor>[a-z]=[0-9a-f]{1,32}(?:;[a-z]=[0-9a-f]{1,32}){1,9})"/;

/** A cursor that `journalctl` would take: sd_journal_get_cursor(3). */
export const CURSOR_TEXT = /^[a-z]=[0-9a-f]{1,32}(?:;[a-z]=[0-9a-f]{1,32}){1,9}$/;

/** The parts by which an entry is found again: its number in which series, and its time where that series is gone. */
const shortCursor = (cursor: string): string =>
  cursor
    .split(';')
    .filter((part) => 'sit'.includes(part.charAt(0)))
    .join(';');

/** The cursor of an entry as `journalctl -o json` writes it, shortened; null when it has none. */
export function cursorOf(entry: Buffer): string | null {
  const at = entry.indexOf(KEY);
  if (at === -1) return null;
  const cursor = CURSOR.exec(entry.toString('latin1', at, at + MAX_CURSOR))?.groups?.['cursor'];
  return cursor === undefined ? null : shortCursor(cursor);
}

/** Cuts what `journalctl -o json` writes into records. */
export class Entries {
  readonly #stream: string;
  readonly #maxBytes: number;
  #records: RawRecord[] = [];
  #bytes = 0;
  #open: Buffer[] = [];
  #openBytes = 0;
  /** Entries that were left out, since the last time that they were told: too long, or no entry at all. */
  tooLong = 0;
  unread = 0;

  constructor(stream: string, maxBytes: number) {
    this.#stream = stream;
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(piece: Buffer, receivedAtUs: number): void {
    let from = 0;
    for (let feed = piece.indexOf(LINE_FEED); feed !== -1; feed = piece.indexOf(LINE_FEED, from)) {
      const part = piece.subarray(from, feed);
      this.#end(this.#openBytes === 0 ? part : Buffer.concat([...this.#open, part]), part.length, receivedAtUs);
      this.#open = [];
      this.#openBytes = 0;
      from = feed + 1;
    }
    if (from === piece.length) return;
    this.#openBytes += piece.length - from;
    if (this.#openBytes <= this.#maxBytes) this.#open.push(piece.subarray(from));
    else this.#open = []; // it is only measured from here on
  }

  /** The records so far. */
  take(): RawRecord[] {
    const records = this.#records;
    this.#records = [];
    this.#bytes = 0;
    return records;
  }

  #end(bytes: Buffer, more: number, receivedAtUs: number): void {
    if (this.#openBytes + more > this.#maxBytes) {
      this.tooLong += 1;
      return;
    }
    const position = cursorOf(bytes);
    if (position === null) {
      this.unread += bytes.length > 0 ? 1 : 0;
      return;
    }
    this.#records.push({ stream: this.#stream, bytes, receivedAtUs, via: 'journal', peer: 'none', position });
    this.#bytes += bytes.length;
  }
}
