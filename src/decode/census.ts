import { firstYear, runningYear, type YearOf, YearTurns } from '../core/years.ts';
import type { Zone } from '../core/zone.ts';

const NEWLINE = 0x0a;
const SPACE = 0x20;
/** Inputs beyond this are sampled, a line every 64 KiB: no log that dense spans a year between two samples. */
const EXACT_BYTES = 4_194_304;
const SAMPLE_BYTES = 65_536;
/** A turn of the year over more days than this is not what a running log does. */
const CREDIBLE_GAP_DAYS = 120;
const LINES_A_JUMP = 30;

const MONTHS = new Map(
  ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'].map((name, at) => [
    key(name),
    at,
  ]),
);

function key(name: string): number {
  return (name.charCodeAt(0) << 16) | (name.charCodeAt(1) << 8) | name.charCodeAt(2);
}

/** Of a line that begins with no RFC 3164 date. */
export const NO_DATE = -1;

/** The RFC 3164 date at a line's beginning, as a number that is one higher on the next day of the month; NO_DATE when there is none. */
export const dateIn = (line: Buffer): number => dateAt(line, 0);

/** The RFC 3164 date at the start of a line (after a PRI), packed as month * 32 + day; -1 when there is none. */
function dateAt(bytes: Buffer, start: number): number {
  let at = start;
  if (bytes[at] === 0x3c) {
    const close = bytes.indexOf(0x3e, at);
    if (close === -1 || close - at > 4) return -1;
    at = close + 1;
  }
  const month = MONTHS.get(((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0));
  if (month === undefined || bytes[at + 3] !== SPACE) return -1;
  const day = dayAt(bytes, at + 4);
  return day === -1 ? -1 : month * 32 + day;
}

// " 7 ", "07 " or "7 "; -1 for anything else.
function dayAt(bytes: Buffer, at: number): number {
  const tens = bytes[at] ?? 0;
  const ones = bytes[at + 1] ?? 0;
  if (ones === SPACE && tens > 48 && tens <= 57) return tens - 48;
  const day = (tens === SPACE ? 0 : tens - 48) * 10 + ones - 48;
  return day >= 1 && day <= 31 && bytes[at + 2] === SPACE ? day : -1;
}

/** Where a place in the input stands in the series of years. */
export interface YearMark {
  readonly turn: number;
  readonly month: number;
  readonly day: number;
}

/** Reads through an input once, before it is decoded, for what only the whole tells: how often the year turns. */
export class Census {
  readonly #turns = new YearTurns();
  #seen = 0;
  #jumps = 0;
  #stamps = 0;
  #packed = -1;
  #leapTurn: number | null = null;

  /** Takes the next block; each must begin at a line's beginning. */
  push(block: Buffer): void {
    const exact = this.#seen < EXACT_BYTES;
    this.#seen += block.length;
    let at = 0;
    while (at < block.length) {
      this.#see(dateAt(block, at));
      const next = block.indexOf(NEWLINE, exact ? at : at + SAMPLE_BYTES);
      if (next === -1) return;
      at = next + 1;
    }
  }

  /** Takes one line that stands for its surroundings. */
  pushLine(line: Buffer): void {
    this.#see(dateAt(line, 0));
  }

  #see(packed: number): void {
    if (packed === -1) return;
    this.#stamps += 1;
    if (packed === this.#packed) return;
    const month = packed >> 5;
    const day = packed & 31;
    const before = this.#turns.turns;
    const turn = this.#turns.next(month, day);
    if (this.#turns.turns > before) {
      const gap = (packedDays(packed) - packedDays(this.#packed) + 366) % 366;
      if (gap > CREDIBLE_GAP_DAYS) this.#jumps += 1;
    }
    this.#packed = packed;
    if (month === 1 && day === 29) this.#leapTurn = turn;
  }

  /** The place reached so far; null before the first stamp without a year. */
  mark(): YearMark | null {
    if (this.#packed === -1) return null;
    return { turn: this.#turns.turns, month: this.#packed >> 5, day: this.#packed & 31 };
  }

  /**
   * The years of this input's stamps: `endMs` is the instant that its last stamp cannot lie after. Dates that jump about
   * (a pile of unrelated lines) get the latest year that is not after `endMs`, each on its own.
   */
  years(endMs: number, zone: Zone): InputYears {
    const civilOf = (instantMs: number) => zone.toCivil(instantMs);
    if (this.#jumps > 0 && this.#jumps * LINES_A_JUMP > this.#stamps) return { base: null, endMs };
    if (this.#packed === -1) return { base: new Date(civilOf(endMs)).getUTCFullYear(), endMs };
    const last = { month: this.#packed >> 5, day: this.#packed & 31 };
    return { base: firstYear({ last, turns: this.#turns.turns, leapTurn: this.#leapTurn }, endMs, civilOf), endMs };
  }
}

function packedDays(packed: number): number {
  return (Date.UTC(2024, packed >> 5, packed & 31) - Date.UTC(2024, 0, 1)) / 86_400_000;
}

/** Year of an input's first stamp; null: every stamp is dated on its own. Plain data: it goes to workers. */
export interface InputYears {
  readonly base: number | null;
  readonly endMs: number;
}

/** The `YearOf` for a piece of the input that begins after `mark` (null: at its beginning). */
export function yearsFrom(years: InputYears, mark: YearMark | null, zone: Zone): YearOf {
  if (years.base !== null) return runningYear(years.base + (mark?.turn ?? 0), mark ?? undefined);
  return (month, day) =>
    firstYear({ last: { month, day }, turns: 0, leapTurn: month === 1 && day === 29 ? 0 : null }, years.endMs, (ms) =>
      zone.toCivil(ms),
    );
}
