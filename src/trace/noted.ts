import type { Event } from '../core/event.ts';
import type { Citation } from './story.ts';

/** An event worth telling, with its place: `line` is absolute, `host` is settled, `input` indexes the inputs. */
export interface Noted extends Event {
  readonly input: number;
}

/** Turns places into citations: knows the inputs' paths. */
export interface Citer {
  readonly paths: readonly string[];
}

export function cite({ paths }: Citer, noted: Noted): Citation {
  return { file: paths[noted.input] ?? '', line: noted.line, raw: noted.raw };
}

/** RFC 3339 UTC to the second (to the millisecond where the log has it), or null for no time. */
export function instant(ms: number): string | null {
  if (!Number.isFinite(ms)) return null;
  const text = new Date(ms).toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text;
}

/**
 * Sorts by time; an event without one stays behind its forerunner in its own input. Stable: equal times keep the order of
 * inputs and lines.
 */
export function inOrder(events: readonly Noted[]): Noted[] {
  const ordered = [...events].sort((a, b) => a.input - b.input || a.line - b.line);
  const keys = new Map<Noted, number>();
  let input = -1;
  let last = Number.NEGATIVE_INFINITY;
  for (const event of ordered) {
    if (event.input !== input) last = Number.NEGATIVE_INFINITY;
    input = event.input;
    if (!Number.isNaN(event.time)) last = event.time;
    keys.set(event, Number.isNaN(event.time) ? last : event.time);
  }
  const key = (event: Noted) => keys.get(event) as number;
  return ordered.sort((a, b) => (key(a) === key(b) ? a.input - b.input || a.line - b.line : key(a) < key(b) ? -1 : 1));
}
