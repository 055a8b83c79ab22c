import { textOfV4, textOfV6 } from '../../core/ip.ts';
import { type About, type AboutColumns, aboutColumns, shared } from './rows.ts';

// Hot path: `covering` once for each address that was not asked for of late.

/** Networks of one family, sorted by first address, wider before narrower, none twice. In memory that threads share. */
export interface NetworkRows {
  readonly version: 4 | 6;
  /** First addresses: one word each for IPv4, four for IPv6. */
  readonly first: Uint32Array;
  readonly prefix: Uint8Array;
  /** Row of the narrowest network around this one; -1 for none. */
  readonly around: Int32Array;
  readonly about: AboutColumns;
}

const BITS = { 4: 32, 6: 128 } as const;

/** Clears the bits behind a prefix. */
function maskWords(words: Uint32Array, prefix: number): void {
  for (let at = 0; at < words.length; at += 1) {
    const free = 32 - Math.min(32, Math.max(0, prefix - at * 32));
    if (free === 32) words[at] = 0;
    else words[at] = (((words[at] as number) >>> free) << free) >>> 0;
  }
}

/** Gathers the networks of one family for `NetworkRows`. */
export class NetworkGatherer {
  readonly #version: 4 | 6;
  readonly #width: 1 | 4;
  readonly #words: number[] = [];
  readonly #prefix: number[] = [];
  readonly #about: About[] = [];

  constructor(version: 4 | 6) {
    this.#version = version;
    this.#width = version === 4 ? 1 : 4;
  }

  get count(): number {
    return this.#prefix.length;
  }

  /** `words`: the first of them are the address; they are masked here. */
  add(words: Uint32Array, prefix: number, about: About): void {
    const own = words.slice(0, this.#width);
    maskWords(own, prefix);
    for (const word of own) this.#words.push(word);
    this.#prefix.push(prefix);
    this.#about.push(about);
  }

  #compare(a: number, b: number): number {
    const width = this.#width;
    for (let at = 0; at < width; at += 1) {
      const difference = (this.#words[a * width + at] as number) - (this.#words[b * width + at] as number);
      if (difference !== 0) return difference;
    }
    return (this.#prefix[a] as number) - (this.#prefix[b] as number);
  }

  /** Sorted; of a network that is there twice, the one that ends later, then the surer, then the first. */
  #order(): number[] {
    const sorted = Uint32Array.from(this.#prefix.keys()).sort((a, b) => this.#compare(a, b) || a - b);
    const order: number[] = [];
    for (const entry of sorted) {
      const before = order.at(-1);
      if (before === undefined || this.#compare(before, entry) !== 0) order.push(entry);
      else if (outlasts(this.#about[entry] as About, this.#about[before] as About)) order[order.length - 1] = entry;
    }
    return order;
  }

  /** Null when there is none. */
  build(noteOf: (note: string) => number): NetworkRows | null {
    if (this.count === 0) return null;
    const order = this.#order();
    const width = this.#width;
    const first = shared.u32(order.length * width);
    const prefix = shared.u8(order.length);
    for (const [row, entry] of order.entries()) {
      for (let at = 0; at < width; at += 1) first[row * width + at] = this.#words[entry * width + at] as number;
      prefix[row] = this.#prefix[entry] as number;
    }
    const about = aboutColumns(this.#about, order, noteOf);
    const rows = { version: this.#version, first, prefix, around: shared.i32(order.length), about };
    nest(rows);
    return rows;
  }
}

/** Does what is said of an entry hold longer than what is said of the same entry elsewhere, or as long and more surely? */
export function outlasts(a: About, b: About): boolean {
  if (a.untilS !== b.untilS) return b.untilS !== 0 && (a.untilS === 0 || a.untilS > b.untilS);
  return a.confidence > b.confidence;
}

// Networks lie in each other or apart. So the one around a row is among those that were open when it began.
function nest(rows: NetworkRows): void {
  const { prefix, around, first, version } = rows;
  const width = version === 4 ? 1 : 4;
  const open: number[] = [];
  for (let row = 0; row < prefix.length; row += 1) {
    const words = first.subarray(row * width, row * width + width);
    while (open.length > 0 && !holds(rows, open.at(-1) as number, words)) open.pop();
    around[row] = open.at(-1) ?? -1;
    open.push(row);
  }
}

/** Is the address in the network? */
function holds({ first, prefix, version }: NetworkRows, row: number, words: Uint32Array): boolean {
  const width = version === 4 ? 1 : 4;
  let bits = prefix[row] as number;
  for (let at = 0; at < width && bits > 0; at += 1, bits -= 32) {
    const differing = ((words[at] as number) ^ (first[row * width + at] as number)) >>> 0;
    if (bits >= 32 ? differing !== 0 : differing >>> (32 - bits) !== 0) return false;
  }
  return true;
}

function isAfter({ first }: NetworkRows, row: number, words: Uint32Array, width: number): boolean {
  for (let at = 0; at < width; at += 1) {
    const difference = (first[row * width + at] as number) - (words[at] as number);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** Row of the narrowest network that holds the address, which must be of the same family; -1 for none. */
export function covering(rows: NetworkRows, words: Uint32Array): number {
  const width = rows.version === 4 ? 1 : 4;
  let low = 0;
  let high = rows.prefix.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isAfter(rows, middle, words, width)) high = middle;
    else low = middle + 1;
  }
  // The last that begins before the address lies in the one that holds it, or is it.
  let row = low - 1;
  while (row >= 0 && !holds(rows, row, words)) row = rows.around[row] as number;
  return row;
}

/** `192.0.2.0/24`; a lone address without its mask. */
export function networkText({ version, first, prefix }: NetworkRows, row: number): string {
  const bits = prefix[row] as number;
  const at = row * 4;
  const text =
    version === 4
      ? textOfV4(first[row] as number)
      : textOfV6([first[at] as number, first[at + 1] as number, first[at + 2] as number, first[at + 3] as number]);
  return bits === BITS[version] ? text : `${text}/${bits}`;
}
