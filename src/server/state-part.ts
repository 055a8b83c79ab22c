import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../core/errors.ts';
import type { SourceBook } from '../pipeline/source-book.ts';
import { openState, type State } from '../state/open.ts';
import type { OwnLog } from './own-log.ts';

const AGAIN_MS = [500, 2000, 5000, 15_000];
const FLUSH_MS = 3000;

export interface StatePartOptions {
  /** Of one's own PostgreSQL; undefined: the bundled one, in the folder. */
  readonly url: string | undefined;
  readonly folder: string;
  readonly log: OwnLog;
  readonly book: SourceBook;
  /** Called once, when the state can be asked for the first time. */
  readonly onReady: (state: State) => Promise<void>;
  /** Called each time after the sums were kept. `last`: we stop. */
  readonly onTended: (state: State, last: boolean) => Promise<void>;
}

/** What is kept in PostgreSQL: opened, opened again, and given the sums of the sources every few seconds. */
export class StatePart {
  readonly #options: StatePartOptions;
  #state: State | null = null;
  #told = false;
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;
  detail = 'starting';
  health: 'running' | 'starting' | 'failed' = 'starting';

  constructor(options: StatePartOptions) {
    this.#options = options;
    this.#loop = this.#run();
  }

  get pid(): number | null {
    return this.#state?.pid ?? null;
  }

  /** Throws E_UNAVAILABLE while it is not there. */
  get state(): State {
    if (this.#state === null)
      throw new AppError('E_UNAVAILABLE', `the state's database does not answer: ${this.detail}`);
    return this.#state;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const pause = (ms: number) => sleep(ms, null, { signal }).catch(() => {});
    for (let failed = 0; !signal.aborted; ) {
      try {
        await this.#tend();
        failed = 0;
        await pause(FLUSH_MS);
      } catch (error) {
        failed += 1;
        this.health = 'failed';
        this.detail = error instanceof Error ? error.message : String(error);
        this.#options.log.say('error', 'state', this.detail);
        await pause(AGAIN_MS[Math.min(failed, AGAIN_MS.length) - 1] ?? 0);
      }
    }
  }

  async #tend(): Promise<void> {
    const { url, folder, book, onReady, onTended, log } = this.#options;
    this.#state ??= await openState(url === undefined ? { folder, onLog: (line) => told(line, log) } : { url });
    await this.#state.restart();
    await this.#state.ping();
    this.health = 'running';
    this.detail = `PostgreSQL ${this.#state.version}, ${url === undefined ? 'bundled' : 'your own'}`;
    if (!this.#told) await onReady(this.#state);
    this.#told = true;
    await book.flush(this.#state.sources);
    await onTended(this.#state, false);
  }

  /** Keeps the last sums, and ends. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    if (this.#state === null) return;
    await this.#last(this.#state).catch((error: unknown) => {
      this.#options.log.say('warn', 'state', `the last sums of sources were not kept: ${String(error)}`);
    });
    await this.#state.close();
  }

  async #last(state: State): Promise<void> {
    await this.#options.book.flush(state.sources);
    await this.#options.onTended(state, true);
  }
}

/** PostgreSQL's own words go into our log where something is wrong. */
function told(line: string, log: OwnLog): void {
  if (/^(?:WARNING|ERROR|FATAL|PANIC)\b/.test(line)) log.say('warn', 'state', line);
}
