import { readableEntries } from '../ledger/readable.ts';
import type { LedgerReader } from '../ledger/reader.ts';
import { parseTime, readHeader } from '../ledger/record.ts';
import { TILE_WIDTH } from '../ledger/tile.ts';
import { dayOf, dayStartUs } from '../store/days.ts';

const DAY_US = 86_400_000_000;

/** The records that were received on one day (UTC): one range, for receive times never go back in a ledger. */
export interface DayRange {
  /** As 20260921. */
  readonly day: number;
  /** First record, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

/** When a record was received, microseconds; null when it is not as it was sealed. */
async function receivedUs(reader: LedgerReader, index: number): Promise<number | null> {
  const [entry = null] = (await readableEntries(reader, index, index + 1)).entries;
  return entry === null ? null : parseTime(readHeader(entry).fields['rt'] ?? '');
}

/** The same of the first record from an index on, before `to`, that is readable, and which that is. Damage is of whole bundles, mostly. */
async function firstReadable(reader: LedgerReader, from: number, to: number) {
  for (let index = from; index < to; index = (Math.floor(index / TILE_WIDTH) + 1) * TILE_WIDTH) {
    const us = await receivedUs(reader, index);
    if (us !== null) return { index, us };
  }
  return null;
}

/** And of the last one before `to`. */
async function lastReadableUs(reader: LedgerReader, from: number, to: number): Promise<number | null> {
  for (let index = to - 1; index >= from; index = Math.floor(index / TILE_WIDTH) * TILE_WIDTH - 1) {
    const us = await receivedUs(reader, index);
    if (us !== null) return us;
  }
  return null;
}

/** The first of the records [from, to) that was received at that instant or later; `to` when none was. */
export async function firstSince(reader: LedgerReader, us: number, from: number, to: number): Promise<number> {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = await firstReadable(reader, middle, high);
    if (found !== null && found.us < us) low = found.index + 1;
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
    const lastUs = await lastReadableUs(reader, minimum, to);
    if (lastUs === null) break;
    const startUs = Math.floor(lastUs / DAY_US) * DAY_US;
    if (startUs + DAY_US <= sinceUs) break;
    const from = await firstSince(reader, startUs, minimum, to);
    ranges.push({ day: dayOf(startUs), from, to });
    to = from;
  }
  return ranges;
}

/** When the first record that is kept was received, microseconds; null in a ledger that holds nothing that can be read. */
export async function firstKeptUs(reader: LedgerReader): Promise<number | null> {
  return (await firstReadable(reader, await reader.minimum(), reader.size))?.us ?? null;
}
