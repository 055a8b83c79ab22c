import type { Gap } from '../api/asking.ts';
import { allOf, type Condition } from '../core/condition.ts';
import { AppError } from '../core/errors.ts';
import { reachOf } from '../search/reach.ts';
import { readSince } from '../search/since.ts';
import type { Missing } from './missing.ts';
import { nowUs } from './question.ts';
import type { Server } from './serve.ts';

const MONTH = '30d';
const DAY_US = 86_400_000_000;
const MOST_US = 4_294_967_295_000_000; // what the index can hold

/** Event times that a question is about, microseconds since 1970: [fromUs, toUs). */
export interface Window {
  readonly fromUs: number;
  readonly toUs: number;
  readonly condition: Condition;
}

/** Throws E_USAGE for times that are none, or end before they begin. */
export function windowOf({ since, until }: { since?: string | undefined; until?: string | undefined }): Window {
  const now = nowUs();
  const condition = allOf([
    readSince(since ?? MONTH, 'since', now),
    ...(until === undefined ? [] : [readSince(until, 'until', now)]),
  ]);
  return bounded(condition, now);
}

/** The times that a condition reaches; where it says none, the last day. Throws E_USAGE when they end before they begin. */
export function bounded(condition: Condition, now: number): Window {
  const { fromUs, toUs } = reachOf(condition);
  const [from, to] = [fromUs ?? now - DAY_US, Math.min(toUs ?? now + 1, MOST_US)];
  if (from >= to) throw new AppError('E_USAGE', 'until is not after since: there is no time between them');
  return { fromUs: from, toUs: to, condition };
}

/** Answers of summaries miss what searches miss, and days that are not summed up yet. */
export async function gapsOf(server: Server, missing: Missing, window: Window, signal: AbortSignal): Promise<Gap[]> {
  const of = allOf([window.condition, { is: 'present', fields: ['user.name'] }]);
  return [...dueOf(server), ...(await missing.from(of, signal))];
}

/** Days that are not summed up yet. */
export function dueOf({ upkeep }: Server): Gap[] {
  const { due } = upkeep.summaries;
  const [newest] = due;
  if (newest === undefined) return [];
  const day = (number: number) => String(number).replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
  const which = due.length === 1 ? day(newest) : `${due.length} days, ${day(due.at(-1) ?? newest)} to ${day(newest)}`;
  return [
    { kind: 'index', words: `Events received on ${which}, are being summed up: they are not in this answer yet.` },
  ];
}
