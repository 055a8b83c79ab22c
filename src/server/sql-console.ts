import { availableParallelism } from 'node:os';
import type { ClickHouseClient } from '@clickhouse/client';
import type { SqlAnswer, SqlAsked, SqlCaller, SqlTable, SqlView } from '../api/sql.ts';
import { AppError } from '../core/errors.ts';
import { engineClient } from '../engine/client.ts';
import { checkReader } from '../store/sql/rights.ts';
import { runSql, SQL_LIMITS, type SqlStore } from '../store/sql/run.ts';
import { VIEWS } from '../store/sql/view-columns.ts';
import { openViews, viewDatabase } from '../store/sql/views.ts';
import { actOf } from './act.ts';
import { Gate } from './gate.ts';
import type { Server } from './serve.ts';
import { SqlAllowance } from './sql-allowance.ts';

/** One for four processors, each on one thread: inserts come first. */
const AT_ONCE = Math.max(1, Math.floor(availableParallelism() / 4));
const WAITING = 8;
const OFF = 'SQL is off: put "sql: {enabled: true}" into spoor.yml and start the server again (docs/guides/sql.md)';
const NO_WALL =
  'SQL is off: the index’s engine runs under the same account as Spoor, so that a fault in it would reach all of Spoor’s files: start Spoor as root or by systemd, and it has an account of its own (docs/guides/sql.md)';

/** SQL for analysts: on where the configuration says so and the engine stands behind a wall. */
export class SqlConsole implements SqlView {
  readonly #server: Server;
  readonly #gate = new Gate(AT_ONCE, WAITING);
  readonly #allowance = new SqlAllowance();
  #stores: { readonly clear: SqlStore; readonly masked: SqlStore } | null = null;
  /** Why it is off. */
  #closed: string;

  constructor(server: Server) {
    this.#server = server;
    this.#closed = server.options.config.sql.enabled ? 'SQL is not ready yet: the index starts' : OFF;
  }

  /** To be called when the index was opened. What is in the way of SQL is no fault of the index: it is said, and SQL stays off. */
  async open(owner: ClickHouseClient): Promise<void> {
    await this.close();
    const { config, log } = this.#server.options;
    if (!config.sql.enabled) return;
    try {
      await this.#open(owner);
    } catch (error) {
      await this.close();
      this.#closed = error instanceof Error ? error.message : String(error);
      log.say('error', 'sql', this.#closed);
    }
  }

  async #open(owner: ClickHouseClient): Promise<void> {
    const { config, ids } = this.#server.options;
    const { form, address } = this.#server.engine;
    const { clickhouse } = config.index;
    if (clickhouse === undefined && !ids.uid) throw new AppError('E_UNREADABLE', NO_WALL);
    const { user, password } = config.sql;
    if (clickhouse !== undefined && user === undefined)
      throw new AppError(
        'E_CONFIG',
        'SQL stays off: with a ClickHouse of your own, sql.user names a user who may only read the views',
      );
    if (address === null) throw new AppError('E_UNAVAILABLE', 'the index does not answer');
    const databases = await openViews(owner, form);
    const store = (isMasked: boolean): SqlStore => ({
      owner,
      databases,
      reader: engineClient(
        clickhouse === undefined ? address : { url: clickhouse.url, user, password: password?.reveal() },
        {
          database: viewDatabase(form, isMasked),
          max_open_connections: AT_ONCE + 1,
        },
      ),
      settings: clickhouse === undefined ? SQL_LIMITS : null,
      onStuck: () => this.#stuck(),
    });
    this.#stores = { clear: store(false), masked: store(true) };
    if (clickhouse !== undefined) await checkReader(this.#stores.clear.reader, form, user ?? '');
  }

  /** A function looks up from its work too seldom, and may be at it for days. What is in the index outlives its engine. */
  #stuck(): void {
    const { log, config } = this.#server.options;
    const isOurs = config.index.clickhouse === undefined;
    const done = isOurs ? 'the index is started again' : 'end it there, by KILL QUERY or a restart';
    log.say('error', 'sql', `a query did not end although it was stopped: ${done}`);
    if (isOurs) this.#server.engine.restart();
  }

  tables(): SqlTable[] {
    return VIEWS.map(({ name, about, columns }) => ({
      name,
      about,
      columns: columns.map(({ name: column, about: what, masked }) => ({
        name: column,
        about: what,
        personal: masked !== undefined,
      })),
    }));
  }

  async ask(asked: SqlAsked, { who, clearFor }: SqlCaller, signal: AbortSignal): Promise<SqlAnswer> {
    if (this.#stores === null) throw new AppError('E_UNREADABLE', this.#closed);
    this.#allowance.count(who, performance.now());
    const masked = clearFor === null;
    await actOf(this.#server)(who, 'sql', masked ? 'masked' : 'clear', {
      ...asked,
      ...(!masked && { reason: clearFor }),
    });
    return this.#gate.through(signal, async () => {
      const stores = this.#stores;
      if (stores === null) throw new AppError('E_UNAVAILABLE', this.#closed);
      const store = masked ? stores.masked : stores.clear;
      const onStuck = () => {
        this.#allowance.rest(who, performance.now());
        store.onStuck();
      };
      return { ...(await runSql({ ...store, onStuck }, asked.query, asked.limit, signal)), masked };
    });
  }

  async close(): Promise<void> {
    const stores = this.#stores;
    this.#stores = null;
    for (const store of stores === null ? [] : [stores.clear, stores.masked]) await store.reader.close();
  }
}
