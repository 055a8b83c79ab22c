import { AppError } from './errors.ts';

const HOUR_MS = 3_600_000;
const MAX_KEPT = 100_000; // civil hours: more than eleven years
const FIXED = /^(?:UTC|GMT|Z)?(?:(?<sign>[+-])(?<hours>\d{1,2}):?(?<minutes>\d\d)?)?$/i;

/**
 * A time zone that turns civil time into instants. Offsets are cached by civil hour, for a log has many lines an hour.
 * Civil times that a clock change skips or repeats are read with the offset before the change, as the clock ran on.
 */
export class Zone {
  readonly name: string;
  readonly #fixedMs: number | null;
  readonly #format: Intl.DateTimeFormat | null;
  readonly #offsets = new Map<number, number>();
  readonly #offsetsAfter = new Map<number, number>();

  /** `name`: IANA name, `UTC`, or a fixed offset `+09:00`. Throws E_USAGE for anything else. */
  constructor(name: string) {
    this.name = name;
    const fixed = FIXED.exec(name)?.groups;
    if (fixed && name !== '') {
      const minutes = Number(fixed['hours'] ?? 0) * 60 + Number(fixed['minutes'] ?? 0);
      this.#fixedMs = (fixed['sign'] === '-' ? -minutes : minutes) * 60_000;
      this.#format = null;
      return;
    }
    this.#fixedMs = null;
    this.#format = formatFor(name);
  }

  /** The instant of a civil time given as if it were UTC (`Date.UTC(...)`), in ms since 1970. */
  toInstant(civilMs: number): number {
    if (this.#fixedMs !== null) return civilMs - this.#fixedMs;
    const hour = Math.floor(civilMs / HOUR_MS);
    return civilMs - (this.#offsets.get(hour) ?? keep(this.#offsets, hour, this.#offsetOfCivil(civilMs)));
  }

  /** As `toInstant`, but a civil time that a clock change repeats is read as its second pass. */
  toLaterInstant(civilMs: number): number {
    if (this.#fixedMs !== null) return civilMs - this.#fixedMs;
    const hour = Math.floor(civilMs / HOUR_MS);
    return civilMs - (this.#offsetsAfter.get(hour) ?? keep(this.#offsetsAfter, hour, this.#laterOffset(civilMs)));
  }

  /** The civil time of an instant, as if it were UTC. */
  toCivil(instantMs: number): number {
    return instantMs + (this.#fixedMs ?? this.#offsetAt(instantMs));
  }

  #offsetOfCivil(civilMs: number): number {
    const before = this.#offsetAt(civilMs - 24 * HOUR_MS);
    const after = this.#offsetAt(civilMs + 24 * HOUR_MS);
    if (before === after) return before;
    return this.#offsetAt(civilMs - before) === before
      ? before
      : this.#offsetAt(civilMs - after) === after
        ? after
        : before;
  }

  #laterOffset(civilMs: number): number {
    const after = this.#offsetAt(civilMs + 24 * HOUR_MS);
    return this.#offsetAt(civilMs - after) === after ? after : this.#offsetOfCivil(civilMs);
  }

  #offsetAt(instantMs: number): number {
    const parts = (this.#format as Intl.DateTimeFormat).formatToParts(instantMs);
    const part = (type: string) => Number(parts.find((found) => found.type === type)?.value);
    const civil = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    return civil - Math.floor(instantMs / 1000) * 1000;
  }
}

function keep(offsets: Map<number, number>, hour: number, offset: number): number {
  if (offsets.size > MAX_KEPT) offsets.clear();
  offsets.set(hour, offset);
  return offset;
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    const message = `unknown time zone "${timeZone.slice(0, 80)}": give an IANA name such as Europe/Berlin, or an offset such as +09:00`;
    throw new AppError('E_USAGE', message, { cause });
  }
}

/** The zone of this machine, as Node sees it (TZ, /etc/localtime). */
export function localZone(): Zone {
  return new Zone(Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC');
}
