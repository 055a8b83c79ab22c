import type { Worker } from 'node:worker_threads';
import { startThread } from '../../core/thread.ts';
import type { ListReport, ListThreadOptions } from './list-thread.ts';
import { type ListSnapshot, type ListStatus, NO_LISTS, shownPlace } from './snapshot.ts';

const LOOK_MS = 5000;
const RESTART_MS = 30_000;
const FORGET_MS = 60_000;

export interface ListsOptions extends Omit<ListThreadOptions, 'lookMs'> {
  readonly lookMs?: number;
  readonly onTrouble: (list: string, failure: string) => void;
}

/** All lists of a configuration, kept up to date by a thread of their own. */
export class Lists {
  readonly #options: ListsOptions;
  #worker: Worker | null = null;
  #restart: NodeJS.Timeout | null = null;
  #ready: () => void = () => {};
  /** Resolves when each list was loaded, or tried, once; at once when there is none. */
  readonly ready: Promise<void>;
  snapshot: ListSnapshot = NO_LISTS;
  /** What was in use before, while batches that were begun with it may be under way. */
  #before: ListSnapshot | null = null;
  #forget: NodeJS.Timeout | null = null;
  statuses: readonly ListStatus[];

  constructor(options: ListsOptions) {
    this.#options = options;
    this.statuses = options.lists.map(({ name, role, from }) => ({
      name,
      role,
      from: shownPlace(from),
      entries: 0,
      skipped: {},
      gotAt: null,
      checkedAt: null,
      failure: null,
    }));
    this.ready = new Promise((resolve) => {
      this.#ready = resolve;
    });
  }

  /** Begins to load them, and to look after them. */
  start(): void {
    if (this.#options.lists.length === 0) this.#ready();
    else this.#start();
  }

  #start(): void {
    const { folder, lists, lookMs = LOOK_MS } = this.#options;
    const own = import.meta.url.endsWith('.ts') ? './list-thread.ts' : './list-thread.js';
    const worker = startThread(new URL(own, import.meta.url), { folder, lists, lookMs });
    this.#worker = worker;
    worker.on('message', (report: ListReport) => this.#take(report));
    worker.on('error', (error) => this.#gone(worker, error.message));
    worker.on('exit', (code) => this.#gone(worker, `exit code ${code}`));
  }

  #take({ snapshot, statuses, ready }: ListReport): void {
    for (const { name, failure } of statuses) {
      const before = this.statuses.find((one) => one.name === name)?.failure;
      if (failure !== null && failure !== before) this.#options.onTrouble(name, failure);
    }
    this.statuses = statuses;
    if (snapshot !== null) this.#use(snapshot);
    if (ready) this.#ready();
  }

  #use(snapshot: ListSnapshot): void {
    this.#before = this.snapshot;
    this.snapshot = snapshot;
    if (this.#forget !== null) clearTimeout(this.#forget);
    this.#forget = setTimeout(() => {
      this.#before = null;
    }, FORGET_MS);
    this.#forget.unref();
  }

  /** The lists of an id, where they are still known; else those that are in use. */
  of(id: string | undefined): ListSnapshot {
    return this.#before !== null && id === this.#before.id ? this.#before : this.snapshot;
  }

  // A list that took all memory of its thread, say: what was loaded stays in use.
  #gone(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#options.onTrouble('all', `the thread of lists ended: ${why}; it is started again`);
    this.#ready();
    this.#restart = setTimeout(() => this.#start(), RESTART_MS);
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    if (this.#restart !== null) clearTimeout(this.#restart);
    if (this.#forget !== null) clearTimeout(this.#forget);
    this.#ready();
    await worker?.terminate();
  }
}
