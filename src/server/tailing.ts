import { setTimeout as sleep } from 'node:timers/promises';
import type { AskingView, TailPart } from '../api/asking.ts';
import type { Condition } from '../core/condition.ts';
import { AppError } from '../core/errors.ts';
import { arrivedCount, arrivedEvents, foundEvents } from '../store/queries/found.ts';
import { ask } from '../store/query.ts';
import type { StoredEvent } from '../store/stored-event.ts';
import type { Gate } from './gate.ts';
import { foundEvent, questionOf, storeOf } from './question.ts';
import type { Server } from './serve.ts';

const MOST_TAILS = 64;
const LOOK_MS = 1000;
/** Most that is shown of one look. */
const SHOWN = 300;
/**
 * A record that others could go on (of several lines) becomes an event some seconds after the records behind it: so far back is looked again.
 */
const OVERLAP_MS = 8000;

/** Follows what comes into the index, for some clients at once. */
export function tailOf(server: Server, gate: Gate): AskingView['tail'] {
  let tails = 0;
  return async function* (asked, signal) {
    const { condition } = questionOf(asked);
    if (tails >= MOST_TAILS) throw new AppError('E_UNAVAILABLE', `${MOST_TAILS} follow already: end one of them`);
    tails += 1;
    try {
      yield* new Follower(server, gate, condition).parts(asked.last, signal);
    } finally {
      tails -= 1;
    }
  };
}

class Follower {
  readonly #server: Server;
  readonly #gate: Gate;
  readonly #condition: Condition;
  /** Events that were shown, of records that are looked at again. */
  #shown = new Map<string, number>();
  /** Up to where the index was at each look of late. */
  #looks: { readonly atMs: number; readonly indexed: number }[] = [];

  constructor(server: Server, gate: Gate, condition: Condition) {
    this.#server = server;
    this.#gate = gate;
    this.#condition = condition;
  }

  async *parts(last: number, signal: AbortSignal): AsyncGenerator<TailPart> {
    this.#looks = [{ atMs: performance.now(), indexed: this.#server.index.position.indexed }];
    yield { kind: 'events', events: last === 0 ? [] : await this.#newest(last, signal) };
    while (!signal.aborted) {
      await sleep(LOOK_MS, null, { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        yield* await this.#look(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof AppError) || error.code !== 'E_UNAVAILABLE') throw error;
        yield { kind: 'away', words: error.message };
      }
    }
  }

  #newest(limit: number, signal: AbortSignal) {
    return this.#gate.through(signal, async () => {
      const rows = await ask(storeOf(this.#server), foundEvents, { condition: this.#condition, limit }, signal);
      return this.#fresh(rows.reverse()).map(foundEvent);
    });
  }

  async #look(signal: AbortSignal): Promise<TailPart[]> {
    const { indexed } = this.#server.index.position;
    const before = this.#looks.at(-1)?.indexed ?? indexed;
    if (indexed < before) this.#looks = []; // the index begins anew
    const floor = this.#floor(indexed);
    if (indexed === floor) return [{ kind: 'events', events: [] }];
    const { origin } = this.#server.options.config.ledger;
    const asked = { condition: this.#condition, origin, from: floor, to: indexed };
    return this.#gate.through(signal, async () => {
      const rows = await ask(storeOf(this.#server), arrivedEvents, { ...asked, limit: SHOWN }, signal);
      const parts: TailPart[] = [];
      if (rows.length === SHOWN && indexed > before) {
        const [counted] = await ask(storeOf(this.#server), arrivedCount, { ...asked, from: before }, signal);
        const missed = (counted?.events ?? 0) - rows.filter(({ first }) => first >= before).length;
        if (missed > 0) parts.push({ kind: 'missed', events: missed });
      }
      this.#looks.push({ atMs: performance.now(), indexed });
      this.#forget(floor);
      parts.push({ kind: 'events', events: this.#fresh(rows.reverse()).map(foundEvent) });
      return parts;
    });
  }

  /** Records before it have all their events in the index since some seconds, and were looked at since. */
  #floor(indexed: number): number {
    const oldMs = performance.now() - OVERLAP_MS;
    while ((this.#looks[1]?.atMs ?? Number.POSITIVE_INFINITY) < oldMs) this.#looks.shift();
    return Math.min(this.#looks[0]?.indexed ?? indexed, indexed);
  }

  #forget(floor: number): void {
    for (const [key, first] of this.#shown) if (first < floor) this.#shown.delete(key);
  }

  #fresh(rows: readonly StoredEvent[]): StoredEvent[] {
    return rows.filter(({ first, sub }) => {
      const key = `${first}.${sub}`;
      if (this.#shown.has(key)) return false;
      this.#shown.set(key, first);
      return true;
    });
  }
}
