import { aggregate } from './cidr.ts';
import { parseIp, textOfV4 } from './ip.ts';

/** Of the addresses that a loose list covers, so many may be strangers: less than 1 %, for not every member is surely one. */
const STRANGERS = 0.008;

/** Addresses once each, by number, IPv4 before IPv6, text that is no address last: the order in which they are told. */
export function sortAddresses(addresses: Iterable<string>): string[] {
  const keyed = [...new Set(addresses)].map((address) => ({ address, key: keyOf(address) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
  return keyed.map(({ address }) => address);
}

function keyOf(address: string): string {
  const ip = parseIp(address);
  if (ip === null) return `9 ${address}`;
  const words = ip.version === 4 ? [ip.value] : ip.words;
  return `${ip.version} ${words.map((word) => word.toString(16).padStart(8, '0')).join('')}`;
}

/**
 * Networks that cover all of these addresses, and of others less than 1 % of all that they cover; never one of `spare`. Blocks of
 * IPv4 that are full but for some are taken whole, those that save most entries for each stranger first, as long as that
 * lasts; so the list is shorter than `aggregate` would make it. What is no address is left out.
 */
export function looselyAggregated(addresses: Iterable<string>, spare: Iterable<string> = []): string[] {
  const exact = [...new Set(addresses)].filter((address) => parseIp(address) !== null);
  const members = numbersOf(exact);
  const spared = numbersOf(spare);
  const blocks = chosen(candidates(members, spared), Math.floor(members.length * STRANGERS));
  return aggregate([...exact, ...blocks.map(({ base, free }) => `${textOfV4(base)}/${32 - free}`)]);
}

/** IPv4 addresses as numbers, in their order. */
function numbersOf(addresses: Iterable<string>): Float64Array {
  const numbers = new Set<number>();
  for (const address of addresses) {
    const ip = parseIp(address);
    if (ip?.version === 4) numbers.add(ip.value);
  }
  return Float64Array.from(numbers).sort();
}

interface Block {
  readonly base: number;
  readonly free: number;
  /** Addresses in it that are not members. */
  readonly missing: number;
  /** Entries of the exact list that it stands for. */
  readonly entries: number;
}

/** Blocks that are at least half full and hold nobody who is to be spared. */
function candidates(members: Float64Array, spared: Float64Array): Block[] {
  const blocks: Block[] = [];
  const walk = (from: number, to: number, base: number, free: number): number => {
    const size = 2 ** free;
    if (to - from === size || to - from <= 1) return Math.min(1, to - from);
    const middle = base + size / 2;
    const cut = lowerBound(members, middle, from, to);
    const entries = walk(from, cut, base, free - 1) + walk(cut, to, middle, free - 1);
    const missing = size - (to - from);
    const free0 = lowerBound(spared, base) === lowerBound(spared, base + size);
    if (missing * 2 <= size && free0) blocks.push({ base, free, missing, entries });
    return entries;
  };
  walk(0, members.length, 0, 32);
  return blocks;
}

/** Those that save most for each stranger, while the budget lasts. A larger block takes the place of those in it. */
function chosen(blocks: Block[], budget: number): Block[] {
  blocks.sort(
    (a, b) => (b.entries - 1) * a.missing - (a.entries - 1) * b.missing || b.free - a.free || a.base - b.base,
  );
  let left = budget;
  let taken: Block[] = [];
  for (const block of blocks) {
    if (block.missing > budget || taken.some((other) => holds(other, block))) continue;
    const inside = taken.filter((other) => holds(block, other));
    const cost = block.missing - inside.reduce((sum, { missing }) => sum + missing, 0);
    if (cost > left) continue;
    left -= cost;
    taken = [...taken.filter((other) => !holds(block, other)), block];
  }
  return taken;
}

function holds(outer: Block, inner: Block): boolean {
  return inner.free <= outer.free && inner.base >= outer.base && inner.base < outer.base + 2 ** outer.free;
}

function lowerBound(sorted: Float64Array, value: number, from = 0, to = sorted.length): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
