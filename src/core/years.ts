const DAY_MS = 86_400_000;
/** A stamp this much behind its forerunner is disorder (queues, relays, a stepped clock), not the next year. */
const DISORDER_DAYS = 31;

/** Gives the year of a stamp that has none. `month` 0-11, `day` 1-31. */
export type YearOf = (month: number, day: number) => number;

/** Place of a day in a leap year, so that 29 February has one: 0 to 365. */
function dayOfYear(month: number, day: number): number {
  return (Date.UTC(2024, month, day) - Date.UTC(2024, 0, 1)) / DAY_MS;
}

/**
 * Counts how often the year turns in a series of stamps without one (RFC 3164 §4.1.2). A log runs forward: a step back by
 * more than 31 days is the next year; a step from early January back into late December is disorder across the turn.
 */
export class YearTurns {
  #last = -1;
  #turns = 0;

  /** Years since the first stamp (0, 1, …; -1 for a late December line at the very start of a January log). */
  next(month: number, day: number): number {
    const at = dayOfYear(month, day);
    if (this.#last === -1 || at === this.#last) {
      this.#last = at;
      return this.#turns;
    }
    const back = (this.#last - at + 366) % 366;
    if (back <= DISORDER_DAYS) return at > this.#last ? this.#turns - 1 : this.#turns;
    if (at < this.#last) this.#turns += 1;
    this.#last = at;
    return this.#turns;
  }

  get turns(): number {
    return this.#turns;
  }
}

/** What `firstYear` needs to know of a log: its last stamp, how often the year turned, and a turn that held 29 February. */
export interface YearCensus {
  readonly last: { readonly month: number; readonly day: number };
  readonly turns: number;
  /** The turn (0 = the first year) in which a 29 February stands; null when none does. */
  readonly leapTurn: number | null;
}

/**
 * The year of a log's first stamp, such that its last stamp does not lie after `endMs` (the file's mtime, or now) by more
 * than a day, and a 29 February falls in a leap year. `civilOf` turns an instant into civil time of the log's zone.
 */
export function firstYear(census: YearCensus, endMs: number, civilOf: (instantMs: number) => number): number {
  const end = new Date(civilOf(endMs + DAY_MS));
  const { month, day } = census.last;
  const passed = dayOfYear(month, day) > dayOfYear(end.getUTCMonth(), end.getUTCDate());
  let year = end.getUTCFullYear() - (passed ? 1 : 0) - census.turns;
  if (census.leapTurn !== null) while (!isLeap(year + census.leapTurn)) year -= 1;
  return year;
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** A `YearOf` whose year is `year` at the stamp `after` (or at the first stamp it is asked for), and turns from there. */
export function runningYear(year: number, after?: { readonly month: number; readonly day: number }): YearOf {
  const turns = new YearTurns();
  if (after) turns.next(after.month, after.day);
  return (month, day) => year + turns.next(month, day);
}
