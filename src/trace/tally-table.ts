import type { Event } from '../core/event.ts';
import { Distinct } from './distinct.ts';
import { FailureTimes } from './failure-times.ts';
import { PairTable } from './pair-table.ts';
import { LINES_A_TASK, own } from './ref.ts';
import { CITED, FIRST_EVENT, RefStore } from './ref-store.ts';
import type { Role } from './role.ts';
import { MAX_NAME, short } from './short.ts';
import { type Sign, SignTable } from './sign.ts';
import * as row from './tally-row.ts';
import { type WebFacts, webFacts } from './web-facts.ts';
import { WebTally } from './web-tally.ts';

// Hot path: once per event that has a source address. Numbers stand in flat tables: nothing here is made per event, and the
// tables go from thread to thread without a copy.

/** Addresses beyond this many are only counted: a flood from everywhere must not fill the memory. */
const MAX_ADDRESSES = 1_000_000;
const MAX_SLOT_ENTRIES = 1 << 22;
const MAX_NAME_ENTRIES = 1 << 21;
/** Characters of all names, and hosts: a sender chooses both. */
const MAX_NAME_CHARS = 1 << 26;
const MAX_HOSTS = 1 << 16;
const MAX_SLOTS = 8192;
/** Addresses of which names beyond 256 are counted. */
const MAX_MANY = 16_384;
const BEYOND = 0;

/** Of an address that has none. */
const NO_NUMBER = -1;

/** A name that the decoder knows, with room for its number here. */
export interface TextMemo {
  readonly text: string;
  memo: unknown;
  /** Whose number `memo` is. */
  keeper: object | null;
}

/** Counts what each address did. One per thread. `Tallies` adds up the tables of all. */
export class TallyTable {
  readonly addresses: string[] = [''];
  /** The first event of each address, and its failures that are cited. */
  readonly refs = new RefStore();
  readonly slots = new PairTable();
  readonly names = new PairTable();
  readonly hosts = new PairTable();
  readonly times = new FailureTimes();
  readonly web = new WebTally();
  readonly signs = new SignTable();
  /** Names that got in, by row. */
  readonly good = new Map<number, string[]>();
  /** All names beyond those kept, by row. */
  readonly many = new Map<number, Distinct>();
  readonly nameIds = new Map<string, number>();
  readonly hostIds = new Map<string, number>();
  cells = new Float64Array(row.ROW << 8);
  #small = new Int32Array(this.cells.buffer);
  nameTimes = new Float64Array(1 << 10);
  /** Where in the evidence: names of one second keep its order. */
  namePlaces = new Float64Array(1 << 10);
  /** Events of addresses that came when no more could be told apart. */
  beyond = 0;
  readonly #rows = new Map<string, number>();
  #rowsOfKnown = new Int32Array(1 << 8); // by the decoder's numbers; BEYOND: not known yet
  #newest = BEYOND; // row whose first event is known
  #host = '';
  #hostId = -1;
  #nameChars = 0;

  constructor() {
    this.cells.set(row.EMPTY_ROW, 0);
  }

  /**
   * `known`: the number of the event's address, where the decoder gave it one; always the same decoder. `account`: its user as the
   * decoder knows it, where it does. `web`: the facts of a request, where these are told.
   */
  add(
    event: Event,
    role: Role,
    task: number,
    known = NO_NUMBER,
    account: TextMemo | null = null,
    web: WebFacts | null = null,
  ): void {
    const { count } = event;
    const user = nameOf(event);
    const time = event.time || 0; // NaN: it has none
    const id = known === NO_NUMBER ? this.#rowOf(event.address) : this.#rowOfKnown(known, event);
    const at = id * row.ROW;
    if (id > this.#newest) {
      this.#newest = id;
      this.cells[at + row.FIRST_REF] = this.refs.add(id, task, event, FIRST_EVENT);
      this.cells[at + row.FIRST] = time;
    }
    const isLater = this.#see(at, time);
    if (role.weight > 0) this.#slot(id, at, Math.floor(time / row.SLOT_MS), count);
    this.#seeHost(id, at, event.host);
    this.#sign(at, role.sign);
    if (role.kind === 'attempt') this.#attempt(at, event, role, isLater, task);
    else if (role.kind === 'notice' && role.invalid) this.#plus(at + row.INVALID_NAMES, count);
    else if (role.kind === 'probe') this.#plus(at + row.PROBES, count);
    else if (role.kind === 'web') this.#request(id, at, event, web, task);
    else if (role.kind === 'firewall') this.web.packet(id, this.cells, event);
    if (user === undefined || !role.names) return;
    const { size } = this.names;
    const entry = this.#name(id, at, user, account, role.guess ? count : 0);
    if (entry >= size || !isLater) this.#tried(entry, time, task * LINES_A_TASK + event.line); // else it came before
  }

  #request(id: number, at: number, event: Event, told: WebFacts | null, task: number): void {
    const facts = told ?? webFacts(event);
    this.web.request(id, this.cells, event, facts, task);
    this.#sign(at, facts.agent);
  }

  #sign(at: number, sign: Sign | null): void {
    if (sign === null) return;
    const number = this.signs.numberOf(sign);
    if (number !== 0 && this.cells[at + row.SIGNS] !== number)
      this.signs.put(this.cells, at + row.SIGNS, row.MAX_SIGNS, number);
  }

  // Whether it is later than all that was seen of the address, as nearly all events are.
  #see(at: number, time: number): boolean {
    const { cells } = this;
    if (time > (cells[at + row.LAST] as number)) {
      cells[at + row.LAST] = time;
      return true;
    }
    if (time < (cells[at + row.FIRST] as number)) cells[at + row.FIRST] = time;
    return false;
  }

  #attempt(at: number, event: Event, role: Role, isLater: boolean, task: number): void {
    if (role.success) {
      this.#success(at, event);
      return;
    }
    this.#plus(at + row.FAILURES, event.count);
    if (role.offer) this.#plus(at + row.OFFERS, event.count);
    else this.#failure(at, event, isLater, task);
  }

  #success(at: number, event: Event): void {
    const { cells } = this;
    const user = nameOf(event);
    const time = event.time || 0;
    this.#plus(at + row.SUCCESSES, event.count);
    if (user !== undefined) this.#gotIn(at / row.ROW, user);
    if (time < (cells[at + row.FIRST_SUCCESS] as number)) cells[at + row.FIRST_SUCCESS] = time;
    if (time > (cells[at + row.LAST_SUCCESS] as number)) cells[at + row.LAST_SUCCESS] = time;
  }

  #failure(at: number, event: Event, isLater: boolean, task: number): void {
    const { cells } = this;
    const time = event.time || 0;
    const begin = task * LINES_A_TASK;
    const last = cells[at + row.TASK_FAILURES] as number;
    const isFirst = last === 0 || !isLater; // else there was one before
    if (isFirst && time < (cells[at + row.FIRST_FAILURE] as number)) cells[at + row.FIRST_FAILURE] = time;
    const before = last - begin;
    const nth = before >= 0 && before < LINES_A_TASK ? before + 1 : 1;
    cells[at + row.TASK_FAILURES] = begin + nth;
    if (row.isCited(nth)) this.#cite(at, event, task);
    const small = this.#small;
    const kept = small[at * 2 + row.TIMES] as number;
    if (kept < row.MAX_TIMES)
      small[at * 2 + row.TIMES] =
        kept + this.times.add(at / row.ROW, time, Math.min(event.count, row.MAX_TIMES - kept));
  }

  // A thread reads its tasks in their order, so that its first ones hold the first ones of all.
  #cite(at: number, event: Event, task: number): void {
    const { cells, refs } = this;
    const id = at / row.ROW;
    const cited = this.#small[at * 2 + row.CITATIONS] as number;
    if (cited >= row.MAX_REFS) return;
    this.#small[at * 2 + row.CITATIONS] = cited + 1;
    if (id !== BEYOND && refs.useAlso(cells[at + row.FIRST_REF] as number, task, event.line, CITED)) return;
    refs.add(id, task, event, CITED);
  }

  #plus(cell: number, count: number): void {
    this.cells[cell] = (this.cells[cell] as number) + count;
  }

  #gotIn(id: number, name: string): void {
    const good = this.good.get(id) ?? [];
    if (!good.includes(name) && good.length < row.MAX_NAMES) this.good.set(id, [...good, own(name)]);
  }

  #slot(id: number, at: number, slot: number, count: number): void {
    const { slots } = this;
    const small = this.#small;
    const begin = at * 2;
    let entry = small[begin + row.SLOT_AT] as number;
    const isNewest = slot > (small[begin + row.NEWEST_SLOT] as number); // as nearly all are: nothing is looked for
    if (isNewest || entry === -1 || slots.keyOf(entry) !== slot) {
      entry = isNewest ? -1 : slots.find(id, slot);
      if (isNewest) small[begin + row.NEWEST_SLOT] = slot;
      if (entry === -1) {
        const kept = small[begin + row.SLOTS] as number;
        if (slots.size >= MAX_SLOT_ENTRIES || kept >= MAX_SLOTS) return;
        entry = slots.add(id, slot);
        small[begin + row.SLOTS] = kept + 1;
      }
      small[begin + row.SLOT_AT] = entry;
    }
    slots.count(entry, count);
  }

  #seeHost(id: number, at: number, host: string): void {
    if (host === '') return;
    if (host !== this.#host) {
      this.#hostId = this.hostIds.size < MAX_HOSTS ? numberOf(this.hostIds, host) : (this.hostIds.get(host) ?? -1);
      this.#host = host;
    }
    if (this.#hostId === -1) return;
    if (this.#small[at * 2 + row.HOST] === this.#hostId) return;
    this.#small[at * 2 + row.HOST] = this.#hostId;
    if (this.hosts.find(id, this.#hostId) === -1) this.hosts.add(id, this.#hostId);
  }

  // The entry of a name that was tried, `count` times in attempts (0: it was only mentioned); -1 when it is not kept.
  #name(id: number, at: number, name: string, account: TextMemo | null, count: number): number {
    const { names } = this;
    const number = this.#numberOf(name, account);
    let entry = this.#small[at * 2 + row.NAME_AT] as number;
    if (number === -1 || this.#small[at * 2 + row.NAME] !== number) {
      entry = number === -1 ? -1 : names.find(id, number);
      if (entry === -1) entry = this.#newName(id, at, name, number);
      if (entry === -1) return entry;
      this.#small[at * 2 + row.NAME_AT] = entry;
      this.#small[at * 2 + row.NAME] = names.keyOf(entry);
    }
    if (count > 0) names.count(entry, count);
    return entry;
  }

  #tried(entry: number, time: number, place: number): void {
    if (entry === -1) return;
    const first = this.nameTimes[entry] as number;
    if (time > first || (time === first && place >= (this.namePlaces[entry] as number))) return;
    this.nameTimes[entry] = time;
    this.namePlaces[entry] = place;
  }

  // `known`: the name's number, or -1.
  #newName(id: number, at: number, name: string, known: number): number {
    const kept = this.#small[at * 2 + row.NAMES] as number;
    if (kept >= row.MAX_NAMES || !this.#hasRoom(known === -1 ? name : '')) {
      let many = this.many.get(id);
      if (many === undefined && this.many.size < MAX_MANY) {
        many = new Distinct();
        this.many.set(id, many);
      }
      many?.add(name);
      return -1;
    }
    const number = known === -1 ? this.nameIds.size : known;
    if (known === -1) this.nameIds.set(own(name), number);
    const entry = this.names.add(id, number);
    this.#small[at * 2 + row.NAMES] = kept + 1;
    if (entry >= this.nameTimes.length) {
      this.nameTimes = grown(this.nameTimes);
      this.namePlaces = grown(this.namePlaces);
    }
    this.nameTimes[entry] = Number.POSITIVE_INFINITY;
    return entry;
  }

  #hasRoom(name: string): boolean {
    if (this.names.size >= MAX_NAME_ENTRIES || this.#nameChars + name.length > MAX_NAME_CHARS) return false;
    this.#nameChars += name.length;
    return true;
  }

  #rowOfKnown(known: number, event: Event): number {
    if (known >= this.#rowsOfKnown.length) {
      const rows = new Int32Array(2 * known);
      rows.set(this.#rowsOfKnown);
      this.#rowsOfKnown = rows;
    }
    const before = this.#rowsOfKnown[known] as number;
    if (before !== BEYOND) return before;
    const { address } = event; // the decoder's own text, which keeps no line alive
    const id = this.#rows.get(address) ?? this.#newRow(address);
    this.#rowsOfKnown[known] = id;
    return id;
  }

  // -1 when the name has none yet.
  #numberOf(name: string, account: TextMemo | null): number {
    if (account !== null && account.keeper === this) return account.memo as number;
    const number = this.nameIds.get(name) ?? -1;
    if (number === -1 || account === null) return number;
    account.memo = number;
    account.keeper = this;
    return number;
  }

  #rowOf(address: string): number {
    return this.#rows.get(address) ?? this.#newRow(own(address));
  }

  #newRow(address: string): number {
    const id = this.addresses.length;
    if (id > MAX_ADDRESSES) {
      this.beyond += 1;
      return BEYOND;
    }
    this.addresses.push(address);
    this.#rows.set(address, id);
    if ((id + 1) * row.ROW > this.cells.length) {
      this.cells = grown(this.cells);
      this.#small = new Int32Array(this.cells.buffer);
    }
    this.cells.set(row.EMPTY_ROW, id * row.ROW);
    return id;
  }
}

function nameOf({ user }: Event): string | undefined {
  return user === undefined || user.length <= MAX_NAME ? user : short(user, MAX_NAME);
}

function numberOf(numbers: Map<string, number>, text: string): number {
  let number = numbers.get(text);
  if (number === undefined) {
    number = numbers.size;
    numbers.set(own(text), number);
  }
  return number;
}

function grown(cells: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const more = new Float64Array(cells.length * 2);
  more.set(cells);
  return more;
}
