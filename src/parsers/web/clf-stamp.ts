import type { TimeCertainty } from '../../core/event.ts';
import { civil, monthOf } from '../../core/stamp.ts';
import type { Zone } from '../../core/zone.ts';

// Hot path: once per line. The minute is cached, for lines of one minute follow each other.

const BRACKET = 0x5d;
const STAMP = /^\[(\d\d)\/([A-Za-z]{3})\/(\d{4}):(\d\d):(\d\d):$/;
// nginx's $time_iso8601, and months in figures: pveproxy (PVE::APIServer::AnyEvent) writes the day first and ends its lines with the size,
// cPanel (docs.cpanel.net, "The cPanel & WHM Log Files") writes the month first, and agents and a port at the end.
const OTHER = /^\[(?:(\d\d)\/(\d\d)\/(\d{4}):|(\d{4})-(\d\d)-(\d\d)T)(\d\d):(\d\d):$/;
const ENDS_WITH_SIZE = /" \d{3} (?:\d{1,15}|-)$/;
const TAIL = /^(\d\d)(?:[.,](\d{1,9}))? ?(?:([+-])(\d\d):?(\d\d)|(Z))?\]$/;

/**
 * Reads the stamp of the Common Log Format, `[10/Oct/2000:13:55:36 -0700]`, and what is written in its place:
 * `[2000-10-10T13:55:36-07:00]`, `[25/10/2000:13:55:36 -0700]`, `[10/25/2000:13:55:36 -0000]`. The zone may be missing.
 */
export class ClfStamp {
  time = Number.NaN;
  certainty: TimeCertainty = 'none';
  #prefix = '\0'; // "[10/Oct/2000:13:55:", and what its minute is as if UTC
  #minute = Number.NaN;
  #zoneText = '\0'; // " -0700]", and its offset
  #zoneMs = 0;

  /** The offset after the closing bracket of the stamp at `at`, or -1 when there is none. */
  read(line: string, at: number, zone: Zone): number {
    if (!line.startsWith(this.#prefix, at) && !this.#newMinute(line, at))
      return this.#otherMinute(line, at) ? this.#readTail(line, at, at + 18, zone) : -1;
    if (line.startsWith(this.#zoneText, at + 21)) {
      const tens = line.charCodeAt(at + 19) - 48;
      const ones = line.charCodeAt(at + 20) - 48;
      if (!(tens >= 0 && ones >= 0 && ones <= 9 && tens * 10 + ones <= 60)) return -1;
      this.time = this.#minute + (tens * 10 + ones) * 1000 - this.#zoneMs;
      this.certainty = 'exact';
      return at + 28;
    }
    return this.#readTail(line, at, at + 19, zone);
  }

  #newMinute(line: string, at: number): boolean {
    const prefix = line.slice(at, at + 19);
    const [, day, name, year, hour, minute] = STAMP.exec(prefix) ?? [];
    const month = monthOf(name ?? '');
    if (month === undefined) return false;
    const start = civil(Number(year), month, Number(day), Number(hour), Number(minute), 0);
    if (Number.isNaN(start)) return false;
    this.#prefix = prefix;
    this.#minute = start;
    return true;
  }

  #otherMinute(line: string, at: number): boolean {
    const parts = OTHER.exec(line.slice(at, at + 18));
    if (!parts) return false;
    const [, one, two, year, isoYear, isoMonth, isoDay, hour, minute] = parts;
    const [day, month] = ENDS_WITH_SIZE.test(line.slice(-24)) ? [one, two] : [two, one];
    const of = (first: string | undefined, second: string | undefined) => Number(first ?? second);
    const start = civil(of(year, isoYear), of(month, isoMonth) - 1, of(day, isoDay), Number(hour), Number(minute), 0);
    if (Number.isNaN(start)) return false;
    this.#prefix = '\0'; // the minute is no longer that prefix's
    this.#minute = start;
    return true;
  }

  /** What stands behind the minute of the stamp at `at`: its seconds begin at `from`. */
  #readTail(line: string, at: number, from: number, zone: Zone): number {
    const end = line.indexOf(']', from);
    if (end === -1 || end - at > 42) return -1;
    const [, seconds, fraction, sign, hours, minutes, utc] = TAIL.exec(line.slice(from, end + 1)) ?? [];
    if (seconds === undefined || Number(seconds) > 60) return -1;
    const local = this.#minute + Number(seconds) * 1000 + Math.floor(Number(`0.${fraction ?? 0}`) * 1000);
    if (sign === undefined && utc === undefined) {
      this.time = zone.toInstant(this.#minute) + (local - this.#minute);
      this.certainty = 'zone';
      return end + 1;
    }
    const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
    const zoneMs = sign === '-' ? -offset : offset;
    if (from === at + 19 && end === at + 27 && line.charCodeAt(end) === BRACKET) {
      this.#zoneText = line.slice(at + 21, at + 28);
      this.#zoneMs = zoneMs;
    }
    this.time = local - zoneMs;
    this.certainty = 'exact';
    return end + 1;
  }
}
