import type { HeldClock } from '../ledger/log.ts';
import { span } from '../trace/span.ts';

/** What is to be said while receive times stand still because the clock was ahead: one trouble, or none. */
export function heldClockTroubles(
  held: HeldClock | null,
  nowMs: number,
): { readonly at: string; readonly what: string }[] {
  if (held === null) return [];
  const latest = new Date(held.latestUs / 1000).toISOString();
  const what = `clock: it was ahead, and went back: receive times stand still at ${latest}, until the clock is there (in ${span(held.latestUs / 1000 - nowMs)}); what the lines say of their own time is kept as it is`;
  return [{ at: new Date(held.sinceUs / 1000).toISOString(), what }];
}
