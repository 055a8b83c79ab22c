import { AppError } from '../core/errors.ts';

const PER_MINUTE = 60;
const MINUTE_MS = 60_000;
/** For whoever asked what had to be ended by force. */
const REST_MS = 600_000;
const MOST_PEOPLE = 1000;

/** How often each person may ask. Times are milliseconds of a clock that nobody sets (`performance.now`). */
export class SqlAllowance {
  readonly #asked = new Map<string, number[]>();
  readonly #resting = new Map<string, number>();

  /** Counts a query. Throws E_BUSY, with how long to wait, for who asked too much of late. */
  count(who: string, nowMs: number): void {
    const rest = (this.#resting.get(who) ?? 0) - nowMs;
    if (rest > 0) throw busy('your last query had to be ended by force', rest);
    this.#resting.delete(who);
    const times = (this.#asked.get(who) ?? []).filter((at) => at > nowMs - MINUTE_MS);
    if (times.length >= PER_MINUTE)
      throw busy(`${PER_MINUTE} queries in a minute`, (times[0] ?? nowMs) + MINUTE_MS - nowMs);
    this.#asked.delete(who); // to the end: who asked longest ago is the first
    this.#asked.set(who, [...times, nowMs]);
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > MOST_PEOPLE && oldest !== undefined) this.#asked.delete(oldest);
  }

  /** A query of this person had to be ended by force. */
  rest(who: string, nowMs: number): void {
    this.#resting.set(who, nowMs + REST_MS);
  }
}

const busy = (why: string, ms: number) => new AppError('E_BUSY', `${why}: wait ${Math.ceil(ms / 1000)} s`);
