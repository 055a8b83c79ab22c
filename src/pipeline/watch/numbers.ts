import { joinRuns, missingIn, type SequenceRun } from '../sequence-run.ts';
import type { Found } from './finding.ts';

// Are numbers missing that the sender itself gave its messages? Pure.

/** So long may a number that was overtaken still come. */
const GRACE_MS = 5000;
/** A lossy way is told once in this time, with the sum. */
const APART_MS = 60_000;
/** Fewer numbers are no series. */
const KNOWN = 20;
/** Numbers of several senders under one name begin anew all the time, come twice, or go to and fro: nothing is told of them. */
const MAX_RESETS = 3;
const MAX_TWICE = 0.05;
const MAX_LATE = 0.2;
const MAX_SERIES = 64;

/** What is known of one series. Plain data. */
export interface Series {
  run: SequenceRun;
  /** Missing numbers that were told of. */
  told: number;
  toldMs: number;
  /** Since when more are missing; null while none are. */
  sinceMs: number | null;
  /** Several senders number under one name. */
  muddled: boolean;
}

/** Takes what was counted of a stream's series; `atMs`: when the last of it came. */
export function takeRuns(all: Map<string, Series>, runs: ReadonlyMap<string, SequenceRun>, atMs: number): void {
  for (const [name, run] of runs) {
    const known = all.get(name);
    if (known !== undefined) takeRun(known, run, atMs);
    else if (all.size < MAX_SERIES) all.set(name, newSeries(run, atMs));
  }
}

function newSeries(run: SequenceRun, atMs: number): Series {
  const series = { run, told: 0, toldMs: 0, sinceMs: null, muddled: run.resets > MAX_RESETS };
  judge(series, atMs);
  return series;
}

function takeRun(series: Series, run: SequenceRun, atMs: number): void {
  const joined = joinRuns(series.run, run);
  const resets = joined.resets - series.run.resets;
  if (resets > MAX_RESETS) series.muddled = true;
  if (resets > 0) {
    series.told = 0;
    series.sinceMs = null;
  }
  series.run = joined;
  judge(series, atMs);
}

function judge(series: Series, atMs: number): void {
  const { count, late } = series.run;
  const missing = missingIn(series.run);
  if (count >= KNOWN && (-missing > count * MAX_TWICE || late > count * MAX_LATE)) series.muddled = true;
  series.told = Math.min(series.told, Math.max(0, missing)); // some came late
  if (missing <= series.told) series.sinceMs = null;
  else series.sinceMs ??= atMs;
}

/** What is missing for longer than it could be on its way. */
export function lookForGaps(all: Map<string, Series>, nowMs: number): Found[] {
  const found: Found[] = [];
  for (const [name, series] of all) {
    const { run, told, toldMs, sinceMs, muddled } = series;
    if (sinceMs === null || muddled || run.count < KNOWN) continue;
    if (nowMs - sinceMs < GRACE_MS || nowMs - toldMs < APART_MS) continue;
    found.push(gap(name, run, missingIn(run) - told, sinceMs));
    series.told = missingIn(run);
    series.toldMs = nowMs;
    series.sinceMs = null;
    series.run = { ...run, hole: null };
  }
  return found;
}

function gap(series: string, { hole, max }: SequenceRun, missing: number, atMs: number): Found {
  const where = hole === null ? `before ${max}` : `the first after ${hole.after}`;
  const count = missing.toLocaleString('en');
  return {
    phase: 'once',
    atMs,
    ...(hole !== null && { ledgerIndex: hole.index }),
    words: `${count} ${missing === 1 ? 'message' : 'messages'} did not come, by the sender's own numbers (${series}, ${where}).`,
    detail: { missing, series, ...(hole !== null && { after: hole.after, next: hole.next }) },
  };
}
