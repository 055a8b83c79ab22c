import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { replaceFileSync } from '../core/durable-file.ts';
import { counted } from '../core/text.ts';
import { durationUs } from '../ledger/keep/duration.ts';
import { changeRetention } from '../ledger/keep/hold.ts';
import { dutyOf, type Hold } from '../ledger/keep/holds.ts';
import type { KeepPolicy } from '../ledger/keep/keep-policy.ts';
import { type KeepFolder, prune, readKeeping } from '../ledger/keep/prune.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { LedgerReader } from '../ledger/reader.ts';
import { firstKeptUs } from '../pipeline/day-ranges.ts';
import { dayOf, dayStartUs, dropDay } from '../store/days.ts';
import { daysOfStream, ingestDays } from '../store/queries/days.ts';
import { ask } from '../store/query.ts';
import { BelievedClock, type ClockOptions } from './believed-clock.ts';
import type { EnginePart } from './engine-part.ts';
import type { OwnLog } from './own-log.ts';

const DAY_US = 86_400_000_000;
const FIRST_MS = 5000;
const LOOK_MS = 5000;
const AGAIN_MS = 600_000;
const FILE = 'retention.json';
/** `knownMs`: what the clock said when something was given up, or could have been. */
const schema = z.strictObject({ horizon: z.int().nonnegative(), knownMs: z.int().nonnegative().optional() });

/** How long things are kept: durations as `P90D`. */
export interface Keep {
  /** Null: events stay as long as their records. */
  readonly index: string | null;
  /** Null: as the ledger itself states. */
  readonly ledger: { readonly minimum: string; readonly maximum: string | null } | null;
}

export interface RetentionOptions {
  readonly folder: string;
  readonly origin: string;
  readonly keep: Keep;
  readonly keepFolder: () => Promise<KeepFolder>;
  readonly ledger: () => Ledger;
  readonly engine: () => EnginePart;
  /** Is the index being made, or made anew? Then it is waited with. */
  readonly isBusy: () => boolean;
  readonly clock: Omit<ClockOptions, 'knownMs'>;
  /** When the last record of before this start was received; null when there is none. */
  readonly latestMs: number | null;
  readonly log: OwnLog;
}

interface IndexedDay {
  readonly day: number;
  readonly first: number;
  readonly last: number;
}

/** Gives up what is old enough and not held, once a day: records of the ledger by its policy, and whole days of the index. */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  readonly #clock: BelievedClock;
  #horizon = 0;
  #lastDay = 0;
  /** What the clock said when it was believed last. */
  #nowUs = 0;
  #working: Promise<void> = Promise.resolve();

  constructor(options: RetentionOptions) {
    this.#options = options;
    const known = keptIn(join(options.folder, FILE), options.log);
    this.#horizon = known?.horizon ?? 0;
    this.#clock = new BelievedClock({ ...options.clock, knownMs: known?.knownMs ?? options.latestMs });
  }

  /** Days before it (as 20260921) are not in the index any more, but for those that are held; 0: none were given up. */
  get horizon(): number {
    return this.#horizon;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { isBusy, log, engine } = this.#options;
    for (let pause = FIRST_MS; !signal.aborted; ) {
      await sleep(pause, null, { signal, ref: false }).catch(() => {});
      pause = LOOK_MS;
      const told = this.#clock.look();
      if ('doubt' in told) {
        log.say('warn', 'retention', told.doubt);
        pause = AGAIN_MS;
        continue;
      }
      this.#nowUs = told.nowMs * 1000;
      const today = dayOf(this.#nowUs);
      if (signal.aborted || today === this.#lastDay || isBusy() || engine().state !== 'running') continue;
      try {
        await this.alone(() => this.once());
        this.#lastDay = today;
        this.#keep();
      } catch (error) {
        pause = AGAIN_MS;
        log.say('error', 'retention', error instanceof Error ? error.message : String(error));
      }
    }
  }

  /** Gives up what may go now. */
  async once(): Promise<void> {
    const minimum = await this.#tendLedger();
    await this.#tendIndex(minimum);
  }

  /** Does something while nothing is given up, and nothing else of this kind is done. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#working.then(work);
    this.#working = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  /** Resolves when it is not at work. */
  idle(): Promise<void> {
    return this.#working;
  }

  /** Resolves with the first record that is kept. */
  async #tendLedger(): Promise<number> {
    const { keepFolder, ledger, keep, log } = this.#options;
    const nowUs = this.#nowUs;
    const folder = await keepFolder();
    const reader = await LedgerReader.open(folder.disk);
    let oldestUs: number | null;
    let minimum: number;
    try {
      [oldestUs, minimum] = [await firstKeptUs(reader), await reader.minimum()];
    } finally {
      await reader.close();
    }
    const isYoung = oldestUs === null || nowUs - oldestUs < DAY_US; // all records are looked at below
    if (isYoung && keep.ledger === null) return minimum;
    let { policy } = await this.#said(folder);
    if (keep.ledger !== null && differs(policy, keep.ledger)) {
      const { minimum: retention, maximum } = keep.ledger;
      await changeRetention(folder, ledger(), { retention, maximum });
      log.say(
        'info',
        'retention',
        `the ledger now states that records are kept ${retention} to ${maximum ?? 'any time'}`,
      );
      policy = (await this.#said(folder)).policy;
    }
    if (policy.retention === null || oldestUs === null || nowUs - oldestUs < durationUs(policy.retention))
      return minimum;
    const { plan, gone, waits } = await prune({ ...folder, ledger: ledger(), who: 'spoor serve', nowUs });
    if (gone > 0)
      log.say(
        'info',
        'retention',
        `${counted(gone, 'record of the ledger was', 'records of the ledger were')} given up: ${policy.retention}`,
      );
    if (waits !== null) log.say('info', 'retention', `the ledger waits: ${waits}`);
    if (plan.overdue > 0)
      log.say(
        'warn',
        'retention',
        `at least ${counted(plan.overdue, 'record is', 'records are')} older than the policy's maximum ${policy.maximum}: see spoor ledger prune --dry-run`,
      );
    return plan.current + gone;
  }

  #said(folder: KeepFolder): Promise<{ policy: KeepPolicy; holds: readonly Hold[] }> {
    return readKeeping(folder, async (_, { policy, holds }) => ({ policy, holds: holds.standing }));
  }

  /** Drops whole days: those that are old enough, and those whose records are all gone. */
  async #tendIndex(minimum: number): Promise<void> {
    const { engine, keep, origin, keepFolder, log } = this.#options;
    const { client, form } = engine();
    const store = { client, form };
    const days = await ask(store, ingestDays, { origin });
    const endUs = keep.index === null ? 0 : this.#nowUs - durationUs(keep.index);
    const gone = days.filter(({ last }) => last < minimum);
    const old = days.filter(({ day, last }) => last >= minimum && dayStartUs(day) + DAY_US <= endUs);
    if (gone.length + old.length === 0) return;
    const held =
      old.length === 0 ? new Set<number>() : await this.#held(old, (await this.#said(await keepFolder())).holds);
    const going = [...gone, ...old.filter(({ day }) => !held.has(day))].map(({ day }) => day).sort((a, b) => a - b);
    const newest = [...gone, ...old].reduce((latest, { day }) => Math.max(latest, day), 0);
    this.#seeUpTo(dayOf(dayStartUs(newest) + DAY_US));
    for (const day of going) await dropDay(client, form, { day, origin });
    if (going.length > 0)
      log.say(
        'info',
        'retention',
        `the index gave up ${counted(going.length, 'day')}, up to ${going.at(-1)}; held: ${held.size}`,
      );
  }

  /** Days with events of records that somebody holds. */
  async #held(days: readonly IndexedDay[], holds: readonly Hold[]): Promise<ReadonlySet<number>> {
    const held = new Set<number>();
    for (const hold of holds) {
      if (dutyOf(hold) !== null) continue; // of the ledger's own retention
      const { first, last: end } = hold;
      const inRange = days.filter(({ last }) => last >= (first ?? 0)).filter((day) => end === null || day.first <= end);
      const ofStream = hold.stream === null ? null : await this.#daysOf(hold.stream);
      for (const { day } of inRange) if (ofStream === null || ofStream.has(day)) held.add(day);
    }
    return held;
  }

  async #daysOf(stream: string): Promise<ReadonlySet<number>> {
    const { engine, origin } = this.#options;
    const { client, form } = engine();
    return new Set((await ask({ client, form }, daysOfStream, { origin, stream })).map(({ day }) => day));
  }

  /** Said before anything goes: a search must never miss something silently. */
  #seeUpTo(horizon: number): void {
    if (horizon <= this.#horizon) return;
    this.#horizon = horizon;
    this.#keep();
  }

  #keep(): void {
    const kept = { horizon: this.#horizon, knownMs: Math.floor(this.#nowUs / 1000) };
    replaceFileSync(join(this.#options.folder, FILE), `${JSON.stringify(kept)}\n`);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }
}

function keptIn(path: string, log: OwnLog): z.output<typeof schema> | null {
  if (!existsSync(path)) return null;
  const known = schema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (known.success) return known.data;
  log.say('warn', 'retention', `${path} is not Spoor's: from when on the index is whole is not known`);
  return null;
}

function differs({ retention, maximum }: KeepPolicy, wish: NonNullable<Keep['ledger']>): boolean {
  return retention !== wish.minimum || maximum !== wish.maximum;
}
