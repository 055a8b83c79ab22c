import type { Event } from '../core/event.ts';
import { orderOf } from './pair-table.ts';
import { isPlaced, MAX_RAW, type Ref, refOf } from './ref.ts';

// Hot path: a few times for each address. Lines are kept as bytes in flat memory, which no collector of garbage walks
// through; a text is made of those that are told.

const CHUNK_BYTES = 1 << 20;
/** From so many bytes on a line's beginning must do: a flood of long lines must not fill the memory. */
const MUCH_TEXT = 2 ** 30;
const LITTLE = 64;
/** What a reference is kept for: its address's first event, or a failure that is cited. */
export const FIRST_EVENT = 1;
export const CITED = 2;

/** References as plain data, by address: flat tables. */
export interface PackedRefs {
  /** Those of a row stand in `order` from `starts[row]` to `starts[row + 1]`, its first event before the rest. */
  readonly starts: Int32Array;
  readonly order: Int32Array;
  /** Task and line of each. */
  readonly places: Float64Array;
  /** FIRST_EVENT, CITED or both. */
  readonly uses: Uint8Array;
  /** Where each line's text stands: its chunk, its place there, and its length in bytes. */
  readonly texts: Int32Array;
  readonly chunks: readonly Uint8Array[];
}

/** Keeps references to lines, in the order in which they come. */
export class RefStore {
  size = 0;
  #rows = new Int32Array(1 << 8);
  #places = new Float64Array(2 << 8);
  #uses = new Uint8Array(1 << 8);
  #texts = new Int32Array(3 << 8);
  readonly #chunks: Buffer[] = []; // all but the last as long as what they hold
  #end = 0; // of what the last chunk holds

  /** The number of a new reference. `row`: of its address. `use`: see `PackedRefs`. */
  add(row: number, task: number, event: Event, use: number): number {
    const at = this.size;
    if (at === this.#rows.length) this.#grow();
    this.size = at + 1;
    this.#rows[at] = row;
    this.#places[at * 2] = task;
    this.#places[at * 2 + 1] = event.line;
    this.#uses[at] = use;
    if (isPlaced(event) && event.end - event.start <= MAX_RAW && !this.#isFull) {
      this.#addBytes(at, event.block, event.start, event.end);
    } else this.#addText(at, refOf(task, event).raw);
    return at;
  }

  // Byte by byte: for a line, to ask for a copy takes longer than to make it.
  #addBytes(at: number, block: Uint8Array, start: number, end: number): void {
    const chunk = this.#room(end - start);
    let to = this.#end;
    for (let from = start; from < end; from += 1, to += 1) chunk[to] = block[from] as number;
    this.#close(at, end - start);
  }

  get #isFull(): boolean {
    return this.#chunks.length * CHUNK_BYTES >= MUCH_TEXT;
  }

  #addText(at: number, raw: string): void {
    const bytes = Buffer.from(this.#isFull && raw.length > LITTLE ? `${raw.slice(0, LITTLE)}…` : raw);
    bytes.copy(this.#room(bytes.length), this.#end);
    this.#close(at, bytes.length);
  }

  // The chunk that has so many bytes free behind #end. No line is longer than a chunk.
  #room(length: number): Buffer {
    if (this.#chunks.length === 0 || this.#end + length > CHUNK_BYTES) {
      this.#cut();
      this.#chunks.push(Buffer.allocUnsafeSlow(CHUNK_BYTES));
      this.#end = 0;
    }
    return this.#chunks[this.#chunks.length - 1] as Buffer;
  }

  #cut(): void {
    const last = this.#chunks.length - 1;
    if (last >= 0) this.#chunks[last] = (this.#chunks[last] as Buffer).subarray(0, this.#end);
  }

  #close(at: number, length: number): void {
    this.#texts[at * 3] = this.#chunks.length - 1;
    this.#texts[at * 3 + 1] = this.#end;
    this.#texts[at * 3 + 2] = length;
    this.#end += length;
  }

  /** Uses a reference for something more, when it is of this line. Returns whether it is. */
  useAlso(number: number, task: number, line: number, use: number): boolean {
    if (this.#places[number * 2] !== task || this.#places[number * 2 + 1] !== line) return false;
    this.#uses[number] = (this.#uses[number] as number) | use;
    return true;
  }

  #grow(): void {
    const { length } = this.#rows;
    const [rows, places, uses] = [new Int32Array(length * 2), new Float64Array(length * 4), new Uint8Array(length * 2)];
    const texts = new Int32Array(length * 6);
    rows.set(this.#rows);
    places.set(this.#places);
    uses.set(this.#uses);
    texts.set(this.#texts);
    this.#rows = rows;
    this.#places = places;
    this.#uses = uses;
    this.#texts = texts;
  }

  /** All of them. `rows`: how many there are. The store is not to be used any more. */
  pack(rows: number): PackedRefs {
    this.#cut();
    const { starts, order } = orderOf(this.size, rows, this.#rows);
    return {
      starts,
      order,
      places: this.#places.slice(0, this.size * 2),
      uses: this.#uses.slice(0, this.size),
      texts: this.#texts.slice(0, this.size * 3),
      chunks: this.#chunks,
    };
  }
}

/** A reference by its number. */
export function refAt({ places, texts, chunks }: PackedRefs, number: number): Ref {
  const { buffer, byteOffset } = chunks[texts[number * 3] as number] as Uint8Array;
  const from = byteOffset + (texts[number * 3 + 1] as number);
  const raw = Buffer.from(buffer, from, texts[number * 3 + 2]).toString();
  return { task: places[number * 2] as number, line: places[number * 2 + 1] as number, raw };
}

/** Of a row, in the order in which they came: those that are for this use. */
export function refsOf(refs: PackedRefs, row: number, use: number): Ref[] {
  const found: Ref[] = [];
  const end = refs.starts[row + 1] as number;
  for (let entry = refs.starts[row] as number; entry < end; entry += 1) {
    const number = refs.order[entry] as number;
    if (((refs.uses[number] as number) & use) !== 0) found.push(refAt(refs, number));
  }
  return found;
}
