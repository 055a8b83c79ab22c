import type { Ref } from './tally.ts';

// Hot path: once per event that has a source address. Lists are made when something goes into them: most addresses come once.

const SLOT_MS = 300_000;
const MAX_NAMES = 256;
const FEW_NAMES = 8;
const MAX_SLOTS = 2048;
const MAX_REFS = 4;
const MAX_TARGETS = 64;
const MAX_TIMES = 64;
const NO_NUMBERS: number[] = [];
const NO_TEXTS: string[] = [];
const NO_REFS: readonly Ref[] = [];

const COUNTS = [
  'failures',
  'offers',
  'recorded',
  'successes',
  'invalidNames',
  'probes',
  'requests',
  'refused',
  'hostile',
  'webFailures',
  'blocked',
  'namesBeyond',
] as const;
const EARLIEST = ['first', 'firstFailure', 'firstSuccess'] as const;
const LATEST = ['last', 'lastSuccess'] as const;
const NUMBERS = [...COUNTS, ...EARLIEST, ...LATEST] as const;

/** Counts of one address. Times are ms since 1970. Order of adding and merging does not matter. */
export class Counts {
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  firstFailure = Number.POSITIVE_INFINITY;
  firstSuccess = Number.POSITIVE_INFINITY;
  lastSuccess = Number.NEGATIVE_INFINITY;
  failures = 0;
  /** Those of them that only offered a key or nothing: no guesses. */
  offers = 0;
  /** Failures by btmp's records: the same tries that sshd's lines tell, or all that is left of them. */
  recorded = 0;
  successes = 0;
  /** "Invalid user" notices. */
  invalidNames = 0;
  /** Connections that ended before any login. */
  probes = 0;
  requests = 0;
  /** Requests answered with 4xx. */
  refused = 0;
  hostile = 0;
  webFailures = 0;
  blocked = 0;
  /** Further names that came when 256 were known. */
  namesBeyond = 0;
  hosts: string[] = NO_TEXTS;
  refs: readonly Ref[] = NO_REFS;
  /** Times of the failures, exact while they are few; `slots` tell when there are more than 64. */
  failureTimes: number[] = NO_NUMBERS;
  #name = 0; // where the last one stands: most come again at once
  #names: string[] = NO_TEXTS;
  /** Names that got in. */
  #good: string[] = NO_TEXTS;
  #nameIndex: Map<string, number> | null = null;
  #nameTimes: number[] = NO_NUMBERS;
  #nameCounts: number[] = NO_NUMBERS;
  /** Slots of five minutes, and the attempts (or requests, or stopped packets) in each. */
  #slots: number[] = NO_NUMBERS;
  #slotCounts: number[] = NO_NUMBERS;
  #categories: Map<string, number> | null = null;
  #targets: Set<string> | null = null;

  see(time: number, count: number): void {
    if (time < this.first) this.first = time;
    if (time > this.last) this.last = time;
    if (count > 0) this.#slot(Math.floor(time / SLOT_MS), count);
  }

  #slot(slot: number, count: number): void {
    const last = this.#slots.length - 1;
    const at = this.#slots[last] === slot ? last : this.#isNew(slot, last) ? -1 : this.#slots.lastIndexOf(slot);
    if (at >= 0) this.#slotCounts[at] = (this.#slotCounts[at] as number) + count;
    else if (this.#slots.length === 0) {
      this.#slots = [slot];
      this.#slotCounts = [count];
    } else if (this.#slots.length < MAX_SLOTS) {
      this.#slots.push(slot);
      this.#slotCounts.push(count);
    }
  }

  // Lines come in the order of time: a slot after the last one is new.
  #isNew(slot: number, last: number): boolean {
    return last < 0 || slot > (this.#slots[last] as number);
  }

  host(host: string): void {
    if (this.hosts.length === 1 && this.hosts[0] === host) return;
    if (!this.hosts.includes(host)) this.hosts = [...this.hosts, host];
  }

  /** A name that was tried, `count` times in attempts (0: it was only mentioned). */
  name(name: string, time: number, count: number): void {
    const at = this.#names[this.#name] === name ? this.#name : this.#nameAt(name);
    if (at !== -1) {
      this.#name = at;
      this.#nameCounts[at] = (this.#nameCounts[at] as number) + count;
      if (time < (this.#nameTimes[at] as number)) this.#nameTimes[at] = time;
    } else if (this.#names.length === 0) {
      this.#names = [ownName(name)];
      this.#nameTimes = [time];
      this.#nameCounts = [count];
    } else if (this.#names.length < MAX_NAMES) {
      this.#names.push(ownName(name));
      this.#nameIndex?.set(ownName(name), this.#names.length - 1);
      this.#nameTimes.push(time);
      this.#nameCounts.push(count);
    } else this.namesBeyond += 1;
  }

  #nameAt(name: string): number {
    if (this.#names.length <= FEW_NAMES) return this.#names.indexOf(name);
    this.#nameIndex ??= new Map(this.#names.map((known, at) => [known, at]));
    return this.#nameIndex.get(name) ?? -1;
  }

  succeed(time: number, count: number, name: string | undefined): void {
    this.successes += count;
    if (name !== undefined && !this.#good.includes(name)) this.#good = [...this.#good, ownName(name)];
    if (time < this.firstSuccess) this.firstSuccess = time;
    if (time > this.lastSuccess) this.lastSuccess = time;
  }

  /** A key, or nothing, that was refused. */
  offer(count: number): void {
    this.failures += count;
    this.offers += count;
  }

  fail(time: number, count: number): void {
    this.failures += count;
    if (time < this.firstFailure) this.firstFailure = time;
    for (let left = count; left > 0 && this.failureTimes.length < MAX_TIMES; left -= 1) {
      if (this.failureTimes.length === 0) this.failureTimes = [time];
      else this.failureTimes.push(time);
    }
  }

  /** A failure that btmp recorded. */
  record(time: number, count: number): void {
    this.recorded += count;
    if (time < this.firstFailure) this.firstFailure = time;
  }

  /** Login tries that failed, by whichever source saw more. */
  get tries(): number {
    return Math.max(this.failures, this.recorded);
  }

  /** Of these, the ones that guessed. */
  get guesses(): number {
    return Math.max(this.failures - this.offers, this.recorded);
  }

  /** Names that were guessed for and never got in from here. */
  get namesFailed(): number {
    let failed = this.namesBeyond;
    for (const [at, name] of this.#names.entries())
      if ((this.#nameCounts[at] as number) > 0 && !this.#good.includes(name)) failed += 1;
    return failed;
  }

  category(category: string, count: number): void {
    this.#categories ??= new Map();
    this.#categories.set(category, (this.#categories.get(category) ?? 0) + count);
  }

  /** A path that was not there, or a port that was shut; 64 are kept. */
  target(target: string): void {
    this.#targets ??= new Set();
    if (this.#targets.size < MAX_TARGETS && !this.#targets.has(target))
      this.#targets.add(Buffer.from(target).toString());
  }

  /** Names in the order of their first try. */
  names(): string[] {
    const order = this.#names
      .map((_, at) => at)
      .sort((a, b) => (this.#nameTimes[a] as number) - (this.#nameTimes[b] as number) || a - b);
    return order.map((at) => this.#names[at] as string);
  }

  get namesTotal(): number {
    return this.#names.length + this.namesBeyond;
  }

  get categories(): string[] {
    return [...(this.#categories?.keys() ?? [])];
  }

  get targets(): number {
    return this.#targets?.size ?? 0;
  }

  /** Most of them in ten minutes that begin at a full five. */
  peak(): number {
    const counts = new Map(this.#slots.map((slot, at) => [slot, this.#slotCounts[at] as number]));
    let most = 0;
    for (const [slot, count] of counts) most = Math.max(most, count + (counts.get(slot + 1) ?? 0));
    return most;
  }

  /** Guesses up to an instant: exact while they are few, else to the end of its five minutes. */
  failuresUntil(time: number): number {
    const guesses = this.failures - this.offers;
    if (guesses < this.recorded) return time < this.firstFailure ? 0 : this.recorded;
    if (guesses <= MAX_TIMES) return this.failureTimes.filter((failed) => failed <= time).length;
    let sum = 0;
    for (const [at, slot] of this.#slots.entries()) if (slot * SLOT_MS <= time) sum += this.#slotCounts[at] as number;
    return Math.min(sum, guesses);
  }

  merge(other: Counts): void {
    for (const key of COUNTS) this[key] += other[key];
    for (const key of EARLIEST) this[key] = Math.min(this[key], other[key]);
    for (const key of LATEST) this[key] = Math.max(this[key], other[key]);
    for (const host of other.hosts) this.host(host);
    this.#good = [...new Set([...this.#good, ...other.#good])];
    this.failureTimes = [...this.failureTimes, ...other.failureTimes];
    for (const [at, name] of other.#names.entries())
      this.name(name, other.#nameTimes[at] as number, other.#nameCounts[at] as number);
    for (const [at, slot] of other.#slots.entries()) this.#slot(slot, other.#slotCounts[at] as number);
    for (const [category, count] of other.#categories ?? []) this.category(category, count);
    for (const target of other.#targets ?? []) this.target(target);
    this.refs = [...this.refs, ...other.refs].sort((a, b) => a.task - b.task || a.line - b.line).slice(0, MAX_REFS);
  }

  /** Numbers and texts from which `unpack` makes it again. */
  pack(): [number[], string[]] {
    const categories = [...(this.#categories ?? [])];
    const targets = [...(this.#targets ?? [])];
    const numbers: number[] = NUMBERS.map((key) => this[key]);
    const lists = [this.failureTimes, this.#nameTimes, this.#nameCounts, this.#slots, this.#slotCounts];
    const refs = this.refs.flatMap(({ task, line }) => [task, line]);
    for (const list of [...lists, categories.map(([, count]) => count), refs]) {
      numbers.push(list.length);
      for (const value of list) numbers.push(value);
    }
    const texts = [this.hosts.length, targets.length, this.#good.length].map(String);
    return [
      numbers,
      [
        ...texts,
        ...this.hosts,
        ...targets,
        ...this.#good,
        ...this.#names,
        ...categories.map(([name]) => name),
        ...this.refs.map(({ raw }) => raw),
      ],
    ];
  }

  static unpack(numbers: readonly number[], texts: readonly string[]): Counts {
    const counts = new Counts();
    for (const [at, key] of NUMBERS.entries()) counts[key] = numbers[at] as number;
    let at = NUMBERS.length;
    const list = () => {
      const length = numbers[at] as number;
      at += length + 1;
      return numbers.slice(at - length, at);
    };
    counts.failureTimes = list();
    counts.#nameTimes = list();
    counts.#nameCounts = list();
    counts.#slots = list();
    counts.#slotCounts = list();
    const categoryCounts = list();
    const refs = list();
    let from = 3;
    const take = (length: number) => {
      from += length;
      return texts.slice(from - length, from);
    };
    counts.hosts = take(Number(texts[0]));
    for (const target of take(Number(texts[1]))) counts.target(target);
    counts.#good = take(Number(texts[2]));
    counts.#names = take(counts.#nameTimes.length);
    for (const [index, category] of take(categoryCounts.length).entries())
      counts.category(category, categoryCounts[index] as number);
    counts.refs = take(refs.length / 2).map((raw, index) => ({
      task: refs[index * 2] as number,
      line: refs[index * 2 + 1] as number,
      raw,
    }));
    return counts;
  }
}

// A copy that keeps no block of the log alive.
function ownName(name: string): string {
  return name.length < 13 ? name : Buffer.from(name).toString();
}
