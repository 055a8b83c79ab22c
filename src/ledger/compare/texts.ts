import type { Zone } from '../../core/zone.ts';
import { type Plain, plainOf } from './line-key.ts';
import type { HostLines, LedgerLines } from './lines.ts';
import { readAgain, type Sides } from './read-sides.ts';

interface RecordText {
  readonly seq: number;
  /** Null when the ledger cannot show it. */
  readonly plain: Plain | null;
}

/** Holds the texts of the few lines that must be looked at or told. */
export class Texts {
  readonly #ledger: LedgerLines;
  readonly #host: HostLines;
  readonly #sides: Sides;
  readonly #key: Uint8Array;
  readonly #zone: Zone | null;
  readonly #records = new Map<number, RecordText>();
  readonly #lines = new Map<number, Plain>();

  constructor(ledger: LedgerLines, host: HostLines, sides: Sides, key: Uint8Array, zone: Zone | null) {
    this.#ledger = ledger;
    this.#host = host;
    this.#sides = sides;
    this.#key = key;
    this.#zone = zone;
  }

  /** Reads what is not held yet. Throws E_UNAVAILABLE when the file changed meanwhile. */
  async hold(records: Iterable<number>, lines: Iterable<number>): Promise<void> {
    for (const place of inOrder(records, this.#records)) {
      const { seq, bytes } = await this.#ledger.one(this.#sides.ledger.index.at(place));
      this.#records.set(place, { seq, plain: bytes === null ? null : plainOf(bytes, this.#zone) });
    }
    const places = inOrder(lines, this.#lines);
    const found = await readAgain(this.#host, places, this.#sides, this.#key, this.#zone);
    for (const [place, bytes] of found) this.#lines.set(place, plainOf(bytes, this.#zone));
  }

  record(place: number): RecordText {
    return this.#records.get(place) ?? { seq: -1, plain: null };
  }

  line(place: number): Plain | undefined {
    return this.#lines.get(place);
  }

  readonly at = (isRecord: boolean, place: number): Plain | undefined =>
    isRecord ? (this.#records.get(place)?.plain ?? undefined) : this.#lines.get(place);
}

function inOrder(places: Iterable<number>, known: ReadonlyMap<number, unknown>): number[] {
  return [...new Set(places)].filter((place) => !known.has(place)).sort((one, other) => one - other);
}
