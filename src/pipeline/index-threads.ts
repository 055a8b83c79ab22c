import type { Worker } from 'node:worker_threads';
import { AppError } from '../core/errors.ts';
import { startThread } from '../core/thread.ts';
import type { ListSnapshot } from '../enrichers/lists/snapshot.ts';
import type { Damage } from '../ledger/readable.ts';
import { type Batch, CHUNK } from './chunk.ts';
import type { BatchTold, DayRows, IndexOrder, IndexThreadOptions, IndexWord } from './index-worker.ts';

/** Threads that had nothing to do for so long are ended, milliseconds. */
const IDLE_MS = 60_000;

/** Takes rows; the thread goes on when it resolves. Never rejects while the batch is wanted. */
export type TakeRows = (rows: DayRows) => Promise<void>;

/** What threads are given by who runs them. */
export interface ThreadsOptions {
  /** The lists of an id, or, where these are no more, those that are in use. */
  readonly listsOf: (id: string | undefined) => ListSnapshot;
  /** Told of each batch that was read which of its records are damaged. */
  readonly onRead: (from: number, to: number, damage: readonly Damage[]) => void;
}

interface Asked {
  readonly thread: number;
  readonly batch: Batch;
  readonly take: TakeRows;
  readonly resolve: (told: BatchTold) => void;
  readonly reject: (error: unknown) => void;
  /** Rows that are being taken. */
  readonly taking: Promise<void>[];
}

/** Threads that make rows of records. A chunk's batches go to one thread, in order; the next chunk's to the next thread. */
export class IndexThreads {
  readonly #options: IndexThreadOptions;
  readonly #threads: (Worker | null)[];
  readonly #given: ThreadsOptions;
  /** The lists that a thread was sent last. */
  readonly #sent = new WeakMap<Worker, ListSnapshot>();
  readonly #asked = new Map<number, Asked>();
  #task = 0;
  #stopped = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: IndexThreadOptions, threads: number, given: ThreadsOptions) {
    this.#options = options;
    this.#given = given;
    this.#threads = new Array<Worker | null>(threads).fill(null);
  }

  /**
   * Makes the rows of a batch and hands them over in parts; resolves when all were taken. Rejects with E_UNAVAILABLE when the thread ended or
   * failed (the batch may be asked for again), E_TAMPERED where the ledger is not what was signed, or with what `take` rejected with.
   */
  decode(batch: Batch, take: TakeRows): Promise<BatchTold> {
    if (this.#stopped) return Promise.reject(new AppError('E_UNAVAILABLE', 'the server stops'));
    const nth = Math.floor(batch.from / CHUNK) % this.#threads.length;
    const thread = this.#threads[nth] ?? this.#start(nth);
    const lists = this.#given.listsOf(batch.lists);
    if (this.#sent.get(thread) !== lists) order(thread, { lists });
    this.#sent.set(thread, lists);
    clearTimeout(this.#idle);
    this.#task += 1;
    const task = this.#task;
    return new Promise((resolve, reject) => {
      this.#asked.set(task, { thread: nth, batch, take, resolve, reject, taking: [] });
      order(thread, { task, batch });
    });
  }

  #start(nth: number): Worker {
    const own = import.meta.url.endsWith('.ts') ? './index-worker.ts' : './index-worker.js';
    const worker = startThread(new URL(own, import.meta.url), this.#options);
    worker.on('message', (word: IndexWord) => this.#hear(word, worker));
    const gone = (why: string) => {
      if (this.#threads[nth] === worker) this.#threads[nth] = null;
      for (const [task, { thread }] of this.#asked)
        if (thread === nth) this.#fail(task, new AppError('E_UNAVAILABLE', `an index thread ended: ${why}`));
    };
    worker.on('error', (error) => gone(error.message));
    worker.on('exit', (code) => gone(`exit code ${code}`));
    this.#threads[nth] = worker;
    return worker;
  }

  #hear(word: IndexWord, worker: Worker): void {
    const asked = this.#asked.get(word.task);
    if ('rows' in word) {
      const taken = (asked?.take(word.rows) ?? Promise.resolve()).finally(() => order(worker, { taken: word.task }));
      taken.catch(() => {}); // told when the batch is done
      asked?.taking.push(taken);
    } else if ('failure' in word) {
      const { failure, tampered } = word;
      if (tampered) this.#fail(word.task, new AppError('E_TAMPERED', failure));
      else this.#fail(word.task, new AppError('E_UNAVAILABLE', `an index thread failed: ${failure}`));
    } else if (asked !== undefined) {
      this.#asked.delete(word.task);
      this.#given.onRead(asked.batch.from, asked.batch.to, word.done.damage);
      Promise.all(asked.taking).then(() => asked.resolve(word.done), asked.reject);
      if (this.#asked.size === 0) this.#idle = setTimeout(() => this.#rest(), IDLE_MS).unref();
    }
  }

  // A thread holds some hundred megabytes after a burst. One that is started again decodes its chunk's records anew: half a second.
  #rest(): void {
    if (this.#asked.size > 0) return;
    for (const [nth, thread] of this.#threads.entries()) {
      this.#threads[nth] = null;
      void thread?.terminate();
    }
  }

  #fail(task: number, error: AppError): void {
    const asked = this.#asked.get(task);
    this.#asked.delete(task);
    asked?.reject(error);
  }

  /** Ends the threads. No other is started: whoever asks from now on is refused. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#idle);
    await Promise.all(this.#threads.map((thread) => thread?.terminate()));
  }
}

function order(thread: Worker, said: IndexOrder): void {
  thread.postMessage(said);
}
