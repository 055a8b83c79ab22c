import { type EcsFields, type Event, has } from '../core/event.ts';

// Hot path: once per event that has a source address.

/** A place in the evidence before line numbers are absolute: the task that read it, and the line within that task. */
export interface Ref {
  readonly task: number;
  readonly line: number;
  readonly raw: string;
}

const SLOT_MS = 300_000;
const MAX_NAMES = 256;
const MAX_SLOTS = 2048;
const MAX_REFS = 4;
const MAX_RAW = 2048;
const MAX_PATHS = 64;
const MAX_TIMES = 64;

/** A copy that does not keep the block alive which the text was cut from (V8 slices share their parent's memory). */
export function own(text: string): string {
  return text.length < 13 ? text : Buffer.from(text).toString();
}

export function refOf(task: number, event: Event): Ref {
  return { task, line: event.line, raw: own(event.raw.length > MAX_RAW ? `${event.raw.slice(0, MAX_RAW)}…` : event.raw) };
}

/** What one address did, as counts that can be added up in any order. */
export class Tally {
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  failures = 0;
  successes = 0;
  invalidNames = 0;
  probes = 0;
  requests = 0;
  /** Requests answered with 4xx. */
  refused = 0;
  hostile = 0;
  webFailures = 0;
  blocked = 0;
  firstFailure = Number.POSITIVE_INFINITY;
  firstSuccess = Number.POSITIVE_INFINITY;
  lastSuccess = Number.NEGATIVE_INFINITY;
  /** Name tried → [first time, times]. */
  readonly names = new Map<string, [number, number]>();
  namesBeyond = 0;
  readonly hosts = new Set<string>();
  readonly categories = new Map<string, number>();
  /** Distinct paths asked for, or ports knocked at; at most 64. */
  readonly targets = new Set<string>();
  /** Times of the failures, exact while they are few; empty beyond 64, when `slots` tell. */
  readonly failureTimes: number[] = [];
  /** Slot of five minutes → attempts (or requests, or stopped packets) in it. */
  readonly slots = new Map<number, number>();
  readonly refs: Ref[] = [];

  see(time: number, count: number): void {
    if (time < this.first) this.first = time;
    if (time > this.last) this.last = time;
    if (count === 0) return;
    const slot = Math.floor(time / SLOT_MS);
    const seen = this.slots.get(slot);
    if (seen !== undefined || this.slots.size < MAX_SLOTS) this.slots.set(slot, (seen ?? 0) + count);
  }

  name(name: string, time: number, count: number): void {
    const known = this.names.get(name);
    if (known) {
      known[1] += count;
      if (time < known[0]) known[0] = time;
    } else if (this.names.size < MAX_NAMES) this.names.set(own(name), [time, count]);
    else this.namesBeyond += 1;
  }

  /** Most of them in ten minutes that begin at a full five. */
  peak(): number {
    let most = 0;
    for (const [slot, count] of this.slots) most = Math.max(most, count + (this.slots.get(slot + 1) ?? 0));
    return most;
  }

  /** Failures up to an instant: exact while they are few, else to the end of its five minutes. */
  failuresUntil(time: number): number {
    if (this.failures <= MAX_TIMES) return this.failureTimes.filter((failed) => failed <= time).length;
    let sum = 0;
    for (const [slot, count] of this.slots) if (slot * SLOT_MS <= time) sum += count;
    return Math.min(sum, this.failures);
  }

  fail(time: number, count: number): void {
    this.failures += count;
    if (time < this.firstFailure) this.firstFailure = time;
    for (let left = count; left > 0 && this.failureTimes.length < MAX_TIMES; left -= 1) this.failureTimes.push(time);
  }

  merge(other: Tally): void {
    this.first = Math.min(this.first, other.first);
    this.last = Math.max(this.last, other.last);
    this.firstFailure = Math.min(this.firstFailure, other.firstFailure);
    this.lastSuccess = Math.max(this.lastSuccess, other.lastSuccess);
    this.failureTimes.push(...other.failureTimes);
    this.firstSuccess = Math.min(this.firstSuccess, other.firstSuccess);
    for (const key of COUNTS) this[key] += other[key];
    for (const [name, [time, count]] of other.names) this.name(name, time, count);
    for (const host of other.hosts) this.hosts.add(host);
    for (const [category, count] of other.categories)
      this.categories.set(category, (this.categories.get(category) ?? 0) + count);
    for (const target of other.targets) if (this.targets.size < MAX_PATHS) this.targets.add(target);
    for (const [slot, count] of other.slots) this.slots.set(slot, (this.slots.get(slot) ?? 0) + count);
    this.refs.push(...other.refs);
    this.refs.sort((a, b) => a.task - b.task || a.line - b.line).splice(MAX_REFS);
  }
}

const COUNTS = [
  'failures',
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

/** Adds up what each address did. One per worker; `pack` and `unpack` carry it between threads cheaply. */
export class Tallies {
  readonly byAddress = new Map<string, Tally>();
  #address = '';
  #tally: Tally = new Tally();

  add(event: Event, address: string, task: number): void {
    const { fields, count, time } = event;
    const tally = this.#of(address);
    tally.see(Number.isNaN(time) ? 0 : time, weightOf(fields) * count);
    if (event.host !== '' && !tally.hosts.has(event.host)) tally.hosts.add(own(event.host));
    const category = (fields['event.category'] as readonly string[] | undefined)?.[0];
    if (category === 'authentication') this.#authentication(tally, event);
    else if (category === 'web') this.#web(tally, event, task);
    else if (category === 'network') this.#network(tally, event);
    if (tally.refs.length === 0) tally.refs.push(refOf(task, event));
  }

  #of(address: string): Tally {
    if (address === this.#address) return this.#tally;
    let tally = this.byAddress.get(address);
    if (tally === undefined) {
      tally = new Tally();
      this.byAddress.set(own(address), tally);
    }
    this.#address = address;
    this.#tally = tally;
    return tally;
  }

  #authentication(tally: Tally, event: Event): void {
    const { fields, count } = event;
    const time = Number.isNaN(event.time) ? 0 : event.time;
    const attempt = (fields['event.type'] as readonly string[] | undefined)?.[0] === 'start';
    const name = fields['user.name'] as string | undefined;
    if (name !== undefined) tally.name(name, time, attempt ? count : 0);
    if (!attempt) {
      if (fields['event.action'] === 'ssh_invalid_user') tally.invalidNames += count;
      return;
    }
    if (fields['event.outcome'] === 'success') {
      tally.successes += count;
      if (time < tally.firstSuccess) tally.firstSuccess = time;
      if (time > tally.lastSuccess) tally.lastSuccess = time;
      return;
    }
    tally.fail(time, count);
  }

  #web(tally: Tally, event: Event, task: number): void {
    const { fields, count } = event;
    tally.requests += count;
    const status = fields['http.response.status_code'] as number | undefined;
    if (status !== undefined && status >= 400 && status < 500) {
      tally.refused += count;
      if (status === 401 || status === 403) tally.webFailures += count;
      const path = fields['url.path'];
      if (tally.targets.size < MAX_PATHS && typeof path === 'string') tally.targets.add(own(path.slice(0, 200)));
    }
    const categories = fields['rule.category'] as readonly string[] | undefined;
    if (categories?.includes('login') && fields['http.request.method'] === 'POST') tally.webFailures += count;
    if (fields['event.kind'] !== 'alert') return;
    tally.hostile += count;
    for (const category of categories ?? [])
      tally.categories.set(category, (tally.categories.get(category) ?? 0) + count);
    if (tally.hostile <= MAX_REFS && tally.refs.length < MAX_REFS) tally.refs.push(refOf(task, event));
  }

  #network(tally: Tally, event: Event): void {
    const { fields, count } = event;
    if (fields['event.action'] === 'firewall') {
      if (!has(fields, 'event.type', 'denied')) return;
      tally.blocked += count;
      const port = fields['destination.port'];
      if (port !== undefined && tally.targets.size < MAX_PATHS) tally.targets.add(`port ${port}`);
    } else if (fields['spoor.preauth'] === true) {
      tally.probes += count;
      const name = fields['user.name'] as string | undefined;
      if (name !== undefined) tally.name(name, Number.isNaN(event.time) ? 0 : event.time, 0);
    }
  }

  pack(): PackedTallies {
    return { rows: [...this.byAddress].map(([address, tally]) => packRow(address, tally)) };
  }

  unpack(packed: PackedTallies): void {
    for (const row of packed.rows) {
      const tally = unpackRow(row);
      const known = this.byAddress.get(row[0]);
      if (known) known.merge(tally);
      else this.byAddress.set(row[0], tally);
    }
  }
}

/** What counts towards a peak: attempts that failed, requests and stopped packets; not what is said besides. */
function weightOf(fields: EcsFields): number {
  const category = (fields['event.category'] as readonly string[] | undefined)?.[0];
  if (category !== 'authentication') return 1;
  const type = (fields['event.type'] as readonly string[] | undefined)?.[0];
  return type === 'start' && fields['event.outcome'] !== 'success' ? 1 : 0;
}

/** Flat rows: structured clone walks arrays of primitives several times faster than maps of objects. */
export interface PackedTallies {
  readonly rows: readonly PackedRow[];
}
type PackedRow = readonly [string, readonly number[], readonly (string | number)[], readonly string[], readonly (string | number)[]];

const NUMBERS = ['first', 'last', 'firstFailure', 'firstSuccess', 'lastSuccess', ...COUNTS] as const;

function packRow(address: string, tally: Tally): PackedRow {
  const numbers: number[] = NUMBERS.map((key) => tally[key]);
  for (const [slot, count] of tally.slots) numbers.push(slot, count);
  const names: (string | number)[] = [];
  for (const [name, [time, count]] of tally.names) names.push(name, time, count);
  const more: (string | number)[] = [tally.categories.size, tally.targets.size, tally.failureTimes.length, ...tally.failureTimes];
  for (const [category, count] of tally.categories) more.push(category, count);
  more.push(...tally.targets);
  for (const { task, line, raw } of tally.refs) more.push(task, line, raw);
  return [address, numbers, names, [...tally.hosts], more];
}

function unpackRow([, numbers, names, hosts, more]: PackedRow): Tally {
  const tally = new Tally();
  for (const [at, key] of NUMBERS.entries()) tally[key] = numbers[at] as number;
  for (let at = NUMBERS.length; at < numbers.length; at += 2)
    tally.slots.set(numbers[at] as number, numbers[at + 1] as number);
  for (let at = 0; at < names.length; at += 3)
    tally.names.set(names[at] as string, [names[at + 1] as number, names[at + 2] as number]);
  for (const host of hosts) tally.hosts.add(host);
  const categories = more[0] as number;
  const targets = more[1] as number;
  const times = more[2] as number;
  let at = 3;
  for (let left = times; left > 0; left -= 1, at += 1) tally.failureTimes.push(more[at] as number);
  for (let left = categories; left > 0; left -= 1, at += 2) tally.categories.set(more[at] as string, more[at + 1] as number);
  for (let left = targets; left > 0; left -= 1, at += 1) tally.targets.add(more[at] as string);
  for (; at < more.length; at += 3)
    tally.refs.push({ task: more[at] as number, line: more[at + 1] as number, raw: more[at + 2] as string });
  return tally;
}
