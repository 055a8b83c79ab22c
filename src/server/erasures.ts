import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { replaceFileSync } from '../core/durable-file.ts';
import { AppError } from '../core/errors.ts';
import { counted } from '../core/text.ts';
import type { IndexRange } from '../ledger/log.ts';
import type { OwnLog } from './own-log.ts';
import type { ReindexPart } from './reindex-part.ts';

const FILE = 'erasures.json';
const AGAIN_MS = 2000;
/** After a reindex that ended before its time: a disk may have been full. */
const LATER_MS = 60_000;
const LOOK_MS = 50;
const index = z.int().nonnegative();
const schema = z.strictObject({ due: z.array(z.strictObject({ first: index, last: index })) });

interface ErasuresOptions {
  /** Where the pipeline keeps how far it is. */
  readonly folder: string;
  readonly reindex: Pick<ReindexPart, 'without' | 'ended' | 'interrupt'>;
  readonly log: OwnLog;
}

/**
 * Takes what was erased out of the index: first the events of the records, then what was made of them, by making their days anew. What is due
 * is said durably before anything is erased, so that whatever ends in between, the next start goes on with it.
 */
export class Erasures {
  readonly #options: ErasuresOptions;
  readonly #stopping = new AbortController();
  #due: readonly IndexRange[];
  /** Those that are being erased: a thread may still read them. */
  #coming: readonly IndexRange[] = [];
  /** Those whose events are out. */
  #out: readonly IndexRange[] = [];
  #loop: Promise<void> | null = null;

  constructor(options: ErasuresOptions) {
    this.#options = options;
    this.#due = keptIn(join(options.folder, FILE));
  }

  /** Says durably that these records are about to be erased. The index follows once they are (`erased`), or with the next start. */
  add(range: IndexRange): void {
    this.#keep(this.#due, [...this.#coming, range]);
  }

  /** All that was added is erased. */
  erased(): void {
    this.#due = [...this.#due, ...this.#coming];
    this.#coming = [];
    this.resume();
  }

  /** Begins, or goes on, with what is due; for an index that is open. */
  resume(): void {
    if (this.#due.length === 0 || this.#stopping.signal.aborted) return;
    if (this.#loop !== null) {
      void this.#options.reindex.interrupt(); // what is under way knows nothing of the last ones
      return;
    }
    this.#loop = this.#run().finally(() => {
      this.#loop = null;
    });
  }

  /** Waits, at most so long, until nothing is due. Resolves with what is still to go, in words; null when nothing is. */
  async settled(patienceMs: number): Promise<string | null> {
    for (const until = performance.now() + patienceMs; this.#due.length > 0 && performance.now() < until; )
      await sleep(LOOK_MS);
    if (this.#due.length === 0) return null;
    return this.#due.every((range) => this.#out.includes(range))
      ? 'the events are out of the index; sums in which they were counted go when their days are made anew: spoor reindex --status tells'
      : 'the index is not ready: the events leave it as soon as it is, also after a restart';
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (this.#due.length > 0 && !signal.aborted) {
      const due = this.#due;
      const pauseMs = await this.#once(due);
      if (this.#due === due) await sleep(pauseMs, null, { signal }).catch(() => {});
    }
  }

  /** Resolves with when to try again where something is left. */
  async #once(due: readonly IndexRange[]): Promise<number> {
    const { log, reindex } = this.#options;
    try {
      await reindex.without(due);
      this.#out = due;
      const isDone = this.#due === due && (await reindex.ended());
      if (!isDone || this.#due !== due) return LATER_MS;
      this.#keep([], this.#coming);
      log.say('info', 'index', `${counted(due.length, 'erasure is', 'erasures are')} done in the index`);
    } catch (error) {
      const isAway = error instanceof AppError && error.code === 'E_UNAVAILABLE'; // the engine's part says so
      if (!isAway)
        log.say('warn', 'index', `an erasure waits: ${error instanceof Error ? error.message : String(error)}`);
    }
    return AGAIN_MS;
  }

  #keep(due: readonly IndexRange[], coming: readonly IndexRange[]): void {
    replaceFileSync(join(this.#options.folder, FILE), textOf([...due, ...coming]));
    this.#due = due;
    this.#coming = coming;
  }

  /** To be called with the reindex's own `stop`, for which it waits. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }
}

/** Says durably, of a server that does not run, that these records are about to be erased: its next start takes them out of the index. */
export function addErasure(folder: string, range: IndexRange): void {
  const path = join(folder, FILE);
  replaceFileSync(path, textOf([...keptIn(path), range]));
}

const textOf = (due: readonly IndexRange[]) => `${JSON.stringify({ due })}\n`;

/** Throws E_MALFORMED for a file that is not ours: something that was erased may be in the index. */
function keptIn(path: string): readonly IndexRange[] {
  if (!existsSync(path)) return [];
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8'))).due;
  } catch (cause) {
    throw new AppError('E_MALFORMED', `${path} is not Spoor's: remove it, and run spoor reindex`, { cause });
  }
}
