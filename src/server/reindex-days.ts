import type { ReindexWish } from '../api/view.ts';
import { AppError } from '../core/errors.ts';
import type { IndexRange } from '../ledger/log.ts';
import type { LedgerReader } from '../ledger/reader.ts';
import { CHUNK, chunkStart, WARM } from '../pipeline/chunk.ts';
import { type DayRange, dayRanges } from '../pipeline/day-ranges.ts';
import { daysOfParsers, ingestDays } from '../store/queries/days.ts';
import { ask } from '../store/query.ts';
import type { EnginePart } from './engine-part.ts';
import type { IndexPart } from './index-part.ts';

/** Lines that only their envelope explains may be another parser's now, as those that nothing does. */
const UNREAD = ['', 'syslog'];
const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** What says which days there are. */
export interface DaysFrom {
  readonly origin: string;
  readonly index: () => Pick<IndexPart, 'position'>;
  readonly engine: () => EnginePart;
  readonly openReader: () => Promise<LedgerReader>;
  /** Days before it (as 20260921) are not in the index any more, but for those that are held. 0: none were given up. */
  readonly horizon: () => number;
  /** Gives up waiting for the engine. */
  readonly signal?: AbortSignal;
}

/** Days that a reindex is to make anew, newest first. Throws E_USAGE. */
export async function daysFor(from: DaysFrom, { since, parser }: ReindexWish): Promise<DayRange[]> {
  if (since !== null && !(INSTANT.test(since) && Number.isFinite(Date.parse(since))))
    throw new AppError('E_USAGE', `"${since.slice(0, 60)}" is no instant: 2026-11-01 or 2026-11-01T09:00:00Z, say`);
  const days = await indexedDays(from, since === null ? 0 : Date.parse(since) * 1000);
  if (parser === null) return days;
  await knownParser(parser);
  const { engine, origin, signal } = from;
  const { client, form } = engine();
  const asked = await ask({ client, form }, daysOfParsers, { origin, parsers: [...UNREAD, parser] }, signal);
  const wanted = new Set(asked.map(({ day }) => day));
  return days.filter(({ day }) => wanted.has(day));
}

/**
 * Days in which something may stand that a decoder took from these records, newest first: it remembers lines up to the end of their chunk,
 * and the last ones before a chunk for the next.
 */
export async function daysTouched(from: DaysFrom, ranges: readonly IndexRange[]): Promise<number[]> {
  const reaches = ranges.map(({ first, last }) => {
    const end = chunkStart(last) + CHUNK;
    return { first: chunkStart(first), end: last >= end - WARM ? end + CHUNK : end };
  });
  const days = await indexedDays(from, 0);
  return days.filter((day) => reaches.some(({ first, end }) => day.from < end && day.to > first)).map(({ day }) => day);
}

/** Days of what is indexed; what retention gave up does not come back by it. */
async function indexedDays(
  { engine, origin, horizon, index, openReader, signal }: DaysFrom,
  sinceUs: number,
): Promise<DayRange[]> {
  const { client, form } = engine();
  const there = new Set((await ask({ client, form }, ingestDays, { origin }, signal)).map(({ day }) => day));
  const reader = await openReader();
  try {
    const days = await dayRanges(reader, index().position.indexed, sinceUs);
    return days.filter(({ day }) => day >= horizon() || there.has(day));
  } finally {
    await reader.close();
  }
}

async function knownParser(name: string): Promise<void> {
  const { parsers } = await import('../parsers/index.ts');
  const names = parsers.map((parser) => parser.name);
  if (!names.includes(name))
    throw new AppError('E_USAGE', `there is no parser "${name.slice(0, 60)}": ${names.join(', ')}`);
}
