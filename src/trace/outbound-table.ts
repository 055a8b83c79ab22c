import type { Event } from '../core/event.ts';
import { arrivalOf, type Outward, type OutwardRole, outwardOf, ownAddressOf } from './outbound.ts';
import { PairTable } from './pair-table.ts';
import { own, type Ref, refOf } from './ref.ts';

// Hot path: once per event that tells of a connection outward. Numbers stand in flat tables, as in tally-table.ts.

/** Pairs of a host and an outside end beyond this many are only counted. */
const MAX_PAIRS = 200_000;
const MAX_NAMES = 400_000;
const MAX_TIMES = 1 << 21;
const PORTS = 65_536;
/** Protocols told apart. */
const MAX_PROTOCOLS = 64;
/** Times kept of one pair, for its rhythm. */
export const MAX_PAIR_TIMES = 64;
/** Addresses of one host that are learnt from what it received. */
const LESSONS = 256;
const MAX_OWN = 65_536;
const MAX_ARRIVALS = 65_536;

/** Cells of a pair. */
const CELLS = 4;
const COUNT = 0;
const FIRST = 1;
const LAST = 2;
const TIMES = 3;

/** A thread's outward connections as plain data: for each pair its host, its other end, numbers, first line and times. */
export interface PackedOutbound {
  readonly names: readonly string[];
  /** Indexes into `names`, by pair. */
  readonly talkers: Int32Array;
  readonly ends: Int32Array;
  /** Count, first and last time, and how many times are kept, by pair. */
  readonly cells: Float64Array;
  readonly refs: readonly Ref[];
  /** Every kept time: its pair, its task, and itself, in the order of reading. */
  readonly timePairs: Int32Array;
  readonly timeTasks: Int32Array;
  readonly times: Float64Array;
  /** "host address" of what hosts have for addresses, with how often that was seen. */
  readonly own: ReadonlyMap<string, number>;
  /** Names that an address was given as the answer for: "address name". */
  readonly answers: ReadonlySet<string>;
  /** Inside addresses that peers came to through a gateway, by "peer port". */
  readonly arrivals: ReadonlyMap<string, string>;
  readonly beyond: number;
}

/** Separates the parts of a name in the tables: no host, address or domain holds it. */
export const PART = '\t';

/** Counts who talks to whom outside. One per thread. */
export class OutboundTable {
  readonly #names = new Names(MAX_NAMES);
  readonly #protocols = new Names(MAX_PROTOCOLS);
  readonly #talkerIds = new PairTable(); // of a host and an address
  readonly #endIds = new PairTable(); // of an address, and its port and protocol
  readonly #talkerNames: string[] = [];
  readonly #endNames: string[] = [];
  readonly #pairs = new PairTable();
  readonly #refs: Ref[] = [];
  readonly #talkers: number[] = [];
  readonly #own = new Map<string, number>();
  readonly #lessons = new Map<string, number>();
  readonly #answers = new Set<string>();
  readonly #arrivals = new Map<string, string>();
  #cells = new Float64Array(CELLS << 8);
  #timePairs = new Int32Array(1 << 8);
  #timeTasks = new Int32Array(1 << 8);
  #times = new Float64Array(1 << 8);
  #timesTotal = 0;
  #beyond = 0;

  /** `role`: of the event; not ''. */
  add(event: Event, role: OutwardRole, task: number): void {
    if (role === 'own') {
      if (this.#wants(event.host)) this.#learn(event);
      return;
    }
    this.#answer(event);
    const found = outwardOf(event);
    if (found === null) {
      this.#arrive(event);
      return;
    }
    if (found.from === '' && found.protocol !== 'dns' && this.#wants(event.host)) this.#learn(event);
    const open = this.#pairs.size < MAX_PAIRS;
    const talker = this.#talker(event.host === '' ? `#${task}` : event.host, found.from, open);
    const end = this.#end(found, open);
    if (talker === -1 || end === -1) this.#beyond += event.count;
    else this.#count(talker, end, event, task);
  }

  // -1: unknown, and no room for more (`open`).
  #talker(host: string, from: string, open: boolean): number {
    const [one, other] = [this.#names.of(host, open), this.#names.of(from, open)];
    const known = one === -1 || other === -1 ? -1 : this.#talkerIds.find(one, other);
    if (known !== -1 || !open || one === -1 || other === -1) return known;
    this.#talkerNames.push(`${host}${PART}${from}`);
    return this.#talkerIds.add(one, other);
  }

  #end({ to, port, protocol }: Outward, open: boolean): number {
    const [one, other] = [this.#names.of(to, open), this.#protocols.of(protocol, open)];
    if (one === -1 || other === -1) return -1;
    const what = other * PORTS + port;
    const known = this.#endIds.find(one, what);
    if (known !== -1 || !open) return known;
    this.#endNames.push(`${to}${PART}${port}${PART}${protocol}`);
    return this.#endIds.add(one, what);
  }

  #count(talker: number, end: number, event: Event, task: number): void {
    let pair = this.#pairs.find(talker, end);
    if (pair === -1) {
      if (this.#pairs.size >= MAX_PAIRS) {
        this.#beyond += event.count;
        return;
      }
      pair = this.#make(talker, end, event, task);
    }
    const cells = this.#cells;
    const at = pair * CELLS;
    const { time } = event;
    cells[at + COUNT] = (cells[at + COUNT] as number) + event.count;
    if (Number.isNaN(time)) return;
    if (time < (cells[at + FIRST] as number)) cells[at + FIRST] = time;
    if (time > (cells[at + LAST] as number)) cells[at + LAST] = time;
    if ((cells[at + TIMES] as number) < MAX_PAIR_TIMES && this.#timesTotal < MAX_TIMES) {
      cells[at + TIMES] = (cells[at + TIMES] as number) + 1;
      this.#keep(pair, task, time);
    }
  }

  #make(talker: number, end: number, event: Event, task: number): number {
    const pair = this.#pairs.add(talker, end);
    this.#talkers.push(talker);
    this.#refs.push(refOf(task, event));
    if ((pair + 1) * CELLS > this.#cells.length) {
      const more = new Float64Array(this.#cells.length * 2);
      more.set(this.#cells);
      this.#cells = more;
    }
    this.#cells.set([0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0], pair * CELLS);
    return pair;
  }

  #keep(pair: number, task: number, time: number): void {
    const at = this.#timesTotal;
    if (at === this.#times.length) {
      const [pairs, tasks, times] = [new Int32Array(at * 2), new Int32Array(at * 2), new Float64Array(at * 2)];
      pairs.set(this.#timePairs);
      tasks.set(this.#timeTasks);
      times.set(this.#times);
      [this.#timePairs, this.#timeTasks, this.#times] = [pairs, tasks, times];
    }
    this.#timePairs[at] = pair;
    this.#timeTasks[at] = task;
    this.#times[at] = time;
    this.#timesTotal = at + 1;
  }

  // A host's address does not change from line to line: the first ones tell it.
  #wants(host: string): boolean {
    const seen = this.#lessons.get(host) ?? 0;
    if (seen >= LESSONS || (seen === 0 && this.#lessons.size >= MAX_OWN)) return false;
    this.#lessons.set(seen === 0 ? own(host) : host, seen + 1);
    return true;
  }

  #learn(event: Event): void {
    const told = ownAddressOf(event);
    if (told === null) return;
    const key = `${told.host}${PART}${told.address}`;
    const seen = this.#own.get(key) ?? 0;
    if (seen > 0 || this.#own.size < MAX_OWN) this.#own.set(seen === 0 ? own(key) : key, seen + 1);
  }

  #arrive(event: Event): void {
    const arrival = this.#arrivals.size < MAX_ARRIVALS ? arrivalOf(event) : null;
    if (arrival !== null) this.#arrivals.set(own(`${arrival.peer}${PART}${arrival.port}`), own(arrival.at));
  }

  #answer({ fields }: Event): void {
    const addresses = fields['dns.resolved_ip'];
    const name = fields['dns.question.name'];
    if (!Array.isArray(addresses) || typeof name !== 'string' || this.#answers.size >= MAX_OWN) return;
    for (const address of addresses.slice(0, 16)) this.#answers.add(own(`${address}${PART}${name.toLowerCase()}`));
  }

  /** What was counted. The table is not to be used any more. */
  pack(): PackedOutbound {
    const { size } = this.#pairs;
    const before = this.#talkerNames.length;
    const ends = Int32Array.from({ length: size }, (_, pair) => before + this.#pairs.keyOf(pair));
    return {
      names: [...this.#talkerNames, ...this.#endNames].map(own),
      talkers: Int32Array.from(this.#talkers),
      ends,
      cells: this.#cells.slice(0, size * CELLS),
      refs: this.#refs,
      timePairs: this.#timePairs.slice(0, this.#timesTotal),
      timeTasks: this.#timeTasks.slice(0, this.#timesTotal),
      times: this.#times.slice(0, this.#timesTotal),
      own: this.#own,
      answers: this.#answers,
      arrivals: this.#arrivals,
      beyond: this.#beyond,
    };
  }
}

/** Texts by number. */
class Names {
  readonly #ids = new Map<string, number>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** -1: unknown, and not to be kept (`open`). */
  of(text: string, open: boolean): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.#ids.size;
    if (!open || id >= this.#most) return -1;
    this.#ids.set(own(text), id);
    return id;
  }
}

/** One pair of a table: what one log says of a host and an outside end. */
export interface PackedPair {
  readonly talker: string;
  readonly end: string;
  readonly count: number;
  readonly first: number;
  readonly last: number;
  readonly ref: Ref;
}

/** The pairs of a table, in the order in which they were made. */
export function pairsOf({ names, talkers, ends, cells, refs }: PackedOutbound): PackedPair[] {
  return refs.map((ref, pair) => ({
    talker: names[talkers[pair] as number] as string,
    end: names[ends[pair] as number] as string,
    count: cells[pair * CELLS + COUNT] as number,
    first: cells[pair * CELLS + FIRST] as number,
    last: cells[pair * CELLS + LAST] as number,
    ref,
  }));
}
