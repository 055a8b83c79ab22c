import type { Event } from '../core/event.ts';
import type { Role } from './role.ts';
import { Counts } from './tally-counts.ts';

// Hot path: once per event that has a source address.

/** A place in the evidence before line numbers are absolute: the task that read it, and the line within that task. */
export interface Ref {
  readonly task: number;
  readonly line: number;
  readonly raw: string;
}

const MAX_RAW = 2048;
const MAX_HOSTILE_REFS = 4;
/** Addresses beyond this many are only counted: a flood from everywhere must not fill the memory. */
const MAX_ADDRESSES = 1_000_000;

/** A copy that does not keep the block alive which the text was cut from (V8 slices share their parent's memory). */
export function own(text: string): string {
  return text.length < 13 ? text : Buffer.from(text).toString();
}

export function refOf(task: number, event: Event): Ref {
  const { raw } = event;
  return { task, line: event.line, raw: raw.length > MAX_RAW ? `${own(raw.slice(0, MAX_RAW))}…` : own(raw) };
}

/** What one address did, as counts that can be added up in any order. */
export type Tally = Counts;

/** Adds up what each address did. One per worker; `pack` and `unpack` carry it between threads cheaply. */
export class Tallies {
  readonly byAddress = new Map<string, Tally>();
  /** Events of addresses that came when no more could be told apart. */
  beyond = 0;
  readonly #beyond = new Counts();
  #address = '';
  #tally: Tally = this.#beyond;
  #host = '';

  add(event: Event, role: Role, task: number): void {
    const { count } = event;
    const time = Number.isNaN(event.time) ? 0 : event.time;
    const tally = event.address === this.#address ? this.#tally : this.#of(event.address);
    tally.see(time, role.weight * count);
    if (event.host !== '') tally.host(this.#ownHost(event.host));
    if (role.kind === 'attempt') {
      const guess = !role.success && !role.offer;
      if (event.user !== undefined) tally.name(event.user, time, guess ? count : 0);
      if (role.success) tally.succeed(time, count, event.user);
      else if (role.offer) tally.offer(count);
      else if (event.parser === 'utmp') tally.record(time, count);
      else tally.fail(time, count);
    } else if (role.kind === 'notice') {
      if (event.user !== undefined) tally.name(event.user, time, 0);
      if (role.invalid) tally.invalidNames += count;
    } else if (role.kind === 'probe') {
      tally.probes += count;
      if (event.user !== undefined) tally.name(event.user, time, 0);
    } else if (role.kind === 'web') this.#web(tally, event, task);
    else if (role.kind === 'firewall') this.#firewall(tally, event);
    if (tally.refs.length === 0) tally.refs = [refOf(task, event)];
  }

  #of(address: string): Tally {
    let tally = this.byAddress.get(address);
    if (tally === undefined) {
      if (this.byAddress.size >= MAX_ADDRESSES) {
        this.beyond += 1;
        return this.#beyond;
      }
      tally = new Counts();
      this.byAddress.set(own(address), tally);
    }
    this.#address = address;
    this.#tally = tally;
    return tally;
  }

  #ownHost(host: string): string {
    if (host !== this.#host) this.#host = own(host);
    return this.#host;
  }

  #web(tally: Tally, event: Event, task: number): void {
    const { fields, count } = event;
    tally.requests += count;
    const status = fields['http.response.status_code'] as number | undefined;
    if (status !== undefined && status >= 400 && status < 500) {
      tally.refused += count;
      if (status === 401 || status === 403) tally.webFailures += count;
      const path = fields['url.path'];
      if (typeof path === 'string') tally.target(path.slice(0, 200));
    }
    const categories = fields['rule.category'] as readonly string[] | undefined;
    if (categories === undefined) return;
    if (categories.includes('login') && fields['http.request.method'] === 'POST') tally.webFailures += count;
    if (fields['event.kind'] !== 'alert') return;
    tally.hostile += count;
    for (const category of categories) tally.category(category, count);
    if (tally.refs.length < MAX_HOSTILE_REFS) tally.refs = [...tally.refs, refOf(task, event)];
  }

  #firewall(tally: Tally, { fields, count }: Event): void {
    tally.blocked += count;
    const port = fields['destination.port'];
    if (port !== undefined) tally.target(`port ${port}`);
  }

  pack(): PackedTallies {
    return { rows: [...this.byAddress].map(([address, tally]) => [address, ...tally.pack()]), beyond: this.beyond };
  }

  unpack({ rows, beyond }: PackedTallies): void {
    this.beyond += beyond;
    for (const [address, numbers, texts] of rows) {
      const tally = Counts.unpack(numbers, texts);
      const known = this.byAddress.get(address);
      if (known) known.merge(tally);
      else this.byAddress.set(address, tally);
    }
  }
}

/** Flat rows: structured clone walks arrays of numbers and texts several times faster than maps of objects. */
export interface PackedTallies {
  readonly rows: readonly (readonly [string, readonly number[], readonly string[]])[];
  readonly beyond: number;
}
