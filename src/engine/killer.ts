import { setTimeout as sleep } from 'node:timers/promises';
import type { Chdb, Connection } from './chdb.ts';
import { quote } from './sql-text.ts';

const AGAIN_MS = 50;

/**
 * Cancels queries inside the engine, by the `log_comment` that they run under: chDB has no call for it. ASYNC, for `KILL … SYNC` hangs.
 * Says it again until the query has ended, for one that was just handed over is not in the engine's list yet.
 */
export class Killer {
  readonly #connect: () => Connection;
  readonly #chdb: Chdb;
  readonly #tags = new Set<string>();
  #loop: Promise<void> | null = null;

  constructor(connect: () => Connection, chdb: Chdb) {
    this.#connect = connect;
    this.#chdb = chdb;
  }

  /** Cancels `tag` when `signal` aborts, until the function that is given back is called. */
  watch(tag: string, signal: AbortSignal): () => void {
    const kill = () => {
      this.#tags.add(tag);
      this.#loop ??= this.#run().finally(() => {
        this.#loop = null;
      });
    };
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    return () => {
      signal.removeEventListener('abort', kill);
      this.#tags.delete(tag);
    };
  }

  /** Waits for the last KILL to be answered; true. */
  async close(): Promise<true> {
    await this.#loop;
    return true;
  }

  async #run(): Promise<void> {
    while (this.#tags.size > 0) {
      const list = [...this.#tags].map(quote).join(', ');
      const connection = this.#connect();
      try {
        const sql = `KILL QUERY WHERE Settings['log_comment'] IN (${list}) ASYNC FORMAT Null`;
        await this.#chdb.QueryAsyncConnection(connection, sql, 'Null');
      } catch {
        // The next round says it again.
      } finally {
        this.#chdb.CloseConnection(connection);
      }
      await sleep(AGAIN_MS);
    }
  }
}
