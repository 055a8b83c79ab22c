import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Answer, Chdb, Connection } from './chdb.ts';
import { Killer } from './killer.ts';
import type { Asked } from './request.ts';
import { type Body, Pipe, type Scratch } from './scratch.ts';
import { type InsertText, placeOutput, quote, quoteName, StatementError } from './sql-text.ts';

/** What one request wants done. */
export interface Work {
  readonly asked: Asked;
  /** The statement, without data; for an INSERT with data, only how it reads. */
  readonly sql: string;
  readonly insert: { readonly text: InsertText; readonly body: Body } | null;
}

/** Where a result goes: called once, before the first byte, with the format; `out` ends when the query has ended. */
export type TakeOutput = (out: Readable, format: string) => void;

/** How much runs and waits at once. */
export interface QueryLimits {
  /** Each holds one thread; UV_THREADPOOL_SIZE must leave room for KILL and files. */
  readonly running: number;
  readonly waiting: number;
}

/** How long a cancelled query may take to end, milliseconds. */
const CANCEL_MS = 5000;

/** An error of the engine's, with the text that we had put into the statement. */
export class QueryError extends Error {
  readonly ours: readonly string[];

  constructor(cause: unknown, ours: readonly string[]) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.ours = ours;
  }
}

/**
 * Runs statements, each on a connection of its own, so that no setting, parameter or database of one request is there for the next, and no
 * two parameters meet (chDB's own binding keeps them for the process).
 */
export class Queries {
  readonly #chdb: Chdb;
  readonly #folder: string;
  readonly #scratch: Scratch;
  readonly #limits: QueryLimits;
  readonly #killer: Killer;
  readonly #active = new Set<AbortController>();
  readonly #line: (() => void)[] = [];
  #running = 0;
  #idle: (() => void) | null = null;

  constructor(chdb: Chdb, folder: string, scratch: Scratch, limits: QueryLimits) {
    this.#chdb = chdb;
    this.#folder = folder;
    this.#scratch = scratch;
    this.#limits = limits;
    this.#killer = new Killer(() => this.#connect(), chdb);
  }

  /**
   * Runs the statement. `signal` ends it in the engine too, within a moment. Rejects with StatementError for what is not sent at all, with
   * QueryError for what the engine refuses.
   */
  async run(work: Work, signal: AbortSignal, take: TakeOutput): Promise<Answer> {
    const own = new AbortController();
    const abort = () => own.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    this.#active.add(own);
    try {
      await this.#enter(own.signal);
      return await this.#connected(work, own.signal, take).finally(() => this.#leave());
    } finally {
      this.#active.delete(own);
      signal.removeEventListener('abort', abort);
    }
  }

  async #connected(work: Work, signal: AbortSignal, take: TakeOutput): Promise<Answer> {
    const connection = this.#connect();
    try {
      return await this.#on(connection, work, signal, take);
    } finally {
      this.#chdb.CloseConnection(connection);
    }
  }

  /** Lets what runs go on for `ms`, then cancels it. False when something still runs CANCEL_MS later. */
  async close(ms: number): Promise<boolean> {
    if (await this.#settled(ms)) return this.#killer.close();
    for (const own of this.#active) own.abort(new Error('the engine ends'));
    return (await this.#settled(CANCEL_MS)) && this.#killer.close();
  }

  #settled(ms: number): Promise<boolean> {
    if (this.#running === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve(false), ms);
      this.#idle = () => {
        clearTimeout(late);
        resolve(true);
      };
    });
  }

  #connect(): Connection {
    const connection = this.#chdb.CreateConnection(this.#folder);
    if (connection === null) throw new Error('Code: 1002. DB::Exception: no connection (UNKNOWN_EXCEPTION)');
    return connection;
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#running < this.#limits.running) {
      this.#running += 1;
      return;
    }
    if (this.#line.length >= this.#limits.waiting)
      throw new StatementError(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', `${this.#line.length} queries wait already`);
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', give);
        resolve();
      };
      const give = () => {
        this.#line.splice(this.#line.indexOf(enter), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', give, { once: true });
      this.#line.push(enter);
    });
  }

  #leave(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#running -= 1;
    else next(); // the place is handed on
    if (this.#running === 0) this.#idle?.();
  }

  async #on(connection: Connection, work: Work, signal: AbortSignal, take: TakeOutput): Promise<Answer> {
    const tag = randomUUID();
    await this.#query(connection, preamble(work.asked, tag), 'Null', []);
    signal.throwIfAborted();
    const stopKilling = this.#killer.watch(tag, signal);
    try {
      if (work.insert !== null) return await this.#insert(connection, work.insert, work.asked);
      if (await this.#readsOnly(connection, work)) return await this.#select(connection, work, signal, take);
      return await this.#query(connection, work.sql, work.asked.defaultFormat, []);
    } finally {
      stopKilling();
    }
  }

  #insert(connection: Connection, { text, body }: NonNullable<Work['insert']>, asked: Asked): Promise<Answer> {
    const infile = ` FROM INFILE ${quote(body.path)} COMPRESSION 'none'`;
    return this.#query(connection, `${text.head}${infile}${text.tail}`, asked.defaultFormat, [infile]);
  }

  async #readsOnly(connection: Connection, { sql, asked }: Work): Promise<boolean> {
    const { statementCount, queryClass } = await this.#chdb.DurableClassifyAsync(
      connection,
      sql,
      asked.database ?? 'default',
    );
    if (statementCount > 1)
      throw new StatementError(62, 'SYNTAX_ERROR', 'Syntax error (Multi-statements are not allowed)');
    // It does not parse. The engine would still run what stands before the mistake, if that is a statement.
    if (statementCount === 0) await this.#explainMistake(connection, sql);
    if (queryClass === OTHER) placeOutput(sql, ''); // refuses INTO OUTFILE
    return statementCount === 1 && queryClass === READS_ONLY;
  }

  /** Rejects with the engine's words for what is wrong with a statement that does not parse. */
  async #explainMistake(connection: Connection, sql: string): Promise<void> {
    const shown = `SELECT formatQuery(${quote(sql)})`;
    await this.#query(connection, shown, 'Null', []);
    throw new StatementError(62, 'SYNTAX_ERROR', 'Syntax error');
  }

  async #select(connection: Connection, work: Work, signal: AbortSignal, take: TakeOutput): Promise<Answer> {
    const path = this.#scratch.take();
    const clause = `\nINTO OUTFILE ${quote(path)} TRUNCATE COMPRESSION 'none'\n`;
    let pipe: Pipe | null = null;
    const cut = () => pipe?.out.destroy();
    signal.addEventListener('abort', cut, { once: true });
    try {
      const placed = placeOutput(work.sql, clause);
      const format = placed.format ?? work.asked.defaultFormat;
      const ending = placed.format === null ? `FORMAT ${format}` : '';
      pipe = new Pipe(path);
      take(pipe.out, format);
      return await this.#query(connection, `${placed.sql}${ending}`, format, [`${clause}${ending}`, clause]);
    } finally {
      signal.removeEventListener('abort', cut);
      await pipe?.finish();
      this.#scratch.giveBack(path);
    }
  }

  async #query(connection: Connection, sql: string, format: string, ours: readonly string[]): Promise<Answer> {
    try {
      return await this.#chdb.QueryAsyncConnection(connection, sql, format);
    } catch (cause) {
      throw new QueryError(cause, ours);
    }
  }
}

/** Classes of chDB's chdb_query_class. */
const READS_ONLY = 0;
const OTHER = 3;

/** Text of ours alone: names are checked, values quoted. One statement more is what a clean connection costs. */
function preamble({ database, settings, parameters }: Asked, tag: string): string {
  const use = database === null || database === 'default' ? '' : `USE ${quoteName(database)}; `;
  const set = [...settings, ...parameters].map(([name, value]) => `, ${name} = ${quote(value)}`).join('');
  return `${use}SET log_comment = ${quote(tag)}${set}`;
}
