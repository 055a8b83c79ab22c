import { type Found, lengthWords } from './finding.ts';

// Does the time in a sender's lines jump against the time at which they come? Pure.

/** Less is no step: lines wait that long on their way. */
const STEP_MS = 5000;
/** Lines that were held up come ever less late; a clock that was set stays where it is. */
const STEADY_MS = 2000;
const WINDOWS = 3;
const EVENTS = 5;
const LASTS_MS = 30_000;
const EASE = 0.2;

/** How late a sender's lines come by its own clock. Plain data; milliseconds. */
export interface Clock {
  usualMs: number | null;
  /** Another lateness than usual, and what spoke for it. */
  other: { lagMs: number; sinceMs: number; windows: number; events: number } | null;
}

export const newClock = (): Clock => ({ usualMs: null, other: null });

/** Takes some latenesses of lines that came up to `atMs`; gives a step when they stay elsewhere than they were. */
export function takeLags(clock: Clock, lags: readonly number[], atMs: number): Found[] {
  if (lags.length === 0) return [];
  const lagMs = median(lags);
  if (clock.usualMs === null) clock.usualMs = lagMs;
  if (Math.abs(lagMs - clock.usualMs) <= STEP_MS) {
    clock.usualMs += EASE * (lagMs - clock.usualMs);
    clock.other = null;
    return [];
  }
  const { other } = clock;
  if (other === null || Math.abs(lagMs - other.lagMs) > STEADY_MS) {
    clock.other = { lagMs, sinceMs: atMs, windows: 1, events: lags.length };
    return [];
  }
  other.windows += 1;
  other.events += lags.length;
  if (other.windows < WINDOWS || other.events < EVENTS || atMs - other.sinceMs < LASTS_MS) return [];
  const found = step(clock.usualMs, lagMs, other.sinceMs);
  clock.usualMs = lagMs;
  clock.other = null;
  return [found];
}

function step(beforeMs: number, nowMs: number, atMs: number): Found {
  const by = beforeMs - nowMs;
  const why = by > 0 ? '' : ', or its lines are held up on their way';
  return {
    phase: 'once',
    atMs,
    words: `the time in its lines jumped by ${lengthWords(Math.abs(by))} ${by > 0 ? 'ahead' : 'back'}: its clock was set${why}.`,
    detail: { byMs: Math.round(by), skewBeforeMs: Math.round(-beforeMs), skewMs: Math.round(-nowMs) },
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}
