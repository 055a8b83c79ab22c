import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../core/errors.ts';
import type { RawRecord } from '../core/stages.ts';
import type { CosignStanding } from '../ledger/cosign.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { HeldClock, IndexRange } from '../ledger/log.ts';
import type { Damage } from '../ledger/readable.ts';
import type { LedgerReader } from '../ledger/reader.ts';
import type { PlacedRecord } from './chunk-decoder.ts';
import { EntryFeed } from './entry-feed.ts';
import { joined, LeftRecords } from './left-records.ts';

const SEAL_MS = 1000;
const AGAIN_MS = [200, 1000, 3000, 10_000];

/** A ledger that is open for writing. */
export interface OpenLedger {
  readonly ledger: Ledger;
  /** How its cosigning stands; null where its policy names no witness. */
  cosigning(): CosignStanding | null;
  /** Asks its witnesses now; resolves when they answered, or did not. */
  cosign(): Promise<unknown>;
  close(): Promise<void>;
}

export interface KeeperOptions {
  /** Opens the ledger; asked again after an error of the disk. */
  readonly open: () => Promise<OpenLedger>;
  /** Opens it for reading. */
  readonly openReader: () => Promise<LedgerReader>;
  /** Told of what does not work, once for each time that it is tried. */
  readonly onTrouble: (what: 'append' | 'open' | 'seal' | 'tampered', error: unknown) => void;
  /** Told how many records are durable, after each opening and sealing: some are the ledger's own. */
  readonly onDurable: (size: number) => void;
}

/**
 * Keeps a ledger open for writing, seals it every second and packs it. After an error of the disk it is opened anew, as after a crash, and
 * whoever waits with records waits on. One that was tampered with is not written to: where it is found so at the start it is closed, and
 * whoever comes with records waits, so that senders keep what they have.
 */
export class LedgerKeeper {
  readonly #options: KeeperOptions;
  /** Null: it is closed, because it was tampered with. */
  #open: OpenLedger | null;
  #opening: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #sealing: Promise<void> = Promise.resolve();
  #stopped = false;
  #held = 0;
  /** Ends the waiting of those who came to a ledger that is closed. */
  readonly #given = new AbortController();
  /** Records before it were told of, or looked at after an error. */
  #known: number;
  /** Those that an error left on the disk, and that nobody was told of. */
  #left = new LeftRecords([]);
  /** How often it was opened again since a record was kept. */
  #reopened = 0;
  /** What did not work the last time that it was tried; null since something was kept, or sealed. */
  trouble: string | null = null;
  /** Why nothing is written any more; null while all is well. */
  tampered: string | null = null;

  private constructor(options: KeeperOptions, open: OpenLedger | null, size: number) {
    this.#options = options;
    this.#open = open;
    this.#known = size;
  }

  /**
   * Rejects when the ledger does not open: then a person has to look. Where that is because it was tampered with, it is kept closed, and can
   * be read as far as it can.
   */
  static async start(options: KeeperOptions): Promise<LedgerKeeper> {
    let open: OpenLedger;
    try {
      open = await options.open();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'E_TAMPERED') throw error;
      return LedgerKeeper.#closed(options, error);
    }
    const keeper = new LedgerKeeper(options, open, open.ledger.size);
    options.onDurable(open.ledger.size);
    keeper.#schedule();
    return keeper;
  }

  static async #closed(options: KeeperOptions, error: AppError): Promise<LedgerKeeper> {
    const reader = await options.openReader().catch(() => null); // then nothing of it can be read
    const keeper = new LedgerKeeper(options, null, reader?.size ?? 0);
    await reader?.close();
    keeper.tampered = error.message;
    keeper.#say('tampered', error);
    options.onDurable(keeper.#known);
    return keeper;
  }

  /** Is nothing kept, until a person mends it and the server is started again? */
  get isClosed(): boolean {
    return this.#open === null;
  }

  /** Throws E_UNAVAILABLE while it is closed. */
  get ledger(): Ledger {
    if (this.#open === null)
      throw new AppError(
        'E_UNAVAILABLE',
        `nothing is written to the ledger, which was tampered with: ${this.tampered}`,
      );
    return this.#open.ledger;
  }

  /** Records that are durable; of a closed ledger those that can be read. */
  get size(): number {
    return this.#open?.ledger.size ?? this.#known;
  }

  /** Records under the last signed checkpoint; 0 of a closed ledger. */
  get sealed(): number {
    return this.#open?.ledger.sealed ?? 0;
  }

  /** Receive times that stand still, because the clock was ahead; null while they go on. */
  get heldClock(): HeldClock | null {
    return this.#open?.ledger.held ?? null;
  }

  /** How its cosigning stands; null where no witness is set, or it is closed. */
  get cosigning(): CosignStanding | null {
    return this.#open?.cosigning() ?? null;
  }

  /** Asks its witnesses now. */
  async cosign(): Promise<void> {
    await this.#open?.cosign();
  }

  /** Keeps a record of the ledger's own. Rejects with E_UNAVAILABLE while it is closed. */
  async note(...said: Parameters<Ledger['note']>): Promise<number> {
    return this.ledger.note(...said);
  }

  /** Resolves when the records are durable, erasable ones with what can be erased of them; tries as long as the server runs. Rejects with what can never be kept, and when it stops. */
  async append(records: readonly RawRecord[], erasable = false): Promise<IndexRange> {
    let kept: IndexRange | null = null;
    for (let rest = records; kept === null || rest.length > 0; ) {
      const range = await this.#tryAppend(rest, erasable);
      if (range !== null) return joined(kept, range);
      const found = this.#left.take(rest);
      if (found.range !== null) kept = joined(kept, found.range);
      rest = found.rest;
    }
    return kept;
  }

  /** Null after an error of the disk, once the ledger is open again. */
  async #tryAppend(records: readonly RawRecord[], erasable: boolean): Promise<IndexRange | null> {
    await this.#opening;
    const { signal } = this.#given;
    if (this.#open === null && !signal.aborted) await once(signal, 'abort');
    if (this.#stopped || this.#open === null) throw new AppError('E_UNAVAILABLE', 'the server stops');
    const { ledger } = this.#open;
    try {
      const range = await (erasable ? ledger.appendErasable(records) : ledger.append(records));
      this.#known = Math.max(this.#known, range.last + 1);
      this.#reopened = 0;
      this.trouble = null;
      return range;
    } catch (error) {
      if (isRefusal(error) || this.#stopped) throw error;
      if (ledger === this.#open?.ledger) this.#reopen('append', error);
      await this.#opening;
      return null;
    }
  }

  #reopen(what: 'append' | 'seal', error: unknown): void {
    this.#say(what, error);
    this.#opening ??= this.#openAgain().finally(() => {
      this.#opening = null;
    });
  }

  async #openAgain(): Promise<void> {
    await this.#open?.close().catch(() => {}); // what failed before fails again
    if (this.#reopened > 0) await this.#pause(this.#reopened - 1); // it opens, and cannot be written to: a disk that is full
    this.#reopened += 1;
    for (let tried = 0; !this.#stopped; tried += 1) {
      try {
        const open = await this.#options.open();
        this.#open = open;
        await this.#lookAtRest(open);
        return;
      } catch (error) {
        const tampered = error instanceof AppError && error.code === 'E_TAMPERED';
        if (tampered) this.tampered = error.message;
        this.#say(tampered ? 'tampered' : 'open', error);
        await this.#pause(tried);
      }
    }
  }

  #say(what: Parameters<KeeperOptions['onTrouble']>[0], error: unknown): void {
    this.trouble = `${what}: ${error instanceof Error ? error.message : String(error)}`;
    this.#options.onTrouble(what, error);
  }

  #pause(tried: number): Promise<void> {
    return sleep(AGAIN_MS[Math.min(tried, AGAIN_MS.length - 1)]);
  }

  // Some of what was on its way when the disk failed may stand there.
  async #lookAtRest({ ledger, close }: OpenLedger): Promise<void> {
    const { size } = ledger;
    try {
      this.#left = new LeftRecords(await this.#recordsFrom(this.#known, size));
    } catch (error) {
      await close();
      throw error;
    }
    this.#known = size;
    this.#options.onDurable(size);
  }

  async #recordsFrom(from: number, to: number): Promise<PlacedRecord[]> {
    if (from >= to) return [];
    const reader = await this.#options.openReader();
    const refuse = ({ why }: Damage) => {
      throw new AppError('E_TAMPERED', why); // it would be kept a second time
    };
    return new EntryFeed(reader, refuse).read(from, to).finally(() => reader.close());
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#sealing = this.#seal().finally(() => {
        if (!this.#stopped) this.#schedule();
      });
    }, SEAL_MS);
  }

  async #seal(): Promise<void> {
    await this.#opening;
    const { ledger } = this;
    try {
      await ledger.seal();
      if (this.#held === 0) await ledger.pack();
      this.trouble = null;
      this.#options.onDurable(ledger.size);
    } catch (error) {
      if (this.#stopped || ledger !== this.#open?.ledger) return;
      if (error instanceof AppError && error.code === 'E_TAMPERED') {
        this.tampered = error.message;
        this.#say('tampered', error);
      } else if (error instanceof AppError && error.code === 'E_UNAVAILABLE') this.#say('seal', error);
      else this.#reopen('seal', error);
    }
  }

  /** Files that are there stay, until what is given is called: nothing is packed from its next turn on. Records are kept and sealed as ever. */
  hold(): () => void {
    this.#held += 1;
    let isHeld = true;
    return () => {
      if (isHeld) this.#held -= 1;
      isHeld = false;
    };
  }

  get isHeld(): boolean {
    return this.#held > 0;
  }

  /** While nothing can be written (the disk is full), those who wait are refused from now on: they were told nothing, and keep what they have. */
  giveUp(): void {
    if (this.trouble === null) return;
    this.#stopped = true;
    this.#given.abort();
  }

  /** Seals what there is and lets go of it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#given.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#sealing;
    await this.#opening;
    await this.#open?.close().catch((error: unknown) => {
      if (this.trouble === null) throw error; // else it was told, and what is not sealed is at the next start
    });
  }
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof AppError &&
    (error.code === 'E_TOO_LARGE' || error.code === 'E_MALFORMED' || error.code === 'E_USAGE')
  );
}
