import type { TimeCertainty } from './event.ts';
import type { YearOf } from './years.ts';
import type { Zone } from './zone.ts';

// Hot path: once per line. Digits are read by char code, and the minute that a stamp begins with is cached, for lines of
// one minute follow each other. See bench/.

const MONTHS = new Map(
  ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'].map((name, at) => [name, at]),
);
const SPACE = 0x20;
const COLON = 0x3a;
const PLUS = 0x2b;
const MINUS = 0x2d;
const MAX_OFFSET_MINUTES = 18 * 60;
const BACKSTEP_MS = 600_000; // disorder among writers stays below; a repeated hour steps back further
// asctime(3), with fractions and with date(1)'s zone: "Tue Nov 17 01:00:05 2026", "Tue Nov 17 01:00:05 UTC 2026"
const ASCTIME =
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d{1,9}))?(?: (?<zone>[A-Z]{2,5}|[+-]\d{4}))? (?<year>\d{4})(?= |$)/;

/** 0 to 11 for an English month name of three letters in any case; undefined for anything else. */
export function monthOf(name: string): number | undefined {
  return MONTHS.get(name) ?? MONTHS.get(name.charAt(0).toUpperCase() + name.slice(1).toLowerCase());
}

/** The number that two digits at `at` write; a space counts as a leading zero; NaN for anything else. */
function two(text: string, at: number): number {
  const tens = text.charCodeAt(at);
  const ones = text.charCodeAt(at + 1) - 48;
  if (ones < 0 || ones > 9) return Number.NaN;
  if (tens === SPACE) return ones;
  return tens >= 48 && tens <= 57 ? (tens - 48) * 10 + ones : Number.NaN;
}

/** Civil time as if it were UTC, in ms; NaN when a part is out of range (a leap second is read as the next second). */
export function civil(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  if (!(month >= 0 && month < 12 && day >= 1 && day <= 31 && hour >= 0 && hour < 24)) return Number.NaN;
  if (!(minute >= 0 && minute < 60 && second >= 0 && second <= 60)) return Number.NaN;
  return Date.UTC(year, month, day, hour, minute, second);
}

/**
 * Reads a time stamp at a place in a line: RFC 3164, RFC 3339 and its looser cousins, systemd's short-full and short-unix,
 * Cisco's with the year. After `read` returns an end offset, `time` (ms since 1970) and `certainty` hold what it read.
 */
export class StampReader {
  time = Number.NaN;
  certainty: TimeCertainty = 'none';
  readonly #zone: Zone;
  readonly #year: YearOf;
  #prefix = '\0'; // a stamp through its minute's colon; this first one never occurs
  #prefixCertainty: TimeCertainty = 'none';
  #minute = Number.NaN; // the civil minute that #prefix writes, as if UTC
  #minuteInstant = Number.NaN;
  #before = Number.NaN; // the instant of the last minute whose offset the zone gave

  constructor(zone: Zone, year: YearOf) {
    this.#zone = zone;
    this.#year = year;
  }

  /** The minute that stamps begin with now: its text, its instant, and how certain stamps without an offset are. */
  get minute(): { readonly prefix: string; readonly certainty: TimeCertainty } {
    return { prefix: this.#prefix, certainty: this.#prefixCertainty };
  }

  /** The offset after the stamp that begins at `at`, or -1 when none does. */
  read(text: string, at: number): number {
    const first = text.charCodeAt(at);
    if (first >= 48 && first <= 57) return this.#readNumeric(text, at);
    if (first >= 65 && first <= 90) return this.#readNamed(text, at);
    return -1;
  }

  /**
   * Reads asctime's form, the year at its end, at the text's beginning: the offset after it, or -1. A method of its own, for
   * several formats begin with such a stamp: who asks knows what follows it.
   */
  readAsctime(text: string): number {
    const found = ASCTIME.exec(text.slice(0, 48));
    const parts = found?.groups;
    const month = MONTHS.get(parts?.['month'] ?? '');
    if (!found || !parts || month === undefined) return -1;
    const part = (name: string) => Number(parts[name] ?? 0);
    const at = civil(part('year'), month, part('day'), part('hour'), part('minute'), part('second'));
    if (Number.isNaN(at)) return -1;
    const ms = Math.floor(Number(`0.${parts['fraction'] ?? 0}`) * 1000);
    const zone = parts['zone'];
    const offset = zone === undefined ? null : offsetOf(zone);
    this.#prefix = '\0'; // no minute that a reader may go on with
    this.time = (offset === null ? this.#zone.toInstant(at) : at - offset * 60_000) + ms;
    this.certainty = offset === null ? 'zone' : 'exact';
    return found[0].length;
  }

  // "Mar  7 10:00:00", "Mar  7 2024 10:00:00", "Thu 2024-03-07 10:00:00 CET"
  #readNamed(text: string, at: number): number {
    if (text.startsWith(this.#prefix, at)) return this.#seconds(text, at + this.#prefix.length);
    const month = MONTHS.get(text.slice(at, at + 3));
    if (month === undefined) return this.#readWeekday(text, at);
    if (text.charCodeAt(at + 3) !== SPACE) return -1;
    let end = at + 4;
    let day = two(text, end);
    if (Number.isNaN(day)) {
      day = text.charCodeAt(end) - 48; // "Jun 7 01:10:56": one digit, not padded
      end += 1;
      if (text.charCodeAt(end) !== SPACE || day < 1 || day > 9) return -1;
    } else end += 2;
    return this.#afterDay(text, at, end, month, day);
  }

  #afterDay(text: string, at: number, dayEnd: number, month: number, day: number): number {
    if (text.charCodeAt(dayEnd) !== SPACE || !(day >= 1 && day <= 31)) return -1;
    const clock = dayEnd + 1;
    if (text.charCodeAt(clock + 2) === COLON) {
      const minute = civil(this.#year(month, day), month, day, two(text, clock), two(text, clock + 3), 0);
      return this.#newMinute(text, at, clock, minute, 'year');
    }
    const year = two(text, clock) * 100 + two(text, clock + 2);
    if (Number.isNaN(year) || text.charCodeAt(clock + 4) !== SPACE) return -1;
    const minute = civil(year, month, day, two(text, clock + 5), two(text, clock + 8), 0);
    return this.#newMinute(text, at, clock + 5, minute, 'zone');
  }

  #readWeekday(text: string, at: number): number {
    if (text.charCodeAt(at + 3) !== SPACE || text.charCodeAt(at + 8) !== MINUS) return -1;
    const end = this.#readNumeric(text, at + 4);
    if (end === -1 || text.charCodeAt(end) !== SPACE) return -1;
    const zoneEnd = text.indexOf(' ', end + 1); // "CET": an abbreviation names no zone; UTC alone is certain
    const name = text.slice(end + 1, zoneEnd);
    if (zoneEnd === -1 || !/^[A-Z]{2,5}$|^[+-]\d{2,4}$/.test(name)) return end;
    if (name === 'UTC' || name === 'GMT') {
      this.time = this.#zone.toCivil(this.time);
      this.certainty = 'exact';
    }
    return zoneEnd;
  }

  // "2024-03-07T10:00:00.123+01:00", "2024-03-07 10:00:00", "2024 Mar  7 10:00:00", "1709802000.123456"
  #readNumeric(text: string, at: number): number {
    if (text.startsWith(this.#prefix, at)) return this.#seconds(text, at + this.#prefix.length);
    const separator = text.charCodeAt(at + 4);
    if (separator === MINUS && text.charCodeAt(at + 7) === MINUS && text.charCodeAt(at + 13) === COLON) {
      const year = two(text, at) * 100 + two(text, at + 2);
      const minute = civil(year, two(text, at + 5) - 1, two(text, at + 8), two(text, at + 11), two(text, at + 14), 0);
      const join = text.charCodeAt(at + 10);
      return join === SPACE || join === 0x54 ? this.#newMinute(text, at, at + 11, minute, 'zone') : -1;
    }
    if (separator === SPACE) return this.#readYearFirst(text, at);
    return this.#readEpoch(text, at);
  }

  #readYearFirst(text: string, at: number): number {
    const month = MONTHS.get(text.slice(at + 5, at + 8));
    const year = two(text, at) * 100 + two(text, at + 2);
    if (month === undefined || Number.isNaN(year) || text.charCodeAt(at + 8) !== SPACE) return -1;
    const minute = civil(year, month, two(text, at + 9), two(text, at + 12), two(text, at + 15), 0);
    return text.charCodeAt(at + 14) === COLON ? this.#newMinute(text, at, at + 12, minute, 'zone') : -1;
  }

  #readEpoch(text: string, at: number): number {
    const found = /^(\d{9,10})\.(\d{3,9})(?= )/.exec(text.slice(at, at + 21));
    if (!found) return -1;
    this.time = Number(found[1]) * 1000 + Math.floor(Number(`0.${found[2]}`) * 1000);
    this.certainty = 'exact';
    return at + found[0].length;
  }

  #newMinute(text: string, at: number, clock: number, minute: number, certainty: TimeCertainty): number {
    if (Number.isNaN(minute) || text.charCodeAt(clock + 5) !== COLON) return -1;
    this.#prefix = text.slice(at, clock + 6);
    this.#prefixCertainty = certainty;
    this.#minute = minute;
    this.#minuteInstant = this.#zone.toInstant(minute);
    if (this.#minuteInstant < this.#before - BACKSTEP_MS) this.#secondPass();
    this.#before = this.#minuteInstant;
    return this.#seconds(text, clock + 6);
  }

  // When clocks go back an hour is written twice. A log runs forward: the second pass is the one that does not step back.
  #secondPass(): void {
    const later = this.#zone.toLaterInstant(this.#minute);
    if (later >= this.#before - BACKSTEP_MS) this.#minuteInstant = later;
  }

  #seconds(text: string, at: number): number {
    const second = two(text, at);
    if (!(second >= 0 && second <= 60)) return -1;
    let end = at + 2;
    let ms = second * 1000;
    const mark = text.charCodeAt(end);
    if (mark === 0x2e || mark === 0x2c) {
      let scale = 100;
      for (end += 1; isDigit(text.charCodeAt(end)); end += 1, scale /= 10) ms += (text.charCodeAt(end) - 48) * scale;
    }
    const zoned = readOffset(text, end);
    if (zoned.end === end) {
      this.time = Math.floor(this.#minuteInstant + ms);
      this.certainty = this.#prefixCertainty;
      return end;
    }
    this.time = Math.floor(this.#minute - zoned.minutes * 60_000 + ms);
    this.certainty = this.#prefixCertainty === 'year' ? 'year' : 'exact';
    return zoned.end;
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Minutes east of UTC that a zone's text names; null for an abbreviation, which names no zone. */
function offsetOf(zone: string): number | null {
  if (zone === 'UTC' || zone === 'GMT') return 0;
  const { end, minutes } = readOffset(zone, 0);
  return end === zone.length ? minutes : null;
}

const OFFSET = { end: -1, minutes: 0 };

/** Reads "Z", "+01:00", "+0100" or "+01" at `at`. `end` is `at` when there is none. One object is reused. */
function readOffset(text: string, at: number): { end: number; minutes: number } {
  const zoned = OFFSET;
  const sign = text.charCodeAt(at);
  zoned.end = at;
  zoned.minutes = 0;
  if (sign === 0x5a) zoned.end = at + 1;
  if (sign !== PLUS && sign !== MINUS) return zoned;
  const hours = two(text, at + 1);
  if (Number.isNaN(hours)) return zoned;
  let end = at + 3;
  if (text.charCodeAt(end) === COLON) end += 1;
  let minutes = two(text, end);
  if (Number.isNaN(minutes) || text.charCodeAt(end) === SPACE) {
    minutes = 0;
    end = at + 3;
  } else end += 2;
  const total = hours * 60 + minutes;
  if (total > MAX_OFFSET_MINUTES) return zoned;
  zoned.end = end;
  zoned.minutes = sign === MINUS ? -total : total;
  return zoned;
}
