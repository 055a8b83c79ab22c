import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../core/errors.ts';
import { type Batch, CHUNK, chunkStart } from './chunk.ts';
import type { DayRange } from './day-ranges.ts';
import type { TakeRows } from './index-threads.ts';
import type { BatchTold, DayRows } from './index-worker.ts';
import type { Position } from './intents.ts';
import type { DayPlan } from './reindex-plan.ts';

const RETRY_MS = [100, 500, 2000, 5000];
/** Days that are swapped in one pause of the live way, where many small days lie in one chunk. */
const MOST_TOGETHER = 8;
/** Times that the newest day is brought up to where the live way is, before that is paused for the rest. */
const ROUNDS = 5;
/** While so many records wait to be indexed live, nothing is rebuilt. */
const LIVE_FIRST = CHUNK;
const LOOK_MS = 250;

/** The index, as a reindex sees it. Each of these may be asked for again, and then changes nothing more. */
export interface ReindexStore {
  /** Inserts rows into the shadow, once for each token. Rejects with E_OUTPUT when there is no room: then the reindex ends. */
  insert(rows: DayRows, token: string): Promise<void>;
  /** Puts a day of the shadow in the place of the day; without rows, drops the day. */
  swap(day: number, rows: number): Promise<void>;
  /** Empties the shadow, of a day or of all. */
  clear(day: number | null): Promise<void>;
}

export interface ReindexOptions {
  readonly origin: string;
  readonly generation: number;
  /** Days to make anew, newest first, as `dayRanges` gives them. */
  readonly days: readonly DayRange[];
  /** Where the newest of them ends by now, of the records before an index. */
  readonly endOf: (range: DayRange, until: number) => Promise<number>;
  readonly decode: (batch: Batch, take: TakeRows) => Promise<BatchTold>;
  readonly store: ReindexStore;
  /** See `Indexer.alone`. */
  readonly alone: (work: (position: Position) => Promise<void>) => Promise<boolean>;
  /** How far the live way is: records whose events are in the index, of those that are durable. */
  readonly position: () => { readonly indexed: number; readonly durable: number };
  /** Keeps the state of days durably. */
  readonly mark: (days: ReadonlySet<number>, state: DayPlan['state'], rowsOf: (day: number) => number) => void;
  /** Chunks that are under way at once. */
  readonly parallel: number;
  readonly signal: AbortSignal;
  readonly onTrouble: (error: unknown) => void;
}

/** How far a reindex has come. */
export interface ReindexProgress {
  readonly records: number;
  readonly recordsDone: number;
  readonly rows: number;
  /** Records of these that were erased: they have no events. */
  readonly erased: number;
  /** As 20260921; null before the first and after the last. */
  readonly day: number | null;
}

/**
 * Makes days of the index anew from the ledger, while records arrive and are indexed. Chunks are decoded from the newest to the oldest, each
 * once; their rows wait in the shadow until their day is complete, and then take its place at once. For that moment the live way stands
 * still, so that the day holds exactly the events that were in it, made anew.
 */
export class Reindex {
  readonly #options: ReindexOptions;
  /** Days that are not swapped yet. */
  readonly #due: Set<number>;
  /** Chunks whose rows are in the shadow, for all days that are due. */
  readonly #filled = new Set<number>();
  /** Rows in the shadow, by day. */
  readonly #rows = new Map<number, number>();
  /** Erased records, by chunk. */
  readonly #erased = new Map<number, number>();
  #done = 0;
  #made = 0;
  #day: number | null = null;
  #failure: unknown = null;

  constructor(options: ReindexOptions) {
    this.#options = options;
    this.#due = new Set(options.days.map(({ day }) => day));
  }

  get progress(): ReindexProgress {
    const records = this.#options.days.reduce((sum, { from, to }) => sum + to - from, 0);
    const erased = [...this.#erased.values()].reduce((sum, count) => sum + count, 0);
    return { records, recordsDone: Math.min(this.#done, records), rows: this.#made, erased, day: this.#day };
  }

  /**
   * Resolves when all days are swapped. Rejects with E_UNAVAILABLE when it was told to stop, E_OUTPUT when the disk is full; what is swapped by
   * then stays.
   */
  async run(): Promise<void> {
    const { days, store } = this.#options;
    await this.#insisting(() => store.clear(null));
    for (let nth = 0; nth < days.length; ) {
      const group = this.#together(nth);
      for (const range of group) await this.#fill(range);
      await this.#swap(group);
      nth += group.length;
    }
    this.#day = null;
  }

  /** Small days that lie in one chunk go together. */
  #together(nth: number): readonly DayRange[] {
    const { days } = this.#options;
    const first = days[nth] as DayRange;
    let end = nth + 1;
    const isNear = (range: DayRange | undefined) =>
      range !== undefined && chunkStart(range.from) === chunkStart(first.from);
    while (end - nth < MOST_TOGETHER && isNear(days[end])) end += 1;
    return days.slice(nth, end);
  }

  /** Brings the whole chunks of a day into the shadow. The newest day grows meanwhile. */
  async #fill(range: DayRange): Promise<void> {
    this.#day = range.day;
    for (let round = 0; round < ROUNDS; round += 1) {
      const { indexed } = this.#options.position();
      const chunks = this.#chunksOf(range.from, await this.#endOf(range, indexed)).filter(
        (start) => start + CHUNK <= indexed,
      );
      if (chunks.length === 0) return;
      const left = chunks.reverse().values();
      const all = Array.from({ length: this.#options.parallel }, () => this.#each(left));
      const failed = (await Promise.allSettled(all)).find(({ status }) => status === 'rejected');
      if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
    }
  }

  async #each(chunks: Iterable<number>): Promise<void> {
    try {
      for (const start of chunks) {
        await this.#liveFirst();
        await this.#chunk({ id: 0, from: start, to: start + CHUNK, sinceUs: 0, tickUs: 0 }, this.#due);
        this.#filled.add(start);
      }
    } catch (error) {
      this.#failure ??= error; // those beside it end, too
      throw this.#failure;
    }
  }

  /** Where a day ends, of the records before an index: the newest one grows. */
  async #endOf(range: DayRange, until: number): Promise<number> {
    const { days, endOf } = this.#options;
    return range === days[0] ? endOf(range, until) : Math.min(until, range.to);
  }

  /** Chunks with records of a range whose rows are not in the shadow. */
  #chunksOf(from: number, to: number): number[] {
    const starts: number[] = [];
    for (let start = chunkStart(from); start < to; start += CHUNK) if (!this.#filled.has(start)) starts.push(start);
    return starts;
  }

  async #liveFirst(): Promise<void> {
    const { position, signal } = this.#options;
    for (;;) {
      if (signal.aborted || this.#failure !== null) throw stopped();
      const { indexed, durable } = position();
      if (durable - indexed <= LIVE_FIRST) return;
      await sleep(LOOK_MS);
    }
  }

  async #swap(group: readonly DayRange[]): Promise<void> {
    const days = new Set(group.map(({ day }) => day));
    const { mark, store, signal } = this.#options;
    await this.#alone(async (position) => {
      if (signal.aborted) throw stopped();
      await this.#rest(group, position, days);
      await this.#insisting(async () => mark(days, 'swapping', (day) => this.#rows.get(day) ?? 0));
      // What follows is inserted into these days: each is to be swapped before, also when it is told to stop meanwhile.
      for (const day of days) await this.#insisting(() => store.swap(day, this.#rows.get(day) ?? 0), true);
      await this.#insisting(async () => mark(days, 'done', (day) => this.#rows.get(day) ?? 0), true);
      for (const day of days) this.#due.delete(day);
    });
    for (const day of days) await this.#insisting(() => store.clear(day));
  }

  /** Pauses the live way for some work, as soon as that can be. Rejects at once when it is told to stop before. */
  async #alone(work: (position: Position) => Promise<void>): Promise<void> {
    const { alone, signal, onTrouble } = this.#options;
    const aborted = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(stopped()), { once: true }),
    );
    aborted.catch(() => {});
    for (;;) {
      if (signal.aborted) throw stopped();
      let begun = false;
      const asked = alone((position) => {
        begun = true;
        return work(position);
      });
      asked.catch(() => {});
      // What has begun is waited for: it ends by itself when it is told to stop.
      const done = await Promise.race([asked, aborted]).catch((error) => (begun ? asked : Promise.reject(error)));
      if (done) return;
      onTrouble(new AppError('E_UNAVAILABLE', 'the index cannot be paused now'));
      await sleep(LOOK_MS);
    }
  }

  /** While the live way stands still: what it indexed of the days and the shadow does not hold; of its last chunk what came out so far. */
  async #rest(group: readonly DayRange[], position: Position, days: ReadonlySet<number>): Promise<void> {
    const { at, tickUs } = position;
    const to = await this.#endOf(group[0] as DayRange, at);
    for (const from of this.#chunksOf((group.at(-1) as DayRange).from, to)) {
      if (from + CHUNK <= at) {
        await this.#chunk({ id: 0, from, to: from + CHUNK, sinceUs: 0, tickUs: 0 }, this.#due);
        this.#filled.add(from);
      } else await this.#chunk({ id: 0, from, to: at, sinceUs: 0, tickUs }, days);
    }
  }

  /** Decodes a chunk, or its beginning, and brings its rows of some days into the shadow. */
  async #chunk(batch: Batch, days: ReadonlySet<number>): Promise<void> {
    const { origin, generation, store } = this.#options;
    const rows = new Map<number, number>();
    const take = async (given: DayRows) => {
      const day = Number(given.day.replaceAll('-', ''));
      if (!days.has(day)) return;
      const token = `reindex ${origin} ${generation} ${batch.from} ${batch.to} ${day} ${given.part}`;
      await this.#insisting(() => store.insert(given, token));
      rows.set(day, (rows.get(day) ?? 0) + given.rows);
    };
    await this.#insisting(async () => {
      rows.clear(); // what a thread that ended had handed over comes again, under the same tokens
      this.#erased.set(batch.from, (await this.#options.decode(batch, take)).erased);
    });
    for (const [day, count] of rows) {
      this.#rows.set(day, (this.#rows.get(day) ?? 0) + count);
      this.#made += count;
    }
    this.#done += batch.to - batch.from;
  }

  /** Tries until it goes through. Rejects when it was told to stop; with `once`, not before it was tried. */
  async #insisting(work: () => Promise<unknown>, once = false): Promise<void> {
    const { signal, onTrouble } = this.#options;
    for (let tried = 0; ; tried += 1) {
      if (signal.aborted && !(once && tried === 0)) throw stopped();
      try {
        await work();
        return;
      } catch (error) {
        if (signal.aborted || this.#failure !== null) throw stopped();
        if (error instanceof AppError && error.code === 'E_OUTPUT') throw error;
        onTrouble(error);
        await sleep(RETRY_MS[Math.min(tried, RETRY_MS.length - 1)], null, { signal }).catch(() => {});
      }
    }
  }
}

function stopped(): AppError {
  return new AppError('E_UNAVAILABLE', 'the reindex was told to stop');
}
