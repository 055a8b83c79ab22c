import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';
import type { Lists } from '../enrichers/lists/lists.ts';
import type { IndexRange } from '../ledger/log.ts';
import { type Batch, CHUNK, chunkStart } from '../pipeline/chunk.ts';
import type { DamageBook } from '../pipeline/damage-book.ts';
import { IndexThreads } from '../pipeline/index-threads.ts';
import type { BatchTold, IndexThreadOptions } from '../pipeline/index-worker.ts';
import { Indexer } from '../pipeline/indexer.ts';
import { Intents, type Position } from '../pipeline/intents.ts';
import type { SourceBook } from '../pipeline/source-book.ts';
import { insertEvents } from '../store/insert.ts';
import { tableName } from '../store/names.ts';
import type { EnginePart } from './engine-part.ts';
import { currentGeneration, setGeneration } from './generation.ts';
import { Late } from './late.ts';
import type { OwnLog } from './own-log.ts';

export interface IndexPartOptions {
  readonly folder: string;
  readonly origin: string;
  readonly engine: () => EnginePart;
  readonly book: SourceBook;
  readonly damage: DamageBook;
  readonly log: OwnLog;
  readonly settledUs: () => number;
  readonly lists: Pick<Lists, 'snapshot' | 'of'>;
  readonly threads: number;
  readonly decoding: Omit<IndexThreadOptions, 'generation' | 'origin'>;
}

/** Follows the ledger into the index; begins anew, under another generation, when the index holds nothing any more. */
export class IndexPart {
  readonly #options: IndexPartOptions;
  #generation: number;
  #indexer: Indexer;
  #threads: IndexThreads;
  #intents: Intents;
  #size = 0;
  #following = false;
  #stopped = false;
  #refusing = false;
  /** Events that earlier indexers inserted. */
  #rowsBefore = 0;
  /** Events that no parser understood, since the start. */
  #unparsed = 0;
  readonly #late = new Late();
  /** The last batch that did not go in. */
  #stuck: { readonly to: number; readonly words: string; readonly isTampered: boolean } | null = null;
  /** Sums of records before it are kept, or on their way. */
  #countedTo = 0;

  constructor(options: IndexPartOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true, mode: 0o750 });
    this.#generation = currentGeneration(options.folder);
    [this.#intents, this.#threads, this.#indexer] = this.#make();
  }

  #make(): [Intents, IndexThreads, Indexer] {
    const { folder, origin, log, settledUs, lists, threads: count, engine } = this.#options;
    const intents = Intents.open(folder, origin, this.#generation);
    const threads = this.moreThreads(count);
    const indexer = new Indexer({
      intents,
      origin,
      settledUs,
      lists: () => lists.snapshot.id,
      parallel: count + 1,
      decode: (batch, take) => threads.decode(batch, take),
      insert: async ({ bytes, rows }, token) => {
        const { client, form } = engine();
        const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
        await insertEvents(client, { table: tableName(form, 'events'), token, bytes: whole, rows });
      },
      counted: (counts, batch) => this.#counted(counts, batch),
      onTrouble: (error, { from, to }) => {
        const away = error instanceof AppError && error.code === 'E_UNAVAILABLE' && !/thread/.test(error.message);
        if (away) return; // the engine's part says so
        const words = `records ${from}..${to - 1}: ${error instanceof Error ? error.message : String(error)}`;
        log.say('error', 'index', words);
        this.#stuck = { to, words, isTampered: error instanceof AppError && error.code === 'E_TAMPERED' };
      },
    });
    return [intents, threads, indexer];
  }

  // What was counted under an earlier generation is not counted again.
  #counted(counts: BatchTold['counts'], batch: Batch): void {
    for (const [, { unparsed }] of counts) this.#unparsed += unparsed;
    this.#late.mark(this.position.rows);
    if (batch.from >= this.#countedTo) this.#options.book.counted(counts, batch);
    else if (batch.to > this.#countedTo) this.recountRange(this.#countedTo, batch.to);
  }

  /** Events that came in the last ten minutes. */
  get late(): number {
    return this.#late.mark(this.position.rows);
  }

  /** Counts a range of the ledger anew, for the book. */
  recountRange(from: number, to: number): void {
    this.#recountRange(from, to).catch((error: unknown) =>
      this.#options.log.say('error', 'index', `sums of sources: ${String(error)}`),
    );
  }

  get generation(): number {
    return this.#generation;
  }

  /** `rows`, `unparsed`: events, and those among them that no parser understood, since the start. */
  get position(): {
    readonly indexed: number;
    readonly durable: number;
    readonly rows: number;
    readonly unparsed: number;
  } {
    const rows = this.#rowsBefore + this.#indexer.rows;
    return { ...this.#indexer.position, durable: this.#size, rows, unparsed: this.#unparsed };
  }

  /** What keeps records from the index, though the engine runs; null while all go in. `isTampered`: the ledger is not what was signed. */
  get trouble(): { readonly words: string; readonly isTampered: boolean } | null {
    if (this.#stuck !== null && this.#indexer.position.indexed >= this.#stuck.to) this.#stuck = null;
    return this.#stuck;
  }

  /** Records of batches that were begun and are not known to be in, from where what a decoder had open for them may begin. */
  get unfinished(): IndexRange[] {
    const ranges = this.#intents.unfinished.map(({ from, to }) => ({ first: chunkStart(from), last: to - 1 }));
    return ranges.filter(({ last }) => last >= 0);
  }

  /** No position is kept: of a new data folder, or because somebody removed it. */
  get isUnbegun(): boolean {
    return this.#intents.position.at === 0 && this.#intents.unfinished.length === 0;
  }

  /** Follows the ledger from now on. `empty`: the index holds nothing, so all of the ledger goes in again. */
  async follow(empty: boolean): Promise<void> {
    if (empty) await this.#beginAnew();
    if (!this.#following) this.#indexer.start();
    this.#following = true;
  }

  advance(size: number): void {
    if (size > this.#size) this.#size = size;
    this.#indexer.advance(size);
  }

  /** See `Indexer.alone`. */
  alone(work: (position: Position) => Promise<void>): Promise<boolean> {
    return this.#refusing ? Promise.resolve(false) : this.#indexer.alone(work);
  }

  /** The server stops: nobody waits for `alone` any more. */
  refuse(): void {
    this.#refusing = true;
    this.#indexer.dropJobs();
  }

  /** Threads of the present generation: for the live way, or beside it. */
  moreThreads(count: number): IndexThreads {
    const { decoding, origin, lists, damage } = this.#options;
    return new IndexThreads({ ...decoding, origin, generation: this.#generation }, count, {
      listsOf: (id) => lists.of(id),
      onRead: (from, to, found) => damage.read(from, to, found),
    });
  }

  /** Goes on under the next generation, and gives its number. Throws E_UNAVAILABLE while the index is away, or the server stops. */
  async nextGeneration(): Promise<number> {
    const { folder, engine } = this.#options;
    const away = new AppError('E_UNAVAILABLE', `the index is not ready: ${engine().detail}`);
    if (!this.#following || this.#refusing || engine().state !== 'running') throw away;
    const [before, intents, next] = [this.#indexer, this.#intents, this.#generation + 1];
    let ended = Promise.resolve();
    const done = await before.alone(async () => {
      intents.carry(folder, next);
      setGeneration(folder, next);
      ended = before.stop();
    });
    if (!done) throw away;
    await ended;
    await this.#threads.stop();
    intents.close();
    rmSync(join(folder, `index-${next - 1}.jsonl`), { force: true });
    if (this.#stopped) throw away;
    this.#rowsBefore += before.rows;
    this.#generation = next;
    [this.#intents, this.#threads, this.#indexer] = this.#make();
    this.#indexer.advance(this.#size);
    this.#indexer.start();
    return next;
  }

  /** What sources sent while their sums were not kept is counted from the ledger again. */
  async recount(from: number): Promise<void> {
    await this.#recountRange(from, this.#intents.position.at);
  }

  async #recountRange(from: number, to: number): Promise<void> {
    for (let begin = from; begin < to; ) {
      const end = Math.min(to, chunkStart(begin) + CHUNK);
      const batch: Batch = { id: 0, from: begin, to: end, sinceUs: 0, tickUs: 0 };
      this.#options.book.counted((await this.#threads.decode(batch, async () => {})).counts, batch);
      begin = end;
    }
  }

  async #beginAnew(): Promise<void> {
    if (this.isUnbegun) return;
    this.#options.log.say('warn', 'index', 'the index holds nothing: it is made anew from the ledger');
    await this.#indexer.stop();
    await this.#threads.stop();
    this.#countedTo = Math.max(this.#countedTo, this.#intents.position.at);
    this.#intents.close();
    this.#generation += 1;
    setGeneration(this.#options.folder, this.#generation);
    [this.#intents, this.#threads, this.#indexer] = this.#make();
    this.#indexer.advance(this.#size);
    this.#following = false;
  }

  async stop(drainMs: number): Promise<void> {
    this.#stopped = true;
    await this.#indexer.stop(drainMs);
    await this.#threads.stop();
    this.#intents.close();
  }
}
