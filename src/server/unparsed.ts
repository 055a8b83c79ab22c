import { unparsedCount } from '../store/queries/found.ts';
import { ask } from '../store/query.ts';
import { storeOf } from './question.ts';
import type { Server } from './serve.ts';

const MINUTE_US = 60_000_000;
/** What replaces events leaves the index where it is: a reindex, a day that is forgotten. */
const FRESH_MS = 3000;
const MOST_KEPT = 200;

interface Counted {
  readonly atMs: number;
  /** How many had come since the start. */
  readonly unparsed: number;
  readonly events: number;
}

/** Counts events that no parser understood. Each search asks for them, and many for the same minutes: counted again when one came. */
export class Unparsed {
  readonly #server: Server;
  readonly #nowMs: () => number;
  readonly #kept = new Map<string, Counted>();

  constructor(server: Server, nowMs: () => number = Date.now) {
    this.#server = server;
    this.#nowMs = nowMs;
  }

  /** Of those received in [fromUs, toUs), in whole minutes. Throws as the store does. */
  async count(fromUs: number, toUs: number, signal: AbortSignal): Promise<Pick<Counted, 'events'>> {
    const [from, to] = [Math.floor(fromUs / MINUTE_US), Math.floor(toUs / MINUTE_US)];
    const key = `${from} ${to}`;
    const { unparsed } = this.#server.index.position;
    const atMs = this.#nowMs();
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.unparsed === unparsed && atMs - kept.atMs < FRESH_MS) return kept;
    const { origin } = this.#server.options.config.ledger;
    const asked = { origin, fromUs: from * MINUTE_US, toUs: to * MINUTE_US };
    const [row] = await ask(storeOf(this.#server), unparsedCount, asked, signal);
    const counted = { atMs, unparsed, events: row?.events ?? 0 };
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    this.#kept.set(key, counted);
    return counted;
  }
}
