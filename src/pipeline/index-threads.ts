import type { Worker } from 'node:worker_threads';
import { AppError } from '../core/errors.ts';
import { startThread } from '../core/thread.ts';
import { type Batch, CHUNK } from './chunk.ts';
import type { IndexAnswer, IndexTask, IndexThreadOptions } from './index-worker.ts';

interface Waiting {
  readonly resolve: (answer: IndexAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Threads that make rows of records. A chunk's batches go to one thread, in order; the next chunk's to the next thread. */
export class IndexThreads {
  readonly #options: IndexThreadOptions;
  readonly #threads: (Worker | null)[];
  readonly #waiting = new Map<number, Waiting & { readonly thread: number }>();
  #task = 0;

  constructor(options: IndexThreadOptions, threads: number) {
    this.#options = options;
    this.#threads = new Array<Worker | null>(threads).fill(null);
  }

  /** The rows of a batch. Rejects with E_UNAVAILABLE when the thread ended (it may be asked again), or with why it cannot be made. */
  decode(batch: Batch): Promise<IndexAnswer> {
    const nth = Math.floor(batch.from / CHUNK) % this.#threads.length;
    const thread = this.#threads[nth] ?? this.#start(nth);
    this.#task += 1;
    const task: IndexTask = { task: this.#task, batch };
    return new Promise((resolve, reject) => {
      this.#waiting.set(task.task, { resolve, reject, thread: nth });
      thread.postMessage(task);
    });
  }

  #start(nth: number): Worker {
    const own = import.meta.url.endsWith('.ts') ? './index-worker.ts' : './index-worker.js';
    const worker = startThread(new URL(own, import.meta.url), this.#options);
    worker.on('message', (answer: IndexAnswer) => {
      const waiting = this.#waiting.get(answer.task);
      this.#waiting.delete(answer.task);
      if (answer.failure === undefined) waiting?.resolve(answer);
      else waiting?.reject(new AppError('E_UNAVAILABLE', `an index thread failed: ${answer.failure}`));
    });
    const gone = (why: string) => {
      if (this.#threads[nth] === worker) this.#threads[nth] = null;
      for (const [task, { reject, thread }] of this.#waiting) {
        if (thread !== nth) continue;
        this.#waiting.delete(task);
        reject(new AppError('E_UNAVAILABLE', `an index thread ended: ${why}`));
      }
    };
    worker.on('error', (error) => gone(error.message));
    worker.on('exit', (code) => gone(`exit code ${code}`));
    this.#threads[nth] = worker;
    return worker;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread?.terminate()));
  }
}
