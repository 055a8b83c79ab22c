import { AppError } from './errors.ts';
import { type Ip, type Ipv6, parseIp, readIp, textOfV4, textOfV6 } from './ip.ts';

/** An inclusive range of addresses of one family. */
export interface Range {
  readonly version: 4 | 6;
  first: bigint;
  last: bigint;
}

const MASK_LENGTH = /^\d{1,3}$/;
const BITS = { 4: 32, 6: 128 } as const;
const WORDS = new Uint32Array(4); // of the address that was read last

function numberOf(ip: Ip): bigint {
  if (ip.version === 4) return BigInt(ip.value);
  return ip.words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
}

function wordsOf(value: bigint): Ipv6['words'] {
  const word = (shift: bigint): number => Number((value >> shift) & 0xffffffffn);
  return [word(96n), word(64n), word(32n), word(0n)];
}

function textOf(version: 4 | 6, value: bigint): string {
  return version === 4 ? textOfV4(Number(value)) : textOfV6(wordsOf(value));
}

/** Number of leading bits that are fixed: from the text after the slash, for a mapped IPv4 network less its 96. */
function lengthOf(ip: Ip, address: string, mask: string | undefined): number | null {
  if (mask === undefined) return BITS[ip.version];
  if (!MASK_LENGTH.test(mask)) return null;
  const length = ip.version === 4 && address.includes(':') ? Number(mask) - 96 : Number(mask);
  return length >= 0 && length <= BITS[ip.version] ? length : null;
}

/** Reads `192.0.2.0/24`, `2001:db8::/32` or a lone address. Bits beyond the mask may be set; they are ignored. */
function parseRange(entry: string): Range {
  const [address = '', mask, ...rest] = entry.trim().split('/');
  const ip = parseIp(address);
  const length = ip && rest.length === 0 ? lengthOf(ip, address, mask) : null;
  if (ip === null || length === null) {
    throw new AppError('E_USAGE', `not an address or network: ${JSON.stringify(entry.slice(0, 80))}`);
  }
  const free = BigInt(BITS[ip.version] - length);
  const first = (numberOf(ip) >> free) << free;
  return { version: ip.version, first, last: first + (1n << free) - 1n };
}

function byStart(a: Range, b: Range): number {
  if (a.version !== b.version) return a.version - b.version;
  if (a.first === b.first) return 0;
  return a.first < b.first ? -1 : 1;
}

/** One for each entry, in whatever order. Lone IPv4 addresses are put in order as numbers: there may be a hundred thousand attackers. */
function rangesOf(entries: Iterable<string>): Range[] {
  const lone: number[] = [];
  const others: Range[] = [];
  for (const entry of entries) {
    if (readIp(entry, WORDS) === 4) lone.push(WORDS[0] as number);
    else others.push(parseRange(entry));
  }
  const ranges = Array.from(Uint32Array.from(lone).sort(), (value): Range => {
    const only = BigInt(value);
    return { version: 4, first: only, last: only };
  });
  return others.length === 0 ? ranges : [...ranges, ...others];
}

/** Sorted, IPv4 first, with overlapping and adjoining ranges made one. */
export function merged(entries: Iterable<string>): Range[] {
  const ranges: Range[] = [];
  for (const range of rangesOf(entries).sort(byStart)) {
    const before = ranges.at(-1);
    if (before?.version !== range.version || range.first > before.last + 1n) ranges.push(range);
    else if (range.last > before.last) before.last = range.last;
  }
  return ranges;
}

/** The fewest networks that make up a range: always the largest that is aligned at its start and still fits. */
export function* networks({ version, first, last }: Range): Generator<string> {
  for (let at = first; at <= last; ) {
    let free = 0;
    while (free < BITS[version] && fits(at, last, BigInt(free + 1))) free++;
    const length = BITS[version] - free;
    yield length === BITS[version] ? textOf(version, at) : `${textOf(version, at)}/${length}`;
    at += 1n << BigInt(free);
  }
}

function fits(at: bigint, last: bigint, free: bigint): boolean {
  const size = 1n << free;
  return (at & (size - 1n)) === 0n && at + size - 1n <= last;
}

/**
 * The shortest list of networks that covers exactly these addresses and networks (RFC 4632 §5.1): IPv4 first, in order
 * of address; a single address is written without `/32` or `/128`. Throws E_USAGE naming an entry that is neither.
 */
export function aggregate(entries: Iterable<string>): string[] {
  const texts: string[] = [];
  for (const range of merged(entries))
    if (range.first === range.last)
      texts.push(textOf(range.version, range.first)); // most attackers have no neighbour
    else texts.push(...networks(range));
  return texts;
}

/** Ranges of one family, as rows of 32-bit words, most significant first. */
interface Table {
  readonly width: 1 | 4;
  readonly count: number;
  readonly first: Uint32Array;
  readonly last: Uint32Array;
}

function tableOf(ranges: readonly Range[], version: 4 | 6): Table {
  const own = ranges.filter((range) => range.version === version);
  const rows = (value: bigint): readonly number[] => (version === 4 ? [Number(value)] : wordsOf(value));
  return {
    width: version === 4 ? 1 : 4,
    count: own.length,
    first: Uint32Array.from(own.flatMap((range) => rows(range.first))),
    last: Uint32Array.from(own.flatMap((range) => rows(range.last))),
  };
}

/** Sign of row `at` of a table against the words sought. */
function compare(rows: Uint32Array, at: number, width: number, sought: Uint32Array): number {
  for (let word = 0; word < width; word++) {
    const difference = (rows[at * width + word] as number) - (sought[word] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function covers(table: Table, sought: Uint32Array): boolean {
  let low = 0;
  let high = table.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(table.first, middle, table.width, sought) <= 0) low = middle + 1;
    else high = middle;
  }
  return low > 0 && compare(table.last, low - 1, table.width, sought) >= 0;
}

/** A fixed set of networks, for asking about addresses by the million. */
export class CidrSet {
  readonly #v4: Table;
  readonly #v6: Table;

  private constructor(ranges: readonly Range[]) {
    this.#v4 = tableOf(ranges, 4);
    this.#v6 = tableOf(ranges, 6);
  }

  /** Throws E_USAGE naming an entry that is neither an address nor a network. */
  static from(entries: Iterable<string>): CidrSet {
    return new CidrSet(merged(entries));
  }

  /** How many separate ranges it holds. */
  get size(): number {
    return this.#v4.count + this.#v6.count;
  }

  /** Is the address in it? Text that is not an address never is. */
  has(address: string): boolean {
    const version = readIp(address, WORDS);
    if (version === 0) return false;
    return covers(version === 4 ? this.#v4 : this.#v6, WORDS);
  }
}
