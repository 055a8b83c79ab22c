import { Zone } from '../core/zone.ts';
import type { Story } from '../trace/story.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY_MS = 86_400_000;
const two = (number: number): string => String(number).padStart(2, '0');

/** RFC 3339 text as milliseconds since 1970; NaN for null or anything else. */
export function instantOf(at: string | null): number {
  return at === null ? Number.NaN : Date.parse(at);
}

/** Order by time, instants that are unknown last. */
export function byTime(a: { readonly at: string | null }, b: { readonly at: string | null }): number {
  const [first, second] = [instantOf(a.at), instantOf(b.at)];
  if (Number.isNaN(first) || Number.isNaN(second)) return Number(Number.isNaN(first)) - Number(Number.isNaN(second));
  return first - second;
}

function zoneNamed(name: string): Zone {
  try {
    return new Zone(name);
  } catch {
    return new Zone('UTC');
  }
}

/** Tells instants in the words of one zone. An unknown instant is ''. */
export class Clock {
  readonly #zone: Zone;

  constructor(zone: string) {
    this.#zone = zoneNamed(zone);
  }

  #civil(at: string | null): Date | null {
    const instant = instantOf(at);
    const civil = Number.isNaN(instant) ? Number.NaN : this.#zone.toCivil(instant);
    return Number.isNaN(new Date(civil).getTime()) ? null : new Date(civil);
  }

  /** `10:21:50` */
  time(at: string | null): string {
    const civil = this.#civil(at);
    return civil ? `${two(civil.getUTCHours())}:${two(civil.getUTCMinutes())}:${two(civil.getUTCSeconds())}` : '';
  }

  /** `9 Mar 2026` */
  date(at: string | null): string {
    const civil = this.#civil(at);
    return civil ? `${civil.getUTCDate()} ${MONTHS[civil.getUTCMonth()]} ${civil.getUTCFullYear()}` : '';
  }

  /** `9 Mar` */
  day(at: string | null): string {
    const civil = this.#civil(at);
    return civil ? `${civil.getUTCDate()} ${MONTHS[civil.getUTCMonth()]}` : '';
  }

  /** `9 Mar 10:21:50` */
  stamp(at: string | null): string {
    const civil = this.#civil(at);
    return civil ? `${this.day(at)} ${this.time(at)}` : '';
  }

  /** Do all known instants lie on one day of this zone? */
  sameDay(instants: readonly (string | null)[]): boolean {
    return new Set(instants.map((at) => this.date(at)).filter((date) => date !== '')).size <= 1;
  }

  /** `9 Mar 2026 10:21–10:59`, `1–9 Mar 2026`, `28 Feb – 9 Mar 2026`; '' when both ends are unknown. */
  range(from: string | null, to: string | null): string {
    const [first, last] = [this.#civil(from), this.#civil(to)];
    if (!first || !last) return first ? `from ${this.date(from)}` : last ? `until ${this.date(to)}` : '';
    if (this.sameDay([from, to])) {
      const [start, end] = [this.time(from), this.time(to)];
      return `${this.date(from)} ${start === end ? start : `${start.slice(0, 5)}–${end.slice(0, 5)}`}`;
    }
    const day = this.day(from);
    if (first.getUTCFullYear() !== last.getUTCFullYear()) return `${this.date(from)} – ${this.date(to)}`;
    if (first.getUTCMonth() !== last.getUTCMonth()) return `${day} – ${this.date(to)}`;
    return `${first.getUTCDate()}–${this.date(to)}`;
  }

  /** `UTC`, or `UTC+9`, or `UTC-3:30`: what holds at that instant. */
  offset(at: string | null): string {
    const civil = this.#civil(at);
    const minutes = civil ? Math.round((civil.getTime() - instantOf(at)) / 60_000) : 0;
    if (minutes === 0) return 'UTC';
    const rest = Math.abs(minutes) % 60;
    return `UTC${minutes < 0 ? '-' : '+'}${Math.floor(Math.abs(minutes) / 60)}${rest ? `:${two(rest)}` : ''}`;
  }

  /** The zone once for a whole report: `UTC+1` or, when the clocks changed in between, `UTC+1, later UTC+2`. */
  offsets(from: string | null, to: string | null): string {
    const [first, last] = [this.offset(from ?? to), this.offset(to ?? from)];
    return first === last ? last : `${first}, later ${last}`;
  }
}

/** The clock that a story is told by. */
export function clockOf(story: Story): Clock {
  return new Clock(story.zone);
}

/** `37 min`, `2 h 5 min`, `3 days`; '' when unknown. */
export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds) || seconds < 0) return '';
  if (seconds < 1) return 'under 1 s';
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48)
    return minutes % 60 && hours < 12 ? `${hours} h ${minutes % 60} min` : `${Math.round(minutes / 60)} h`;
  return `${Math.round((seconds * 1000) / DAY_MS)} days`;
}
