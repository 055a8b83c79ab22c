import type { Crowd } from './crowd.ts';
import type { Lists } from './numbers.ts';
import { CLIENT, START, TRAITS } from './traits.ts';

/** What is a group's own has at most this many others in its time, for each member that has it. */
const OTHERS = 0.5;
/** A client is shared by at least so many of the members, and by this share of them. */
const LEAST = 3;
const LEAST_SHARE = 0.1;
/** An order is that of a hand as well, of a list dealt out again and again. */
const LEAST_HAND = 0.015;
/** One such order may be chance. */
const ORDERS = 2;
/** Names that only one address ever tried are a group's own where so many of its names are such, as in a list dealt out. */
const DEALT = 0.3;

/** What a group of addresses has that hardly anybody else has who came in its time. */
export interface Own {
  /** For each member, as they stand: how many of its names and orders of names are the group's own; its client is one as well. */
  readonly counts: Int32Array;
  /** Of them, names alone. */
  readonly names: Int32Array;
  readonly words: ReadonlySet<number>;
  readonly clients: ReadonlySet<number>;
}

/** Judged outside of the group, among those who began in its time: however large a group is, it does not make its own common. */
export function ownOf(crowd: Crowd, members: Int32Array): Own {
  const others = othersInTime(crowd, members);
  const words = ownItems(crowd.words, members, others, 2, true);
  const pairs = ownItems(crowd.pairs, members, others, Math.max(LEAST, members.length * LEAST_HAND), false);
  const clients = ownClients(crowd, members, others);
  const names = countsOf(crowd.words, members, words);
  const orders = countsOf(crowd.pairs, members, pairs);
  const counts = names.map(
    (count, nth) =>
      count +
      ((orders[nth] as number) >= ORDERS ? (orders[nth] as number) : 0) +
      (clients.has(clientAt(crowd, members[nth] as number)) ? 1 : 0),
  );
  return { counts, names, words, clients };
}

function clientAt({ traits }: Crowd, at: number): number {
  return traits[at * TRAITS + CLIENT] as number;
}

/** Who else began when nearly all of the members did, or a little before or after. */
function othersInTime({ size, traits }: Crowd, members: Int32Array): Int32Array {
  const starts = Int32Array.from(members, (at) => traits[at * TRAITS + START] as number).sort();
  const from = (starts[Math.floor(starts.length * 0.05)] as number) - 1;
  const to = (starts[Math.ceil(starts.length * 0.95) - 1] as number) + 1;
  const within = new Set(members);
  const others: number[] = [];
  for (let at = 0; at < size; at += 1) {
    const start = traits[at * TRAITS + START] as number;
    if (start >= from && start <= to && !within.has(at)) others.push(at);
  }
  return Int32Array.from(others);
}

/** Items of the members that are their own. `least`: so many of them have it. */
function ownItems(lists: Lists, members: Int32Array, others: Int32Array, least: number, lone: boolean): Set<number> {
  const counts = new Map<number, number>();
  for (const member of members) for (const item of lists.of(member)) counts.set(item, (counts.get(item) ?? 0) + 1);
  const outside = countsOutside(lists, others, counts);
  const single = [...counts.keys()].filter((item) => counts.get(item) === 1 && !outside.has(item));
  const own = new Set(lone && single.length >= counts.size * DEALT ? single : []);
  for (const [item, count] of counts) if (count >= least && (outside.get(item) ?? 0) <= count * OTHERS) own.add(item);
  return own;
}

function countsOutside(
  { starts, items }: Lists,
  others: Int32Array,
  wanted: ReadonlyMap<number, number>,
): Map<number, number> {
  const outside = new Map<number, number>();
  for (let nth = 0; nth < others.length; nth += 1) {
    const other = others[nth] as number;
    const end = starts[other + 1] as number;
    for (let entry = starts[other] as number; entry < end; entry += 1) {
      const item = items[entry] as number;
      if (wanted.has(item)) outside.set(item, (outside.get(item) ?? 0) + 1);
    }
  }
  return outside;
}

function countsOf(lists: Lists, members: Int32Array, own: ReadonlySet<number>): Int32Array {
  return members.map((member) => lists.of(member).reduce((sum, item) => sum + (own.has(item) ? 1 : 0), 0));
}

function ownClients(crowd: Crowd, members: Int32Array, others: Int32Array): Set<number> {
  const counts = new Map<number, number>();
  for (const member of members) {
    const client = clientAt(crowd, member);
    counts.set(client, (counts.get(client) ?? 0) + 1);
  }
  const outside = new Map<number, number>();
  for (let nth = 0; nth < others.length; nth += 1) {
    const client = clientAt(crowd, others[nth] as number);
    if (counts.has(client)) outside.set(client, (outside.get(client) ?? 0) + 1);
  }
  const least = Math.max(LEAST, members.length * LEAST_SHARE);
  const own = new Set<number>();
  for (const [client, count] of counts)
    if (client !== crowd.silent && count >= least && (outside.get(client) ?? 0) <= count * OTHERS) own.add(client);
  return own;
}
