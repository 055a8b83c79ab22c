import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import * as z from 'zod';
import { counted } from '../core/text.ts';
import { FILLED, fillDay } from '../store/fill.ts';
import { ingestDays } from '../store/queries/days.ts';
import { ask } from '../store/query.ts';
import type { EnginePart } from './engine-part.ts';
import type { IndexPart } from './index-part.ts';
import { KeptFile } from './kept-file.ts';
import type { OwnLog } from './own-log.ts';

const FILE = 'summaries.json';
const AGAIN_MS = 2000;
const schema = z.strictObject({
  /** Tables that were there when the days that are not due were indexed, or that were filled since. */
  made: z.array(z.string()),
  /** Days (as 20260921) whose summaries are to be made of their events, newest first. */
  due: z.array(z.int()),
});
type Kept = z.output<typeof schema>;
/** Then all days are made again. */
const NONE: Kept = { made: [], due: [] };

export interface SummaryFillOptions {
  /** Where the pipeline keeps how far it is. */
  readonly folder: string;
  readonly origin: string;
  readonly engine: () => EnginePart;
  readonly index: () => Pick<IndexPart, 'alone'>;
  /** Resolves when no day is being given up. */
  readonly idle: () => Promise<void>;
  readonly log: OwnLog;
}

/**
 * Makes the summaries of days that were indexed before there were summaries, day by day, the newest first. The live way stands still for the
 * moment that a day takes.
 */
export class SummaryFill {
  readonly #options: SummaryFillOptions;
  readonly #stopping = new AbortController();
  readonly #kept: KeptFile<Kept>;
  #loop: Promise<void> | null = null;

  constructor(options: SummaryFillOptions) {
    this.#options = options;
    this.#kept = new KeptFile(join(options.folder, FILE), schema, NONE);
  }

  /** Days of which summaries are missing, or are not whole; newest first. */
  get due(): readonly number[] {
    return this.#kept.value.due;
  }

  /** Is it at work? Then no day may be dropped. */
  get isRunning(): boolean {
    return this.#loop !== null;
  }

  /** Looks at an index that was opened. To be called before anything is inserted into it. `empty`: it holds nothing. */
  async opened(empty: boolean, client: ClickHouseClient): Promise<void> {
    const { engine, origin } = this.#options;
    const isMade = FILLED.every((name) => this.#kept.value.made.includes(name));
    if (isMade && !(empty && this.#kept.value.due.length > 0)) return;
    const days = empty ? [] : await ask({ client, form: engine().form }, ingestDays, { origin });
    this.#kept.keep({ made: [...FILLED], due: days.map(({ day }) => day).reverse() });
  }

  /** Makes the summaries of these days (as 20260921) anew. Throws what the disk says. */
  again(days: readonly number[]): void {
    this.#kept.keep({
      ...this.#kept.value,
      due: [...new Set([...this.#kept.value.due, ...days])].sort((a, b) => b - a),
    });
    this.resume();
  }

  /** Fills what is due, beside the rest. */
  resume(): void {
    if (this.#loop !== null || this.#kept.value.due.length === 0) return;
    this.#loop = this.#run().finally(() => {
      this.#loop = null;
    });
  }

  async #run(): Promise<void> {
    const { log, idle } = this.#options;
    const { signal } = this.#stopping;
    await Promise.resolve(); // it is known to be at work by then
    log.say(
      'info',
      'index',
      `sessions and attackers of ${counted(this.#kept.value.due.length, 'day')} are summed up from their events`,
    );
    await idle();
    while (!signal.aborted && this.#kept.value.due.length > 0) {
      const done = await this.#day(this.#kept.value.due[0] as number).catch((error: unknown) => {
        if (!signal.aborted) log.say('warn', 'index', `summaries: ${error instanceof Error ? error.message : error}`);
        return false;
      });
      if (!done) await sleep(AGAIN_MS, null, { signal }).catch(() => {});
    }
    if (this.#kept.value.due.length === 0) log.say('info', 'index', 'sessions and attackers of all days are summed up');
  }

  #day(day: number): Promise<boolean> {
    const { engine, index, origin } = this.#options;
    return index().alone(async () => {
      const { client, form } = engine();
      await fillDay(client, form, { day, origin });
      this.#kept.keep({ ...this.#kept.value, due: this.#kept.value.due.filter((one) => one !== day) });
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }
}
