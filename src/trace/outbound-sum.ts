import { MAX_PAIR_TIMES, PART, type PackedOutbound, pairsOf } from './outbound-table.ts';
import { inOrder, type Ref } from './ref.ts';

/** What one log says of one host's connections to one outside end. */
export interface Talk {
  /** Host that the lines name; '' where they name none: then `ref` tells whose log it is. */
  readonly host: string;
  /** Address of the host that talked, as a gateway, resolver or proxy saw it; '' when it was the host of the line itself. */
  readonly from: string;
  /** An address of the Internet, or a domain. */
  readonly to: string;
  readonly port: number; // 0: unknown
  readonly protocol: string; // `dns`: only a name that was asked for
  count: number;
  first: number; // ms; Infinity when no line has a time
  last: number;
  ref: Ref;
  /** The times of the first ones, sorted; at most 64. */
  times: number[];
}

/** Who talked to whom outside, over all threads. */
export interface Outbound {
  readonly talks: readonly Talk[];
  /** Which addresses hosts have: "host\taddress", with how often that was seen. */
  readonly own: ReadonlyMap<string, number>;
  /** Names that addresses were given for: by address. */
  readonly names: ReadonlyMap<string, readonly string[]>;
  /** Inside addresses that peers came to through a gateway: by "peer\tport". '' where it was more than one. */
  readonly arrivals: ReadonlyMap<string, string>;
  /** Connections that came when no more could be told apart. */
  readonly beyond: number;
}

/** Adds up the threads' tables, in any order: the sums are the same. */
export function sumOutbound(all: readonly PackedOutbound[]): Outbound {
  const talks = new Map<string, Talk>();
  const stamps = new Map<Talk, { task: number; time: number }[]>();
  for (const packed of all) addTable(packed, talks, all.length === 1 ? null : stamps);
  if (all.length === 1) for (const talk of talks.values()) talk.times.sort((a, b) => a - b);
  for (const [talk, kept] of stamps) {
    kept.sort((a, b) => a.task - b.task); // stable: within a task in the order of its lines
    talk.times = kept.slice(0, MAX_PAIR_TIMES).map(({ time }) => time);
    talk.times.sort((a, b) => a - b);
  }
  const ordered = [...talks.values()].sort((a, b) => inOrder(a.ref, b.ref) || (a.to < b.to ? -1 : 1));
  return {
    talks: ordered,
    own: sumOwn(all),
    names: namesOf(all),
    arrivals: arrivalsOf(all),
    beyond: all.reduce((sum, one) => sum + one.beyond, 0),
  };
}

// `stamps`: where times of several tables are put together; null where there is one, which has them in their order.
function addTable(
  packed: PackedOutbound,
  talks: Map<string, Talk>,
  stamps: Map<Talk, { task: number; time: number }[]> | null,
): void {
  const mine = pairsOf(packed).map(({ talker, end, count, first, last, ref }) => {
    const key = `${talker}${PART}${end}`;
    const known = talks.get(key);
    if (known === undefined) {
      const talk = begin(talker, end, { count, first, last, ref });
      talks.set(key, talk);
      stamps?.set(talk, []);
      return talk;
    }
    known.count += count;
    known.first = Math.min(known.first, first);
    known.last = Math.max(known.last, last);
    if (inOrder(ref, known.ref) < 0) known.ref = ref;
    return known;
  });
  const { timePairs, timeTasks, times } = packed;
  for (let at = 0; at < times.length; at += 1) {
    const talk = mine[timePairs[at] as number] as Talk;
    const time = times[at] as number;
    if (stamps === null) talk.times.push(time);
    else stamps.get(talk)?.push({ task: timeTasks[at] as number, time });
  }
}

function begin(talker: string, end: string, counts: Pick<Talk, 'count' | 'first' | 'last' | 'ref'>): Talk {
  const [host = '', from = ''] = talker.split(PART);
  const [to = '', port = '0', protocol = ''] = end.split(PART);
  return { host: host.startsWith('#') ? '' : host, from, to, port: Number(port), protocol, ...counts, times: [] };
}

function sumOwn(all: readonly PackedOutbound[]): Map<string, number> {
  const sum = new Map<string, number>();
  for (const { own } of all) for (const [key, seen] of own) sum.set(key, (sum.get(key) ?? 0) + seen);
  return new Map([...sum].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function arrivalsOf(all: readonly PackedOutbound[]): Map<string, string> {
  const arrivals = new Map<string, string>();
  for (const packed of all)
    for (const [key, at] of packed.arrivals) arrivals.set(key, (arrivals.get(key) ?? at) === at ? at : '');
  return arrivals;
}

const MAX_NAMES_EACH = 8;

function namesOf(all: readonly PackedOutbound[]): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const answer of [...new Set(all.flatMap(({ answers }) => [...answers]))].sort()) {
    const [address = '', name = ''] = answer.split(PART);
    const known = names.get(address);
    if (known === undefined) names.set(address, [name]);
    else if (known.length < MAX_NAMES_EACH) known.push(name);
  }
  return names;
}
