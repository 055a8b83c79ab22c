import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { counted } from '../core/text.ts';
import type { IndexRange } from '../ledger/log.ts';
import { miscountedDays, repeatedEvents } from '../store/queries/repeated.ts';
import { ask } from '../store/query.ts';
import type { EnginePart } from './engine-part.ts';
import type { IndexPart } from './index-part.ts';
import { KeptFile } from './kept-file.ts';
import type { OwnLog } from './own-log.ts';
import type { ReindexPart } from './reindex-part.ts';
import type { SummaryFill } from './summary-fill.ts';

const FILE = 'power.json';
const BOOT_ID = '/proc/sys/kernel/random/boot_id';
const AGAIN_MS = 2000;
/** After a reindex that ended before its time: a disk may have been full. */
const LATER_MS = 60_000;
const index = z.int().nonnegative();
const schema = z.strictObject({
  /** The machine's run in which the index was opened last; null where that can't be told. */
  boot: z.string().nullable(),
  /** Records whose events were under way as another run ended. */
  unsure: z.array(z.strictObject({ first: index, last: index })),
});
type Kept = z.output<typeof schema>;
/** Then what is unfinished is looked at. */
const NONE: Kept = { boot: null, unsure: [] };

export interface PowerLossOptions {
  /** Where the pipeline keeps how far it is. */
  readonly folder: string;
  readonly origin: string;
  readonly engine: () => EnginePart;
  readonly index: () => Pick<IndexPart, 'alone' | 'unfinished'>;
  readonly reindex: Pick<ReindexPart, 'again' | 'daysOf' | 'ended'>;
  readonly summaries: Pick<SummaryFill, 'again'>;
  readonly log: OwnLog;
}

/**
 * Looks at what was being inserted as the machine lost its power. The engine writes which batches it has without waiting for the disk
 * (github.com/ClickHouse/ClickHouse/issues/111577): one that is on the disk may not be known to be, and then goes in twice when it is sent again.
 * Days with such events are made anew; of the others, the summaries are.
 */
export class PowerLoss {
  readonly #options: PowerLossOptions;
  readonly #stopping = new AbortController();
  readonly #kept: KeptFile<Kept>;
  #loop: Promise<void> | null = null;

  constructor(options: PowerLossOptions) {
    this.#options = options;
    this.#kept = new KeptFile(join(options.folder, FILE), schema, NONE);
  }

  /** Looks at an index that was opened. To be called before anything is inserted into it. `empty`: it holds nothing. */
  opened(empty: boolean): void {
    const boot = bootId();
    const isOther = boot === null || boot !== this.#kept.value.boot;
    const before = this.#kept.value.unsure;
    const unsure = empty ? [] : [...before, ...(isOther ? this.#options.index().unfinished : [])];
    if (!isOther && unsure.length === before.length) return;
    try {
      this.#kept.keep({ boot, unsure });
    } catch (error) {
      this.#options.log.say('warn', 'index', `what a power cut left is not kept: ${String(error)}`); // a full disk closes no index
    }
  }

  /** Mends, beside the rest, what is not sure; for an index that is followed. */
  resume(): void {
    if (this.#loop !== null || this.#kept.value.unsure.length === 0) return;
    this.#loop = this.#run().finally(() => {
      this.#loop = null;
    });
  }

  async #run(): Promise<void> {
    const { log } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted && this.#kept.value.unsure.length > 0) {
      const pauseMs = await this.#once(this.#kept.value.unsure).catch((error: unknown) => {
        if (!signal.aborted)
          log.say('warn', 'index', `after a power cut: ${error instanceof Error ? error.message : error}`);
        return AGAIN_MS;
      });
      if (pauseMs !== null) await sleep(pauseMs, null, { signal }).catch(() => {});
    }
  }

  async #once(ranges: readonly IndexRange[]): Promise<number | null> {
    const pauseMs = await this.#settle(ranges);
    const isAll = this.#kept.value.unsure === ranges; // else another engine was opened meanwhile, and more is not sure
    if (pauseMs === null && isAll) this.#kept.keep({ ...this.#kept.value, unsure: [] });
    return pauseMs;
  }

  /** Resolves with when to look again; null when all is there once. */
  async #settle(ranges: readonly IndexRange[]): Promise<number | null> {
    const { index, reindex, summaries, log } = this.#options;
    let twice = 0;
    let days: readonly number[] = [];
    const looked = await index().alone(async () => {
      days = await reindex.daysOf(ranges);
      twice = await this.#twice(ranges, days);
    });
    if (!looked) return AGAIN_MS;
    if (twice === 0) {
      summaries.again(days);
      return null;
    }
    log.say(
      'warn',
      'index',
      `the machine went down as ${counted(twice, 'event')} went in, which came twice: their days are made anew`,
    );
    await reindex.again(ranges);
    return (await reindex.ended()) ? null : LATER_MS;
  }

  /** Events that are there more than once, or were counted so by what is not made of events afterwards. */
  async #twice(ranges: readonly IndexRange[], days: readonly number[]): Promise<number> {
    const { engine, origin } = this.#options;
    const { client, form } = engine();
    let twice = 0;
    for (const range of ranges)
      twice += (await ask({ client, form }, repeatedEvents, { origin, ...range }))[0]?.repeated ?? 0;
    if (twice > 0 || days.length === 0) return twice;
    const odd = await ask({ client, form }, miscountedDays, { origin, days: [...days] });
    return odd.reduce((sum, { differ }) => sum + differ, 0);
  }

  /** To be called with the reindex's own `stop`, for which it waits. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }
}

/** Names the run of the machine that began with its last start (random(4)). */
function bootId(): string | null {
  try {
    return readFileSync(BOOT_ID, 'latin1').trim();
  } catch {
    return null; // no Linux: each start may be another run
  }
}
