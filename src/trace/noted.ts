import type { Event } from '../core/event.ts';
import type { Citation } from './story.ts';

/** An event worth telling, with its place: `line` is absolute, `host` is settled, `input` indexes the inputs. */
export interface Noted extends Event {
  readonly input: number;
}

/**
 * An event with its place. Each part by its name: a copy by `...event` whose parts are then written over is a table with keys to
 * look up, and each of the many functions that read notable events would be slower for it, by 0.15 s of 25,000 events.
 */
export function placed(event: Event, input: number, line: number, host: string): Noted {
  const { lines, count, parser, time, certainty, process, pid, message, fields, shape, address, user, raw } = event;
  return {
    input,
    line,
    lines,
    count,
    parser,
    time,
    certainty,
    host,
    process,
    pid,
    message,
    fields,
    shape,
    address,
    user,
    raw,
  };
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
  const ordered = [...events].sort(byPlace);
  let input = -1;
  let last = Number.NEGATIVE_INFINITY;
  const timed = ordered.map((event) => {
    if (event.input !== input) last = Number.NEGATIVE_INFINITY;
    input = event.input;
    if (!Number.isNaN(event.time)) last = event.time;
    return { event, time: last };
  });
  timed.sort((a, b) => (a.time === b.time ? byPlace(a.event, b.event) : a.time < b.time ? -1 : 1));
  return timed.map(({ event }) => event);
}

function byPlace(a: Noted, b: Noted): number {
  return a.input - b.input || a.line - b.line;
}
