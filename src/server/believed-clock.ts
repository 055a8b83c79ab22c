const DAY_MS = 86_400_000;
/** So far ahead of what is known it is believed at once: a machine that slept, or was off for a day. */
const LEAP_MS = 2 * DAY_MS;
/** What is further ahead is believed when it has stayed so: somebody can see it by then, and set it right. */
const STEADY_MS = 3 * DAY_MS;

/** A time of the clock that can be set, and of the one that cannot; milliseconds. */
interface Point {
  readonly wallMs: number;
  readonly steadyMs: number;
}

export interface ClockOptions {
  /** The clock of the machine, milliseconds since 1970. */
  readonly wallMs: () => number;
  /** One that nobody sets, milliseconds since any time. */
  readonly steadyMs: () => number;
  /** A time of before the start that the clock said when it was believed; null when none is known. */
  readonly knownMs: number | null;
}

/** What the clock says: a time, or why it is not believed. */
export type Told = { readonly nowMs: number } | { readonly doubt: string };

/**
 * The machine's clock, for what cannot be undone: whoever sets it a year ahead for a second, by a false time server say, must not have all
 * records given up. A clock that goes back only has things kept longer, and is believed.
 */
export class BelievedClock {
  readonly #options: ClockOptions;
  #known: Point;
  /** Where a leap ahead ended; null while there was none. */
  #leapt: Point | null = null;

  constructor(options: ClockOptions) {
    this.#options = options;
    const now = this.#point();
    this.#known = { ...now, wallMs: options.knownMs ?? now.wallMs };
  }

  /** Looks at it: a leap is told by what came before it. */
  look(): Told {
    const now = this.#point();
    const aheadMs = ahead(this.#known, now);
    if (aheadMs <= LEAP_MS) return this.#believe(now);
    if (this.#leapt === null || ahead(this.#leapt, now) > LEAP_MS) this.#leapt = now;
    if (now.steadyMs - this.#leapt.steadyMs >= STEADY_MS) return this.#believe(now, true);
    return {
      doubt: `the clock leapt ahead by ${Math.round(aheadMs / DAY_MS)} days, to ${dayText(this.#leapt)}: nothing is given up before it stayed so for ${STEADY_MS / DAY_MS} days of this run; if it is wrong, set it right`,
    };
  }

  // What is known goes on once a day alone: else many small leaps would make a large one.
  #believe(now: Point, isSteady = false): Told {
    this.#leapt = null;
    if (isSteady || now.steadyMs - this.#known.steadyMs >= DAY_MS) this.#known = now;
    return { nowMs: now.wallMs };
  }

  #point(): Point {
    return { wallMs: this.#options.wallMs(), steadyMs: this.#options.steadyMs() };
  }
}

/** How much more the clock went on than time did. */
const ahead = (from: Point, to: Point) => to.wallMs - from.wallMs - (to.steadyMs - from.steadyMs);

const dayText = ({ wallMs }: Point) => new Date(wallMs).toISOString().slice(0, 10);
