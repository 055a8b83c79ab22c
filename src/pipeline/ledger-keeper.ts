import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../core/errors.ts';
import type { RawRecord } from '../core/stages.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { IndexRange } from '../ledger/log.ts';

const SEAL_MS = 1000;
const AGAIN_MS = [200, 1000, 3000, 10_000];

/** A ledger that is open for writing. */
export interface OpenLedger {
  readonly ledger: Ledger;
  close(): Promise<void>;
}

export interface KeeperOptions {
  /** Opens the ledger; asked again after an error of the disk. */
  readonly open: () => Promise<OpenLedger>;
  /** Told of what does not work, once for each time that it is tried. */
  readonly onTrouble: (what: 'append' | 'open' | 'seal' | 'tampered', error: unknown) => void;
  /** Told how many records are durable, after each opening and sealing: some are the ledger's own. */
  readonly onDurable: (size: number) => void;
}

/**
 * Keeps a ledger open for writing, seals it every second and packs it. After an error of the disk it is opened anew, as after a crash, and
 * whoever waits with records waits on. A ledger that was tampered with is never opened again by itself.
 */
export class LedgerKeeper {
  readonly #options: KeeperOptions;
  #open: OpenLedger;
  #opening: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #sealing: Promise<void> = Promise.resolve();
  #stopped = false;
  /** Why nothing is written any more; null while all is well. */
  tampered: string | null = null;

  private constructor(options: KeeperOptions, open: OpenLedger) {
    this.#options = options;
    this.#open = open;
  }

  /** Rejects when the ledger does not open at all: then a person has to look. */
  static async start(options: KeeperOptions): Promise<LedgerKeeper> {
    const keeper = new LedgerKeeper(options, await options.open());
    options.onDurable(keeper.#open.ledger.size);
    keeper.#schedule();
    return keeper;
  }

  get ledger(): Ledger {
    return this.#open.ledger;
  }

  /** Resolves when the records are durable; tries as long as the server runs. Rejects with what can never be kept, and when it stops. */
  async append(records: readonly RawRecord[]): Promise<IndexRange> {
    for (;;) {
      await this.#opening;
      if (this.#stopped) throw new AppError('E_UNAVAILABLE', 'the server stops');
      const { ledger } = this.#open;
      try {
        return await ledger.append(records);
      } catch (error) {
        if (isRefusal(error) || this.#stopped) throw error;
        if (ledger === this.#open.ledger) this.#reopen('append', error);
        await this.#opening;
      }
    }
  }

  #reopen(what: 'append' | 'seal', error: unknown): void {
    this.#options.onTrouble(what, error);
    this.#opening ??= this.#openAgain().finally(() => {
      this.#opening = null;
    });
  }

  async #openAgain(): Promise<void> {
    await this.#open.close().catch(() => {}); // what failed before fails again
    for (let tried = 0; !this.#stopped; tried += 1) {
      try {
        this.#open = await this.#options.open();
        this.#options.onDurable(this.#open.ledger.size);
        return;
      } catch (error) {
        const tampered = error instanceof AppError && error.code === 'E_TAMPERED';
        if (tampered) this.tampered = error.message;
        this.#options.onTrouble(tampered ? 'tampered' : 'open', error);
        await sleep(AGAIN_MS[Math.min(tried, AGAIN_MS.length - 1)]);
      }
    }
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
    const { ledger } = this.#open;
    try {
      await ledger.seal();
      await ledger.pack();
      this.#options.onDurable(ledger.size);
    } catch (error) {
      if (this.#stopped || ledger !== this.#open.ledger) return;
      if (error instanceof AppError && error.code === 'E_TAMPERED') {
        this.tampered = error.message;
        this.#options.onTrouble('tampered', error);
      } else if (error instanceof AppError && error.code === 'E_UNAVAILABLE') this.#options.onTrouble('seal', error);
      else this.#reopen('seal', error);
    }
  }

  /** Seals what there is and lets go of it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#sealing;
    await this.#opening;
    await this.#open.close();
  }
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof AppError &&
    (error.code === 'E_TOO_LARGE' || error.code === 'E_MALFORMED' || error.code === 'E_USAGE')
  );
}
