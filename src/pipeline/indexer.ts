import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../core/errors.ts';
import { type Batch, CHUNK, chunkStart, QUIET_US } from './chunk.ts';
import type { TakeRows } from './index-threads.ts';
import type { BatchTold, DayRows } from './index-worker.ts';
import type { Intents, Position } from './intents.ts';

/** How long a batch waits for more records, milliseconds. */
const GATHER_MS = 1000;
const RETRY_MS = [100, 500, 2000, 5000];

export interface IndexerOptions {
  readonly intents: Intents;
  readonly decode: (batch: Batch, take: TakeRows) => Promise<BatchTold>;
  /** Inserts rows under a token; may be called again with the same. Rejects while the engine is away. */
  readonly insert: (rows: DayRows, token: string) => Promise<void>;
  /** Takes what a batch told of its streams; once for each batch, or again after a crash: `to` says up to where it counts. */
  readonly counted: (counts: BatchTold['counts'], batch: Batch) => void;
  /** A receive time that no record has, or will have, that is not durable yet; microseconds. */
  readonly settledUs: () => number;
  /** Id of the lists that events are enriched by now. */
  readonly lists: () => string;
  /** Chunks that are under way at once. */
  readonly parallel: number;
  readonly origin: string;
  /** Told once for each time that a batch does not go through. */
  readonly onTrouble: (error: unknown, batch: Batch) => void;
}

/** Follows the ledger and keeps the index up to it: each record's events exactly once, whatever ends in between. */
export class Indexer {
  readonly #options: IndexerOptions;
  /** Records that are durable. */
  #size: number;
  /** The next batch begins here. */
  #planned: { at: number; tickUs: number; next: number };
  #open = false;
  readonly #running = new Set<Promise<void>>();
  /** The last batch of the chunk that is under way: batches of one chunk go one after the other. */
  #last: Promise<void> = Promise.resolve();
  #stopping = false;
  #wake: (() => void) | null = null;
  #loop: Promise<void> | null = null;
  /** What waits for a moment at which nothing is under way. */
  readonly #jobs: Job[] = [];
  /** Events that were inserted since the start. */
  rows = 0;

  constructor(options: IndexerOptions) {
    this.#options = options;
    const { intents } = options;
    this.#planned = { ...intents.position };
    this.#size = intents.position.at;
    this.#open = intents.position.at % CHUNK !== 0; // what was open when another ended is looked at
  }

  /** Starts with what a crash left, then follows. */
  start(): void {
    this.#loop = this.#run();
  }

  /** Says how many records are durable. */
  advance(size: number): void {
    if (size <= this.#size) return;
    this.#size = size;
    this.#wake?.();
  }

  /** Records whose events are in the index, of those that are durable. */
  get position(): { readonly indexed: number; readonly durable: number } {
    return { indexed: this.#options.intents.position.at, durable: this.#size };
  }

  async #run(): Promise<void> {
    for (const batch of this.#options.intents.unfinished) {
      this.#planned = { at: batch.to, tickUs: batch.tickUs, next: batch.id + 1 };
      await this.#go(batch);
    }
    while (!this.#stopping) {
      await this.#pause();
      if (this.#stopping) break;
      const batch = this.#cut();
      if (batch === null) {
        await this.#rest();
        continue;
      }
      const begin = async () => this.#options.intents.begin(batch);
      await this.#insisting(batch, begin); // a disk that is full has room again some day
      if (this.#stopping) break;
      await this.#send(batch);
      if (batch.to - batch.from < CHUNK / 4) await this.#rest(); // a little at a time: it gathers
    }
    this.dropJobs();
  }

  /**
   * Does something while nothing is under way, and nothing begins: all records before the position are in the index, and that is kept
   * durably. Rejects as the work does; false when the server stops before it could be done.
   */
  alone(work: (position: Position) => Promise<void>): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (this.#stopping) {
        resolve(false);
        return;
      }
      const run = (position: Position) => work(position).then(() => resolve(true), reject);
      this.#jobs.push({ run, drop: () => resolve(false) });
      this.#wake?.();
    });
  }

  /** What is to be done alone and has not begun waits no longer, also where a batch does not go through. */
  dropJobs(): void {
    for (const job of this.#jobs.splice(0)) job.drop();
  }

  async #pause(): Promise<void> {
    if (this.#jobs.length === 0) return;
    await Promise.all(this.#running);
    const { intents } = this.#options;
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      if (this.#stopping || intents.unfinished.length > 0 || !this.#kept()) job.drop();
      else await job.run(intents.position);
    }
  }

  #kept(): boolean {
    try {
      this.#options.intents.sync();
      return true;
    } catch {
      return false; // a full disk: whoever asked asks again
    }
  }

  /** The next batch: what is there, up to the chunk's end; none when nothing is, and nothing waits for silence. */
  #cut(): Batch | null {
    const { at, tickUs, next } = this.#planned;
    const to = Math.min(this.#size, chunkStart(at) + CHUNK);
    const nowUs = to === this.#size ? Math.max(tickUs, this.#options.settledUs()) : tickUs;
    if (to === at && !(this.#open && nowUs - tickUs > QUIET_US / 2)) return null;
    this.#planned = { at: to, tickUs: nowUs, next: next + 1 };
    return { id: next, from: at, to, sinceUs: tickUs, tickUs: nowUs, lists: this.#options.lists() };
  }

  async #rest(): Promise<void> {
    await Promise.race([
      sleep(GATHER_MS),
      new Promise<void>((resolve) => {
        this.#wake = () => {
          if (this.#size - this.#planned.at >= CHUNK / 4 || this.#stopping || this.#jobs.length > 0) resolve();
        };
      }),
    ]);
    this.#wake = null;
  }

  /** Batches of one chunk go in order; chunks beside each other, so many at once. */
  async #send(batch: Batch): Promise<void> {
    if (batch.from % CHUNK !== 0) await this.#last;
    while (this.#running.size >= this.#options.parallel) await Promise.race(this.#running);
    const going = this.#go(batch).finally(() => this.#running.delete(going));
    this.#running.add(going);
    this.#last = going;
  }

  async #go(batch: Batch): Promise<void> {
    const told = await this.#insisting(batch, () => this.#options.decode(batch, (rows) => this.#insert(batch, rows)));
    if (told === null) return;
    this.#open = told.open;
    this.#options.counted(told.counts, batch);
    this.#options.intents.done(batch);
  }

  async #insert(batch: Batch, rows: DayRows): Promise<void> {
    const done = await this.#insisting(batch, async () => {
      await this.#options.insert(rows, this.#token(batch, rows));
      return true;
    });
    if (done === null) throw new AppError('E_UNAVAILABLE', 'the server stops');
    this.rows += rows.rows;
  }

  #token({ id, from, to }: Batch, { day, part }: DayRows): string {
    const { origin, intents } = this.#options;
    return `${origin} ${intents.generation} ${id} ${from} ${to} ${day} ${part}`;
  }

  /** Tries until it goes through; null when the server stops before. */
  async #insisting<T>(batch: Batch, work: () => Promise<T>): Promise<T | null> {
    for (let tried = 0; !this.#stopping || tried === 0; tried += 1) {
      try {
        return await work();
      } catch (error) {
        if (this.#stopping) return null;
        this.#options.onTrouble(error, batch);
        await sleep(RETRY_MS[Math.min(tried, RETRY_MS.length - 1)]);
      }
    }
    return null;
  }

  /** Ends after what is under way; `drain`: first indexes all that is durable, for at most so many milliseconds. */
  async stop(drainMs = 0): Promise<void> {
    const until = Date.now() + drainMs;
    while (this.#loop !== null && this.position.indexed < this.#size && Date.now() < until) await sleep(50);
    this.#stopping = true;
    this.#wake?.();
    await this.#loop;
    await Promise.allSettled(this.#running);
    this.dropJobs();
  }
}

interface Job {
  readonly run: (position: Position) => Promise<void>;
  readonly drop: () => void;
}
