import type { ClickHouseClient } from '@clickhouse/client';
import type { ReindexWish, ShownReindex } from '../api/view.ts';
import { AppError } from '../core/errors.ts';
import { counted } from '../core/text.ts';
import type { IndexRange } from '../ledger/log.ts';
import { dayRanges, endOfDay } from '../pipeline/day-ranges.ts';
import { Reindex, type ReindexProgress } from '../pipeline/reindex.ts';
import { type ReindexPlan, readPlan, withDays, withDue, writePlan } from '../pipeline/reindex-plan.ts';
import { eraseRows } from '../store/erase.ts';
import type { IndexPart } from './index-part.ts';
import { type MadeBy, readMadeBy, writeMadeBy } from './made-by.ts';
import type { OwnLog } from './own-log.ts';
import { type DaysFrom, daysFor, daysTouched } from './reindex-days.ts';
import { daySwap, shadowStore } from './shadow-store.ts';

export interface ReindexPartOptions extends DaysFrom {
  /** Where the pipeline keeps how far it is. */
  readonly folder: string;
  /** The code that is here. */
  readonly code: MadeBy;
  readonly index: () => IndexPart;
  /** Resolves when nothing is being given up. */
  readonly idle: () => Promise<void>;
  /** Threads that may be taken. */
  readonly threads: number;
  readonly log: OwnLog;
}

interface Run {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  reindex: Reindex | null;
  /** When this run began, which may have gone on with another's work; milliseconds. */
  readonly beganMs: number;
}

/** Rebuilds days of the index while the server runs: one reindex at a time, which goes on after a crash. */
export class ReindexPart {
  readonly #options: ReindexPartOptions;
  #plan: ReindexPlan | null;
  #madeBy: MadeBy;
  #run: Run | null = null;
  /** What begins one; it never rejects. */
  #beginning: Promise<void> | null = null;
  readonly #stopping = new AbortController();
  #last: ReindexProgress = { records: 0, recordsDone: 0, rows: 0, erased: 0, day: null };

  constructor(options: ReindexPartOptions) {
    this.#options = { ...options, signal: this.#stopping.signal };
    this.#plan = readPlan(options.folder, options.origin);
    const known = readMadeBy(options.folder);
    this.#madeBy = known ?? options.code;
    if (known === null) writeMadeBy(options.folder, options.code);
  }

  /** Why a reindex would change old events; null when nothing says so. */
  get outdated(): string | null {
    const { code } = this.#options;
    if (this.#madeBy.code === code.code) return null;
    return `older events were read by the parsers of Spoor ${this.#madeBy.version}: "spoor reindex" reads them with those of ${code.version}`;
  }

  get isRunning(): boolean {
    return this.#run !== null || this.#beginning !== null;
  }

  /** The reindex that is under way, or the last one. */
  get shown(): ShownReindex | null {
    const plan = this.#plan;
    if (plan === null) return null;
    const progress = this.#run?.reindex?.progress ?? this.#last;
    const began = this.#run?.beganMs ?? Date.parse(plan.startedAt);
    const seconds = ((plan.finishedAt === null ? Date.now() : Date.parse(plan.finishedAt)) - began) / 1000;
    const { records, recordsDone } = progress;
    const left = recordsDone === 0 ? null : Math.round((seconds / recordsDone) * (records - recordsDone));
    return {
      state: plan.finishedAt === null ? 'running' : plan.ended === null ? 'done' : 'ended',
      ended: plan.ended,
      since: plan.since,
      parser: plan.parser,
      generation: plan.generation,
      startedAt: plan.startedAt,
      finishedAt: plan.finishedAt,
      seconds: Math.round(seconds * 10) / 10,
      secondsLeft: plan.finishedAt === null ? left : 0,
      days: plan.days.length,
      daysDone: plan.days.filter(({ state }) => state === 'done').length,
      ...progress,
    };
  }

  /** Begins. Throws E_USAGE when one is under way or nothing is to be done, E_UNAVAILABLE while the index is away. */
  async start(wish: ReindexWish): Promise<ShownReindex> {
    const waits = this.#plan?.finishedAt === null; // an erasure took its place, and has not ended: what is due must not be forgotten
    if (this.isRunning || waits)
      throw new AppError('E_USAGE', 'a reindex is under way: spoor reindex --status shows it');
    await this.#beginBy(async () => {
      await this.#options.idle();
      if ((await daysFor(this.#options, wish)).length === 0)
        throw new AppError('E_USAGE', 'no such events are in the index: nothing is to be rebuilt');
      const generation = await this.#options.index().nextGeneration();
      const days = await daysFor(this.#options, wish); // the last generation's events may have begun another day meanwhile
      this.#keep({
        origin: this.#options.origin,
        generation,
        code: this.#options.code.code,
        since: wish.since,
        parser: wish.parser,
        erased: false,
        startedAt: new Date().toISOString(),
        finishedAt: null,
        ended: null,
        days: days.map(({ day }) => ({ day, state: 'due', rows: 0 })),
      });
    });
    return this.shown as ShownReindex;
  }

  /**
   * Takes events of records whose payloads were erased out of the index, and begins to make their days anew, beside what was under way:
   * summaries have counted them, and events of other lines may hold what a decoder had from them. May be called again. Throws E_UNAVAILABLE
   * while the index is away, or a reindex begins.
   */
  async without(ranges: readonly IndexRange[]): Promise<void> {
    await this.#daysAnew(ranges, async () => {
      const { origin, engine } = this.#options;
      const { client, form } = engine();
      for (const range of ranges) await eraseRows(client, form, { origin, ...range });
    });
  }

  /** Begins to make the days of these records anew, beside what was under way. Throws E_UNAVAILABLE as `without` does. */
  async again(ranges: readonly IndexRange[]): Promise<void> {
    await this.#daysAnew(ranges, async () => {});
  }

  /** Days (as 20260921) in which something may stand that was made of these records. */
  daysOf(ranges: readonly IndexRange[]): Promise<number[]> {
    return daysTouched(this.#options, ranges);
  }

  /** `before`: what is done once no decoder remembers anything of the records. */
  async #daysAnew(ranges: readonly IndexRange[], before: () => Promise<void>): Promise<void> {
    if (this.#beginning !== null) throw new AppError('E_UNAVAILABLE', 'a reindex begins');
    await this.#beginBy(async () => {
      const { index, origin, code, idle } = this.#options;
      await this.interrupt();
      await idle();
      const generation = await index().nextGeneration();
      await before();
      const underWay = this.#plan?.finishedAt === null ? this.#plan : null;
      const fresh = { origin, code: code.code, since: null, parser: null, startedAt: new Date().toISOString() };
      const plan = underWay ?? { ...fresh, erased: true, finishedAt: null, ended: null, days: [] };
      this.#keep(withDue({ ...plan, generation }, await this.daysOf(ranges)));
    });
  }

  /** Nothing is given up from now on. */
  async #beginBy(planned: () => Promise<void>): Promise<void> {
    if (this.#stopping.signal.aborted) throw new AppError('E_UNAVAILABLE', 'the server stops');
    const begun = planned().then(() => this.#begin());
    this.#beginning = begun.catch(() => {});
    try {
      await begun;
    } catch (cause) {
      throw this.#stopping.signal.aborted ? new AppError('E_UNAVAILABLE', 'the server stops', { cause }) : cause;
    } finally {
      this.#beginning = null;
    }
  }

  /** Resolves when nothing is under way any more: true when the last reindex made all that it was to make. */
  async ended(): Promise<boolean> {
    await this.#run?.ended;
    return this.#plan !== null && this.#plan.finishedAt !== null && this.#plan.ended === null;
  }

  /** Ends a swap that a crash cut short. To be called before anything is inserted. */
  async settle(client: ClickHouseClient): Promise<void> {
    const plan = this.#plan;
    if (plan === null || plan.finishedAt !== null || this.#run !== null) return;
    const { form } = this.#options.engine();
    for (const { day, state, rows } of plan.days) {
      if (state !== 'swapping') continue;
      await daySwap(client, form, { day, origin: plan.origin }, rows);
      this.#keep(withDays(this.#plan as ReindexPlan, new Set([day]), 'done', () => rows));
    }
  }

  /** Goes on with what a crash or a stop cut short; what other parsers made since is made again. */
  resume(): void {
    const plan = this.#plan;
    if (plan === null || plan.finishedAt !== null || this.#run !== null || this.#stopping.signal.aborted) return;
    if (this.#beginning !== null) {
      const { log } = this.#options;
      this.#beginning // it may come to nothing
        .then(() => this.resume())
        .catch((error: unknown) => log.say('warn', 'index', `the reindex waits for the next start: ${String(error)}`));
      return;
    }
    this.#options.log.say('info', 'index', 'the reindex goes on');
    const { code } = this.#options.code;
    if (plan.code !== code)
      this.#keep({ ...plan, code, days: plan.days.map(({ day }) => ({ day, state: 'due', rows: 0 })) });
    this.#begin();
  }

  /** The index was lost, and all of it is made anew anyway. */
  async superseded(): Promise<void> {
    await this.interrupt();
    const { code, folder } = this.#options;
    this.#madeBy = code;
    writeMadeBy(folder, code);
    if (this.#plan === null || this.#plan.finishedAt !== null) return;
    const ended = 'the index was lost, and all of it is made anew';
    this.#keep({ ...this.#plan, finishedAt: new Date().toISOString(), ended });
  }

  /** Ends what is under way; `resume` goes on with it. */
  async interrupt(): Promise<void> {
    this.#run?.stop.abort();
    await this.#run?.ended;
  }

  /** Ends what is under way or begins, and begins no other. */
  async stop(): Promise<void> {
    this.#stopping.abort(); // an engine that does not answer must not keep us
    await this.#beginning;
    await this.interrupt();
  }

  #keep(plan: ReindexPlan): void {
    writePlan(this.#options.folder, plan);
    this.#plan = plan;
  }

  #begin(): void {
    if (this.#stopping.signal.aborted) return; // the next start goes on with it
    const stop = new AbortController();
    const run: Run = {
      stop,
      reindex: null,
      beganMs: Date.now(),
      ended: this.#work(stop.signal).then(() => {
        this.#run = null;
      }),
    };
    this.#run = run;
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    try {
      await this.#rebuild(signal);
      this.#finish();
    } catch (error) {
      if (signal.aborted) return; // it goes on with the next start
      const why = error instanceof Error ? error.message : String(error);
      log.say('error', 'index', `the reindex ended: ${why}`);
      this.#end(why);
      const { engine, origin } = this.#options;
      await shadowStore(engine, origin)
        .clear(null)
        .catch(() => {}); // else the next one does
    }
  }

  #end(why: string): void {
    const plan = { ...(this.#plan as ReindexPlan), finishedAt: new Date().toISOString(), ended: why };
    this.#plan = plan;
    try {
      writePlan(this.#options.folder, plan);
    } catch {} // a full disk: then it goes on with the next start
  }

  async #rebuild(signal: AbortSignal): Promise<void> {
    await Promise.resolve(); // the run is known by then
    const { index, engine, origin, openReader, threads: count, log } = this.#options;
    const plan = this.#plan as ReindexPlan;
    const due = new Set(plan.days.filter(({ state }) => state === 'due').map(({ day }) => day));
    const reader = await openReader();
    const threads = index().moreThreads(count);
    const ending = () => void threads.stop();
    signal.addEventListener('abort', ending, { once: true });
    try {
      const days = (await dayRanges(reader, index().position.indexed, 0)).filter(({ day }) => due.has(day));
      const reindex = new Reindex({
        origin,
        generation: plan.generation,
        days,
        endOf: (range, until) => endOfDay(reader, range, until),
        decode: (batch, take) => threads.decode(batch, take),
        store: shadowStore(engine, origin),
        alone: (work) => index().alone(work),
        position: () => index().position,
        mark: (marked, state, rowsOf) => this.#keep(withDays(this.#plan as ReindexPlan, marked, state, rowsOf)),
        parallel: count,
        signal,
        onTrouble: (error) =>
          log.say('warn', 'index', `reindex: ${error instanceof Error ? error.message : String(error)}`),
      });
      if (this.#run !== null) this.#run.reindex = reindex;
      if (days.length > 0) await reindex.run();
    } finally {
      signal.removeEventListener('abort', ending);
      this.#last = this.#run?.reindex?.progress ?? this.#last;
      await threads.stop();
      await reader.close();
    }
  }

  #finish(): void {
    const { folder, code, log } = this.#options;
    const plan = this.#plan as ReindexPlan;
    const shown = this.shown;
    const erased =
      shown === null || shown.erased === 0
        ? ''
        : `; ${counted(shown.erased, 'erased record has', 'erased records have')} none`;
    this.#keep({ ...plan, finishedAt: new Date().toISOString() });
    if (plan.since === null && plan.parser === null && !plan.erased) {
      this.#madeBy = code;
      writeMadeBy(folder, code);
    }
    log.say(
      'info',
      'index',
      `the reindex is done: ${counted(plan.days.length, 'day')}, ${counted(shown?.rows ?? 0, 'event')}, ${shown?.seconds} s${erased}`,
    );
  }
}
