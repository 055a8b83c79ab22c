import type { LedgerReader } from '../ledger/reader.ts';
import { parseTime, readHeader } from '../ledger/record.ts';

const DAY_US = 86_400_000_000;

/** The records that were received on one day (UTC): one range, for receive times never go back in a ledger. */
export interface DayRange {
  /** As 20260921. */
  readonly day: number;
  /** First record, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

/** Days as 20260921, from days since 1970 and back. */
export function dayNumber(day: number): number {
  return Number(new Date((day * DAY_US) / 1000).toISOString().slice(0, 10).replaceAll('-', ''));
}

/** The instant in microseconds at which a day begins. */
export function dayStartUs(day: number): number {
  return Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100) * 1000;
}

async function receivedUs(reader: LedgerReader, index: number): Promise<number> {
  return parseTime(readHeader(await reader.entry(index)).fields['rt'] ?? '');
}

/** The first of the records [from, to) that was received at that instant or later; `to` when none was. */
async function firstSince(reader: LedgerReader, us: number, from: number, to: number): Promise<number> {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await receivedUs(reader, middle)) < us) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where the records of a day end, of those before `until`. */
export async function endOfDay(reader: LedgerReader, { day, from }: DayRange, until: number): Promise<number> {
  return firstSince(reader, dayStartUs(day) + DAY_US, from, Math.max(from, until));
}

/** The days of the records before `until` that are kept, newest first, back to the day of an instant (microseconds). */
export async function dayRanges(reader: LedgerReader, until: number, sinceUs: number): Promise<DayRange[]> {
  const minimum = await reader.minimum();
  const ranges: DayRange[] = [];
  for (let to = until; to > minimum; ) {
    const startUs = Math.floor((await receivedUs(reader, to - 1)) / DAY_US) * DAY_US;
    if (startUs + DAY_US <= sinceUs) break;
    const from = await firstSince(reader, startUs, minimum, to);
    ranges.push({ day: dayNumber(startUs / DAY_US), from, to });
    to = from;
  }
  return ranges;
}

/** When the first record that is kept was received, microseconds; null in a ledger that holds nothing. */
export async function firstKeptUs(reader: LedgerReader): Promise<number | null> {
  const minimum = await reader.minimum();
  return minimum < reader.size ? receivedUs(reader, minimum) : null;
}
