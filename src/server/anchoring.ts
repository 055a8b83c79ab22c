import { setTimeout as sleep } from 'node:timers/promises';
import { type Anchor, type Anchored, anchorAll, anchorRecord, nameOf, sizeOf } from '../anchors/index.ts';
import { AppError } from '../core/errors.ts';
import { lastCosigned } from '../ledger/cosigned.ts';
import type { Disk } from '../ledger/disk.ts';
import type { LedgerKeeper } from '../pipeline/ledger-keeper.ts';
import type { OwnLog } from './own-log.ts';

/** After a start; and after a place failed. */
const FIRST_MS = 15_000;
const AGAIN_MS = 300_000;
/** A place that hangs is not waited for at the end. */
const STOP_MS = 3000;

/** What is known of a place since the start. */
export interface AnchorStanding {
  /** `file:/mnt/worm` */
  readonly place: string;
  /** The last checkpoint that it kept: its size, and when by our clock, milliseconds. */
  readonly kept: { readonly size: number; readonly atMs: number } | null;
  /** Why it did not keep the one after that. */
  readonly failure: string | null;
}

/** What came of handing a checkpoint to places. */
export interface AnchorRound {
  readonly size: number;
  readonly places: readonly { readonly anchored: Anchored; readonly index: number | null }[];
}

export interface AnchoringOptions {
  /** Places that the configuration names. */
  readonly anchors: readonly Anchor[];
  readonly everyMs: number;
  readonly keeper: Pick<LedgerKeeper, 'ledger' | 'cosign' | 'note' | 'isClosed'>;
  /** The ledger's folder. */
  readonly disk: Disk;
  readonly log: Pick<OwnLog, 'say'>;
  readonly nowMs: () => number;
}

/** Has places outside keep the ledger's checkpoints, again and again, and notes in the log where they are kept. */
export class Anchoring {
  readonly #options: AnchoringOptions;
  readonly #stopping = new AbortController();
  readonly #standing = new Map<string, AnchorStanding>();
  #turn: Promise<unknown> = Promise.resolve();
  #loop: Promise<void> = Promise.resolve();

  constructor(options: AnchoringOptions) {
    this.#options = options;
    for (const anchor of options.anchors)
      this.#standing.set(nameOf(anchor), { place: nameOf(anchor), kept: null, failure: null });
  }

  /** Each place that the configuration names. */
  get standing(): readonly AnchorStanding[] {
    return [...this.#standing.values()];
  }

  start(): void {
    if (this.#options.anchors.length > 0) this.#loop = this.#run();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { anchors, everyMs, keeper, log } = this.#options;
    for (let pause = Math.min(FIRST_MS, everyMs); ; ) {
      await sleep(pause, null, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      pause = Math.min(AGAIN_MS, everyMs);
      if (keeper.isClosed) continue; // what was tampered with is vouched for nowhere
      try {
        const { places } = await this.now(anchors);
        if (places.every(({ anchored }) => anchored.kept !== null)) pause = everyMs;
      } catch (error) {
        log.say('warn', 'anchor', error instanceof Error ? error.message : String(error));
      }
    }
  }

  /** Has these places keep the newest checkpoint, cosigned where witnesses answer. Rejects when there is none, or the log takes no record. */
  now(anchors: readonly Anchor[]): Promise<AnchorRound> {
    const done = this.#turn.then(() => this.#hand(anchors));
    this.#turn = done.catch(() => {});
    return done;
  }

  async #hand(anchors: readonly Anchor[]): Promise<AnchorRound> {
    const checkpoint = await this.#newest();
    const size = sizeOf(checkpoint);
    const all = await anchorAll(anchors, checkpoint);
    const places: { anchored: Anchored; index: number | null }[] = [];
    for (const anchored of all) places.push({ anchored, index: await this.#note(checkpoint, size, anchored) });
    return { size, places };
  }

  /** Signed now, or later and cosigned: each place is given more than the last time, and is not led to think that we were set back. */
  async #newest(): Promise<string> {
    const { keeper, disk } = this.#options;
    await keeper.ledger.seal();
    const signed = keeper.ledger.checkpoint;
    if (signed === null) throw new AppError('E_NOT_FOUND', 'the ledger has no checkpoint yet');
    await keeper.cosign();
    const cosigned = await lastCosigned(disk);
    return cosigned !== null && sizeOf(cosigned) >= sizeOf(signed) ? cosigned : signed;
  }

  async #note(checkpoint: string, size: number, { anchor, kept, words }: Anchored): Promise<number | null> {
    const { keeper, log, nowMs } = this.#options;
    const place = nameOf(anchor);
    const before = this.#standing.get(place);
    if (kept === null) {
      if (before !== undefined) this.#standing.set(place, { ...before, failure: words });
      log.say('warn', 'anchor', words);
      return null;
    }
    if (before !== undefined) this.#standing.set(place, { place, kept: { size, atMs: nowMs() }, failure: null });
    return keeper.note(...anchorRecord(checkpoint, anchor, kept));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.race([Promise.all([this.#loop, this.#turn]), sleep(STOP_MS, null, { ref: false })]);
  }
}
