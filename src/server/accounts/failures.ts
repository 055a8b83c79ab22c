import type { From } from '../../api/access.ts';
import type { KeepAct } from '../enrolment.ts';

/** Failures that are told one by one, in a time of so long; what is more is counted, and told together at its end. */
const ONE_BY_ONE = 20;
const TIME_MS = 10 * 60_000;
const MOST_ADDRESSES = 50;

/** Sign-ins that failed, for the ledger: a guesser can write only so much into it, and none of his tries goes uncounted. */
export class Failures {
  readonly #act: KeepAct;
  readonly #nowMs: () => number;
  #beganMs = 0;
  #told = 0;
  #folded = 0;
  #elsewhere = 0;
  readonly #addresses = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  /** `onError`: a sum could not be kept; it is tried again. */
  constructor(act: KeepAct, nowMs: () => number, onError: (error: unknown) => void) {
    this.#act = act;
    this.#nowMs = nowMs;
    this.#timer = setInterval(() => void this.flush().catch(onError), TIME_MS).unref();
  }

  /** `name` is empty where nobody is known by it: people type their passwords into the wrong field. Resolves when it is told or counted. */
  async tell(how: string, name: string, { address, agent }: From): Promise<void> {
    if (this.#nowMs() - this.#beganMs >= TIME_MS) await this.flush();
    if (this.#told < ONE_BY_ONE) {
      this.#told += 1;
      await this.#act(name === '' ? 'nobody' : name, 'sign-in.failed', name, {
        how,
        address,
        agent: agent.slice(0, 300),
      });
      return;
    }
    this.#folded += 1;
    if (this.#addresses.has(address) || this.#addresses.size < MOST_ADDRESSES)
      this.#addresses.set(address, (this.#addresses.get(address) ?? 0) + 1);
    else this.#elsewhere += 1;
  }

  /** Tells what was counted, and begins anew. */
  async flush(): Promise<void> {
    const { folded, addresses, elsewhere, sinceMs } = {
      folded: this.#folded,
      addresses: Object.fromEntries(this.#addresses),
      elsewhere: this.#elsewhere,
      sinceMs: this.#beganMs,
    };
    this.#beganMs = this.#nowMs();
    this.#told = 0;
    if (folded === 0) return;
    this.#folded = 0;
    this.#elsewhere = 0;
    this.#addresses.clear();
    try {
      await this.#act('nobody', 'sign-in.failed', '', {
        since: new Date(sinceMs).toISOString(),
        count: folded,
        addresses,
        elsewhere,
      });
    } catch (error) {
      this.#folded += folded;
      this.#elsewhere += folded; // which addresses it were is gone, that they were is not
      throw error;
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}
