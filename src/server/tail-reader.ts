import { setTimeout as sleep } from 'node:timers/promises';
import type { FoundEvent } from '../api/asking.ts';
import type { Condition } from '../core/condition.ts';
import { AppError } from '../core/errors.ts';
import { arrivedCount, arrivedEvents, MOST_CONDITIONS } from '../store/queries/found.ts';
import { ask } from '../store/query.ts';
import type { StoredEvent } from '../store/stored-event.ts';
import { foundEvent, storeOf } from './question.ts';
import type { Server } from './serve.ts';

const LOOK_MS = 1000;
/** Most that is shown of one look. */
export const SHOWN = 300;
/**
 * A record that others could go on (of several lines) becomes an event some seconds after the records behind it: so far back is looked again.
 */
const OVERLAP_MS = 8000;

/** An event that came, and its place. */
export interface Arrived {
  readonly key: string;
  readonly first: number;
  readonly event: FoundEvent;
}

/** What a look found for a condition, in the ledger's order; also what was found before. */
export interface Look {
  /** Records before it were looked at. */
  readonly at: number;
  /** Records before it are not looked at again. */
  readonly floor: number;
  readonly arrived: readonly Arrived[];
  /** How many more came than are shown. */
  readonly missed: number;
}

/** What goes to a tail: a look, or why there is none. */
export type TailWord = Look | Error;

interface Group {
  readonly condition: Condition;
  readonly listeners: Set<(word: TailWord) => void>;
}

export const arrivedOf = (row: StoredEvent): Arrived => ({
  key: `${row.first}.${row.sub}`,
  first: row.first,
  event: foundEvent(row),
});

/**
 * Looks each second at what came into the index, once for all tails: what a tail costs does not grow with what comes. It stands still while
 * nobody listens.
 */
export class TailReader {
  readonly #server: Server;
  readonly #groups = new Map<string, Group>();
  /** Up to where the index was at each look of late. */
  #looks: { readonly atMs: number; readonly indexed: number }[] = [];
  #runs = false;
  /** Aborts when nobody listens any more. */
  #left = new AbortController();

  constructor(server: Server) {
    this.#server = server;
  }

  /** Where the index is now. */
  get indexed(): number {
    return this.#server.index.position.indexed;
  }

  /** Hears of all events of records from now on for which the condition holds, until the function that is given back is called. */
  listen(condition: Condition, listener: (word: TailWord) => void): () => void {
    const key = JSON.stringify(condition);
    const group = this.#groups.get(key) ?? { condition, listeners: new Set() };
    this.#groups.set(key, group);
    group.listeners.add(listener);
    if (!this.#runs) void this.#run();
    return () => {
      group.listeners.delete(listener);
      if (group.listeners.size === 0 && this.#groups.get(key) === group) this.#groups.delete(key);
      if (this.#groups.size === 0) {
        this.#left.abort();
        this.#left = new AbortController();
      }
    };
  }

  async #run(): Promise<void> {
    this.#runs = true;
    this.#looks = [{ atMs: performance.now(), indexed: this.indexed }];
    while (this.#groups.size > 0) {
      await sleep(LOOK_MS, null, { ref: false });
      await this.#look([...this.#groups.values()]);
    }
    this.#runs = false;
  }

  async #look(groups: readonly Group[]): Promise<void> {
    const { indexed } = this;
    const before = this.#looks.at(-1)?.indexed ?? indexed;
    if (indexed < before) this.#looks = []; // the index begins anew
    const floor = this.#floor(indexed);
    if (indexed === floor) return;
    const range = { before: Math.min(before, indexed), from: floor, to: indexed };
    let isWhole = true;
    for (let at = 0; at < groups.length; at += MOST_CONDITIONS)
      isWhole = (await this.#ask(groups.slice(at, at + MOST_CONDITIONS), range)) && isWhole;
    if (isWhole) this.#looks.push({ atMs: performance.now(), indexed }); // else what was not seen is looked for again
  }

  /** False when the index is away. A question that passes the limits is the fault of one: then each is asked alone. */
  async #ask(groups: readonly Group[], range: Range): Promise<boolean> {
    try {
      await this.#tell(groups, range);
      return true;
    } catch (error) {
      const isAway = error instanceof AppError && error.code === 'E_UNAVAILABLE';
      if (isAway || groups.length === 1) tellAll(groups, error instanceof Error ? error : new Error(String(error)));
      else for (const group of groups) await this.#ask([group], range);
      return !isAway;
    }
  }

  async #tell(groups: readonly Group[], { before, from, to }: Range): Promise<void> {
    const { origin } = this.#server.options.config.ledger;
    const conditions = groups.map(({ condition }) => condition);
    const store = storeOf(this.#server);
    const { signal } = this.#left;
    const rows = await ask(store, arrivedEvents, { conditions, origin, from, to, limit: SHOWN }, signal);
    for (const [nth, { condition, listeners }] of groups.entries()) {
      const own = rows.filter(({ asked }) => asked === nth).reverse();
      let missed = 0;
      if (own.length === SHOWN && to > before) {
        const [counted] = await ask(store, arrivedCount, { condition, origin, from: before, to }, signal);
        missed = Math.max(0, (counted?.events ?? 0) - own.filter(({ first }) => first >= before).length);
      }
      const look: Look = { at: to, floor: from, arrived: own.map(arrivedOf), missed };
      for (const listener of listeners) listener(look);
    }
  }

  /** Records before it have all their events in the index since some seconds, and were looked at since. */
  #floor(indexed: number): number {
    const oldMs = performance.now() - OVERLAP_MS;
    while ((this.#looks[1]?.atMs ?? Number.POSITIVE_INFINITY) < oldMs) this.#looks.shift();
    return Math.min(this.#looks[0]?.indexed ?? indexed, indexed);
  }
}

interface Range {
  /** Up to where the last look was. */
  readonly before: number;
  readonly from: number;
  readonly to: number;
}

function tellAll(groups: readonly Group[], error: Error): void {
  for (const { listeners } of groups) for (const listener of listeners) listener(error);
}
