import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { AppError } from '../core/errors.ts';
import { type EngineAddress, engineClient } from '../engine/client.ts';
import { type RunningEngine, startEngine } from '../engine/engine.ts';
import { migrate } from '../store/migrate.ts';
import type { SchemaForm } from '../store/names.ts';
import { eventCount } from '../store/queries/events.ts';
import { ask } from '../store/query.ts';
import type { Config } from './config-schema.ts';
import type { OwnLog } from './own-log.ts';
import type { Layout } from './paths.ts';

const AGAIN_MS = [500, 2000, 5000, 15_000];
const PING_MS = 5000;

export interface EnginePartOptions {
  readonly config: Config['index'];
  readonly paths: Layout;
  readonly log: OwnLog;
  /** Accounts of the children, when we are root. */
  readonly ids: { readonly uid?: number; readonly gid?: number };
  /** Called each time that the index was opened, before it can be reached. `empty`: it holds nothing of what it may have held before. */
  readonly onOpen: (empty: boolean, client: ClickHouseClient) => Promise<void>;
}

/** The index's engine: a child that is started again when it ends, or a ClickHouse of one's own. */
export class EnginePart {
  readonly #options: EnginePartOptions;
  readonly form: SchemaForm;
  #engine: RunningEngine | null = null;
  #client: ClickHouseClient | null = null;
  #stopping = new AbortController();
  #loop: Promise<void>;
  /** How often the index was opened, or was told to change by a command: all that changes it but inserts. */
  changes = 0;
  /** Events that were in the index when it was opened last. */
  events = 0;
  detail = 'starting';
  state: 'running' | 'starting' | 'failed' | 'missing' = 'starting';

  constructor(options: EnginePartOptions) {
    this.#options = options;
    const { database, clickhouse } = options.config;
    this.form = { database, cluster: clickhouse?.cluster ?? null };
    this.#loop = this.#run();
  }

  get pid(): number | null {
    return this.#engine?.pid ?? null;
  }

  /** Where it is reached, for clients beside `client`; null while it is not there. */
  get address(): EngineAddress | null {
    const { clickhouse } = this.#options.config;
    return clickhouse === undefined ? this.#engine : { url: clickhouse.url };
  }

  /** Ends a child that cannot be ended in peace; it is started again, as after a crash. Nothing for a ClickHouse of one's own. */
  restart(): void {
    if (this.#engine !== null) process.kill(this.#engine.pid, 'SIGKILL');
  }

  /** The client, once the schema is up to date. Throws E_UNAVAILABLE while it is not. */
  get client(): ClickHouseClient {
    if (this.#client === null) throw new AppError('E_UNAVAILABLE', `the index does not answer: ${this.detail}`);
    return this.#client;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (let failed = 0; !signal.aborted; ) {
      const began = Date.now();
      try {
        await this.#once();
      } catch (error) {
        if (!signal.aborted) this.#failed(error);
      }
      this.#client = null;
      this.#engine = null;
      failed = Date.now() - began > 60_000 ? 0 : failed + 1;
      await sleep(AGAIN_MS[Math.min(failed, AGAIN_MS.length) - 1] ?? 0, null, { signal }).catch(() => {});
    }
  }

  #failed(error: unknown): void {
    this.detail = error instanceof Error ? error.message : String(error);
    this.state = /not installed/.test(this.detail) ? 'missing' : 'failed';
    this.#options.log.say('error', 'index', this.detail);
  }

  /** From a start to its end. */
  async #once(): Promise<void> {
    const { clickhouse } = this.#options.config;
    if (clickhouse === undefined) await this.#ownChild();
    else
      await this.#others(
        engineClient({ url: clickhouse.url, user: clickhouse.user, password: clickhouse.password?.reveal() }),
      );
  }

  async #ownChild(): Promise<void> {
    const { config, paths, log, ids } = this.#options;
    const engine = await startEngine({
      dataFolder: paths.index,
      socketPath: paths.engineSocket,
      memoryBytes: config.memoryMb * 1_000_000,
      log: (level, message) => log.say(level, 'index', message),
      signal: this.#stopping.signal,
      ...ids,
    });
    this.#engine = engine;
    const client = engineClient({ socketPath: engine.socketPath });
    try {
      await this.#ready(client, engine.rebuilt, `ClickHouse ${engine.version}, embedded`);
      const { code, signal, expected } = await engine.exited;
      if (!expected) throw new AppError('E_UNAVAILABLE', `its process ended (${signal ?? code}); it is started again`);
    } finally {
      await engine.stop();
      await client.close();
    }
  }

  async #others(client: ClickHouseClient): Promise<void> {
    try {
      await this.#ready(client, false, 'a ClickHouse of your own');
      while (!this.#stopping.signal.aborted) {
        await sleep(PING_MS, null, { signal: this.#stopping.signal }).catch(() => {});
        const { success } = await client.ping();
        if (!success) throw new AppError('E_UNAVAILABLE', 'it does not answer');
      }
    } finally {
      await client.close();
    }
  }

  async #ready(client: ClickHouseClient, rebuilt: boolean, detail: string): Promise<void> {
    const steps = await migrate(client, this.form);
    this.events = (await ask({ client, form: this.form }, eventCount, {}))[0]?.events ?? 0;
    await this.#options.onOpen(rebuilt || steps.some((name) => name.startsWith('0001')), client);
    this.#client = this.#counting(client);
    this.changes += 1;
    this.state = 'running';
    this.detail = detail;
  }

  /** Counted when it is done, whichever way: from then on no answer from before is given. */
  #counting(client: ClickHouseClient): ClickHouseClient {
    const command = client.command.bind(client);
    client.command = async (given) => {
      try {
        return await command(given);
      } finally {
        this.changes += 1;
      }
    };
    return client;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#engine?.stop();
    await this.#loop;
  }
}
