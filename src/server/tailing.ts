import { setTimeout as sleep } from 'node:timers/promises';
import type { AskingView, FoundEvent, TailPart } from '../api/asking.ts';
import type { Condition } from '../core/condition.ts';
import { AppError } from '../core/errors.ts';
import { arrivedCount, arrivedEvents } from '../store/queries/found.ts';
import { ask } from '../store/query.ts';
import { Gate } from './gate.ts';
import { indexState } from './index-state.ts';
import { newest } from './newest.ts';
import { questionOf, storeOf } from './question.ts';
import type { Server } from './serve.ts';
import { Shared } from './shared.ts';
import { type Arrived, arrivedOf, type Look, SHOWN, TailReader, type TailWord } from './tail-reader.ts';

/** Each may leave a mebibyte unread. */
const MOST_TAILS = 256;
/** After so long without anything, a tail says that it is there. */
const QUIET_MS = 15_000;
/** Looks that wait for a client; what is behind is counted as missed. */
const MOST_WORDS = 8;
/** How far back a client may go on: records. */
const MOST_BACK = 1_000_000;
/** Beginnings that are in the engine at once: all tails come back together after a restart, and must not stand before searches. */
const AT_ONCE = 2;

/** Follows what comes into the index, for many clients at once. */
export function tailOf(server: Server): AskingView['tail'] {
  const reader = new TailReader(server);
  const beginnings = new Shared<Start>(new Gate(AT_ONCE, MOST_TAILS), () => indexState(server));
  let tails = 0;
  return async function* (asked, signal) {
    const { condition } = await questionOf(asked);
    if (tails >= MOST_TAILS) throw new AppError('E_UNAVAILABLE', `${MOST_TAILS} follow already: end one of them`);
    tails += 1;
    const follower = new Follower(reader, condition, asked.after);
    try {
      yield* follower.parts((begin) => startOf(server, beginnings, { condition, ...asked, ...begin }, signal), signal);
    } finally {
      follower.end();
      tails -= 1;
    }
  };
}

interface Start {
  readonly arrived: readonly Arrived[];
  readonly missed: number;
}

interface Beginning {
  readonly condition: Condition;
  readonly last: number;
  /** Records before it were shown. */
  readonly after?: number | undefined;
  /** Where the index was. */
  readonly to: number;
}

/** What a tail begins with: what came since it ended (`after`), or the newest. */
async function startOf(
  server: Server,
  beginnings: Shared<Start>,
  { condition, last, after, to }: Beginning,
  signal: AbortSignal,
): Promise<Start> {
  if (after !== undefined)
    return beginnings.ask(JSON.stringify([condition, after, to]), signal, (any) =>
      arrivedSince(server, { condition, after, to }, any),
    );
  if (last === 0) return { arrived: [], missed: 0 };
  return beginnings.ask(JSON.stringify([condition, last]), signal, async (any) => {
    const rows = await newest(server, { condition, limit: last }, any);
    return { arrived: rows.reverse().map(arrivedOf), missed: 0 };
  });
}

async function arrivedSince(
  server: Server,
  { condition, after, to }: { readonly condition: Condition; readonly after: number; readonly to: number },
  signal: AbortSignal,
): Promise<Start> {
  const store = storeOf(server);
  const range = { origin: server.options.config.ledger.origin, from: Math.max(after, to - MOST_BACK), to };
  const rows = await ask(store, arrivedEvents, { ...range, conditions: [condition], limit: SHOWN }, signal);
  if (rows.length < SHOWN && range.from === after) return { arrived: rows.reverse().map(arrivedOf), missed: 0 };
  const [counted] = await ask(store, arrivedCount, { ...range, from: after, condition }, signal);
  return { arrived: rows.reverse().map(arrivedOf), missed: Math.max(0, (counted?.events ?? 0) - rows.length) };
}

/** A tail: what was not shown yet, of what all tails are told. */
class Follower {
  readonly #begin: { readonly to: number; readonly after?: number };
  /** Records before it are none of its. */
  readonly #first: number;
  readonly #words: TailWord[] = [];
  /** Events that were shown, of records that are looked at again. */
  readonly #shown = new Map<string, number>();
  /** Up to where there was a look. */
  #at: number;
  #missed = 0;
  #wake: (() => void) | null = null;
  readonly end: () => void;

  constructor(reader: TailReader, condition: Condition, after: number | undefined) {
    const to = reader.indexed;
    this.#begin = after === undefined ? { to } : { to, after: Math.min(after, to) };
    this.#at = to;
    this.#first = this.#begin.after ?? to;
    this.end = reader.listen(condition, (word) => this.#take(word));
  }

  /** A look that found nothing new wakes nobody: most tails are idle, and there are many. */
  #take(word: TailWord): void {
    if (!(word instanceof Error)) {
      this.#at = word.at;
      this.#forget(word.floor);
      if (word.missed === 0 && !word.arrived.some((one) => this.#isNew(one))) return;
    }
    if (this.#words.length >= MOST_WORDS) {
      const oldest = this.#words.shift();
      if (oldest !== undefined && !(oldest instanceof Error))
        this.#missed += oldest.missed + this.#fresh(oldest).length;
    }
    this.#words.push(word);
    this.#wake?.();
  }

  async *parts(
    start: (begin: { to: number; after?: number }) => Promise<Start>,
    signal: AbortSignal,
  ): AsyncGenerator<TailPart> {
    const { arrived, missed } = await start(this.#begin);
    if (missed > 0) yield { kind: 'missed', events: missed };
    for (const { key, first } of arrived) this.#shown.set(key, first);
    yield { kind: 'events', events: arrived.map(({ event }) => event), at: this.#begin.to };
    while (!signal.aborted) {
      const word = this.#words.shift() ?? (await this.#next(signal));
      if (signal.aborted) return;
      if (word === null) yield { kind: 'events', events: [], at: this.#at };
      else if (word instanceof Error) yield awayOf(word);
      else yield* this.#partsOf(word);
    }
  }

  *#partsOf(look: Look): Generator<TailPart> {
    const events = this.#fresh(look);
    const missed = this.#missed + look.missed;
    this.#missed = 0;
    if (missed > 0) yield { kind: 'missed', events: missed };
    if (events.length > 0) yield { kind: 'events', events, at: look.at };
  }

  /** Null when nothing came for a while. */
  async #next(signal: AbortSignal): Promise<TailWord | null> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await sleep(QUIET_MS, null, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => {});
    this.#wake = null;
    return this.#words.shift() ?? null;
  }

  #forget(floor: number): void {
    for (const [key, first] of this.#shown) if (first < floor) this.#shown.delete(key);
  }

  #isNew({ key, first }: Arrived): boolean {
    return first >= this.#first && !this.#shown.has(key);
  }

  #fresh({ arrived }: Look): FoundEvent[] {
    const fresh = arrived.filter((one) => this.#isNew(one));
    for (const { key, first } of fresh) this.#shown.set(key, first);
    return fresh.map(({ event }) => event);
  }
}

/** What is away comes again; anything else ends the tail. */
function awayOf(error: Error): TailPart {
  if (error instanceof AppError && error.code === 'E_UNAVAILABLE') return { kind: 'away', words: error.message };
  throw error;
}
