import type { Deed } from '../api/watched.ts';
import type { KeepAct } from './enrolment.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Deeds of one caller that are records of their own, in a minute. */
const ONE_BY_ONE = 20;
/** What is told together is told when it is so much, whatever the time: no word of a query is left out. */
const MOST_TOGETHER = 100;
const MOST_BYTES = 32_000;
const MOST_WINDOWS = 1000;
const MOST_ONCE = 10_000;

interface Window {
  readonly who: string;
  readonly beganMs: number;
  told: number;
  bytes: number;
  together: Map<string, { readonly deed: Deed; count: number }>;
}

export interface ActsOptions {
  /** Rejects when the ledger does not take it. */
  readonly act: KeepAct;
  /** Throws when the ledger takes nothing now. */
  readonly mustBeOpen: () => void;
  /** Of a clock that nobody sets: a minute and an hour are that long. */
  readonly nowMs: () => number;
  /** What was counted could not be kept: it is tried again. */
  readonly onError: (error: unknown) => void;
}

/**
 * What people do, for the ledger: each deed a record of its own, up to twenty a minute and caller; what is more is told together at the
 * minute's end, with each text once, and that it will be is on record before the first of it.
 */
export class Acts {
  readonly #options: ActsOptions;
  readonly #windows = new Map<string, Window>();
  readonly #once = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: ActsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.flush().catch(options.onError), MINUTE_MS).unref();
  }

  /** Resolves when it is durable, or counted; rejects when neither can be. */
  async did(who: string, deed: Deed): Promise<void> {
    const window = await this.#windowOf(who);
    if (window.told < ONE_BY_ONE) {
      window.told += 1;
      return this.#options.act(who, deed.what, deed.about ?? '', { ...deed.detail });
    }
    this.#options.mustBeOpen();
    if (window.told === ONE_BY_ONE) {
      window.told += 1;
      await this.#options.act(who, 'many', '', {
        words: `more than ${ONE_BY_ONE} in a minute: what follows is told together`,
      });
    }
    const key = JSON.stringify(deed);
    const known = window.together.get(key);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    if (window.together.size >= MOST_TOGETHER || window.bytes + key.length > MOST_BYTES) await this.#tell(window);
    window.together.set(key, { deed, count: 1 });
    window.bytes += key.length;
  }

  /** The same, once an hour for the same deed of the same caller. */
  async didOnce(who: string, deed: Deed): Promise<void> {
    const key = JSON.stringify([who, deed]);
    const now = this.#options.nowMs();
    if (now - (this.#once.get(key) ?? Number.NEGATIVE_INFINITY) < HOUR_MS) return;
    await this.did(who, deed);
    if (this.#once.size >= MOST_ONCE) this.#once.clear(); // then it is told once more
    this.#once.set(key, now);
  }

  async #windowOf(who: string): Promise<Window> {
    const now = this.#options.nowMs();
    const known = this.#windows.get(who);
    if (known !== undefined && now - known.beganMs < MINUTE_MS) return known;
    const fresh: Window = { who, beganMs: now, told: 0, bytes: 0, together: new Map() };
    this.#windows.set(who, fresh);
    if (known !== undefined) await this.#tellOr(known);
    if (this.#windows.size > MOST_WINDOWS) await this.flush();
    return fresh;
  }

  /** Tells what waits, and forgets whose minute is over. */
  async flush(): Promise<void> {
    const now = this.#options.nowMs();
    for (const [who, window] of this.#windows) {
      await this.#tell(window);
      if (now - window.beganMs >= MINUTE_MS && this.#windows.get(who) === window) this.#windows.delete(who);
    }
  }

  /** What cannot be told now waits in the window that took its place. */
  async #tellOr(window: Window): Promise<void> {
    try {
      await this.#tell(window);
    } catch (error) {
      const next = this.#windows.get(window.who);
      if (next !== undefined) for (const [key, one] of window.together) next.together.set(key, one);
      throw error;
    }
  }

  async #tell(window: Window): Promise<void> {
    const { who, together, beganMs, bytes } = window;
    if (together.size === 0) return;
    window.together = new Map();
    window.bytes = 0;
    const acts = [...together.values()].map(({ deed, count }) => ({ ...deed, count }));
    const count = acts.reduce((sum, one) => sum + one.count, 0);
    try {
      await this.#options.act(who, 'many', '', { since: new Date(beganMs).toISOString(), count, acts });
    } catch (error) {
      for (const [key, one] of window.together)
        together.set(key, { ...one, count: one.count + (together.get(key)?.count ?? 0) });
      window.together = together;
      window.bytes += bytes;
      throw error;
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}
