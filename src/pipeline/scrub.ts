import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { replaceFileSync } from '../core/durable-file.ts';
import type { Policy } from '../core/tlog/policy.ts';
import { PACK_RECORDS } from '../ledger/pack.ts';
import { AuthenticTree } from '../ledger/prove.ts';
import { type Damage, isDamage } from '../ledger/readable.ts';
import type { LedgerReader } from '../ledger/reader.ts';
import { TILE_WIDTH } from '../ledger/tile.ts';
import { judgedCheckpoint } from '../ledger/verdict.ts';
import type { DamageBook } from './damage-book.ts';
import { EntryFeed } from './entry-feed.ts';

const FILE = 'scrub.json';
/** A bundle is read at least so often, so that a small ledger is looked through soon. */
const MOST_PAUSE_MS = 1000;
const LOOK_MS = 5000;
/** Of the time there is, so much is planned for reading: the rest is for when the server is off, or busy. */
const PLANNED = 0.8;

const passSchema = z.strictObject({
  beganMs: z.number().nonnegative(),
  finishedMs: z.number().nonnegative(),
  records: z.int().nonnegative(),
});
const stateSchema = z.strictObject({
  /** The next record to read, and when this pass began; null between two. */
  at: z.int().nonnegative(),
  beganMs: z.number().nonnegative().nullable(),
  last: passSchema.nullable(),
});
type State = z.output<typeof stateSchema>;

export interface ScrubOptions {
  readonly folder: string;
  /** Within so long, milliseconds, each record is read again. */
  readonly periodMs: number;
  /** Most that it takes of a core's time, and of the disk's: 0.05. */
  readonly share: number;
  readonly openReader: () => Promise<LedgerReader>;
  /** What its checkpoint is judged by. */
  readonly policy: () => Policy;
  readonly book: DamageBook;
  /** Then it waits: others need the disk. */
  readonly isBusy: () => boolean;
  readonly nowMs: () => number;
  readonly onTrouble: (error: unknown) => void;
}

/** How far a pass is, and when the last one was. */
export interface ScrubProgress {
  readonly at: number;
  readonly of: number;
  readonly beganMs: number | null;
  readonly last: State['last'];
}

/**
 * Reads the whole ledger again, slowly, over and over: each packed record is hashed, and its tile is checked up to the signed root; those of
 * log files are part of the checkpoint's own edge. What is not as it was sealed goes into the book; what is again, leaves it.
 */
export class Scrub {
  readonly #options: ScrubOptions;
  readonly #stopping = new AbortController();
  #state: State = { at: 0, beganMs: null, last: null };
  #size = 0;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: ScrubOptions) {
    this.#options = options;
    const path = join(options.folder, FILE);
    if (!existsSync(path)) return;
    try {
      const known = stateSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
      if (known.success) this.#state = known.data;
    } catch {} // torn by a disk that failed: a pass begins anew
  }

  get progress(): ScrubProgress {
    const { at, beganMs, last } = this.#state;
    return { at, of: this.#size, beganMs, last };
  }

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { periodMs, nowMs, onTrouble, isBusy } = this.#options;
    while (!signal.aborted) {
      const since = this.#state.last?.beganMs ?? 0;
      const isDue = this.#state.beganMs !== null || nowMs() - since >= periodMs || nowMs() < since;
      try {
        if (isDue && !isBusy()) await this.pass();
      } catch (error) {
        onTrouble(error);
      }
      await sleep(LOOK_MS, null, { signal, ref: false }).catch(() => {});
    }
    this.#keep(); // where it was
  }

  /** Goes on with a pass, or begins one. Resolves when it is done, or was told to stop. */
  async pass(): Promise<void> {
    const { openReader, nowMs } = this.#options;
    const { signal } = this.#stopping;
    if (this.#state.beganMs === null) this.#state = { ...this.#state, at: 0, beganMs: nowMs() };
    const reader = await openReader();
    try {
      const tree = await this.#edge(reader);
      const end = reader.packs.end * PACK_RECORDS;
      const feed = new EntryFeed(reader, (found) => this.#found.push(found));
      this.#state.at = Math.max(this.#state.at, await reader.minimum());
      while (this.#state.at < end) {
        await this.#packs(feed, tree, end);
        if (signal.aborted) return;
      }
    } finally {
      await reader.close();
    }
    const { beganMs } = this.#state;
    this.#state = { at: 0, beganMs: null, last: { beganMs: beganMs ?? 0, finishedMs: nowMs(), records: this.#size } };
    this.#keep();
  }

  #found: Damage[] = [];

  /** The tree under the checkpoint. To open it all records of log files are hashed; null when they do not give the root that was signed. */
  async #edge(reader: LedgerReader): Promise<AuthenticTree | null> {
    const { policy, book } = this.#options;
    const packed = reader.packs.end * PACK_RECORDS;
    this.#size = reader.size;
    try {
      const { judged } = await judgedCheckpoint(reader, policy());
      const { size, root } = judged.checkpoint;
      this.#size = Number(size);
      const there = await reader.refresh();
      if (there < this.#size) {
        const why = reader.torn ?? `${this.#size} records were signed, and ${there} are there`;
        book.found([{ from: there, to: this.#size, why }]);
        return null;
      }
      const tree = await AuthenticTree.open(reader, Number(size), root);
      book.read(packed, this.#size, []);
      return tree;
    } catch (error) {
      if (!isDamage(error)) throw error;
      if (packed < this.#size) book.found([{ from: packed, to: this.#size, why: error.message }]);
      return null;
    }
  }

  /** What is left of the pack that is next. */
  async #packs(feed: EntryFeed, tree: AuthenticTree | null, end: number): Promise<void> {
    const { book, isBusy, periodMs, share, nowMs } = this.#options;
    const { signal } = this.#stopping;
    const pack = Math.floor(this.#state.at / PACK_RECORDS);
    const to = (pack + 1) * PACK_RECORDS;
    const unproven = await wrongTile(tree, pack);
    while (this.#state.at < to && !signal.aborted) {
      const { at, beganMs } = this.#state;
      const next = (Math.floor(at / TILE_WIDTH) + 1) * TILE_WIDTH;
      const began = performance.now();
      this.#found = [];
      await feed.read(at, next);
      book.read(at, next, unproven === null ? this.#found : [{ from: at, to: next, why: unproven }]);
      this.#state.at = next;
      const left = (beganMs ?? 0) + periodMs * PLANNED - nowMs();
      const planned = Math.min(MOST_PAUSE_MS, Math.max(0, left / Math.max(1, (end - next) / TILE_WIDTH)));
      const pause = Math.max(planned, (performance.now() - began) * (1 / share - 1));
      do await sleep(pause, null, { signal, ref: false }).catch(() => {});
      while (isBusy() && !signal.aborted);
    }
    this.#keep();
  }

  #keep(): void {
    try {
      replaceFileSync(join(this.#options.folder, FILE), `${JSON.stringify(this.#state)}\n`);
    } catch {} // a full disk: after a start some is read once more
  }
}

/** Why a pack's tile is not the one under the signed root; null when it is, or the root cannot be asked. */
async function wrongTile(tree: AuthenticTree | null, pack: number): Promise<string | null> {
  try {
    await tree?.tile(1, pack);
    return null;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return error.message;
  }
}
