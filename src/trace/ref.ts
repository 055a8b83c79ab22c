import type { Event } from '../core/event.ts';

/** A place in the evidence before line numbers are absolute: the task that read it, and the line within that task. */
export interface Ref {
  readonly task: number;
  readonly line: number;
  readonly raw: string;
}

/** Characters of a line that are kept. */
export const MAX_RAW = 2048;
/** More than a task has: a place in the evidence as one number. */
export const LINES_A_TASK = 2 ** 32;

/** A copy that does not keep the block alive which the text was cut from (V8 slices share their parent's memory). */
export function own(text: string): string {
  return text.length < 13 ? text : Buffer.from(text).toString();
}

export function refOf(task: number, event: Pick<Event, 'line' | 'raw'>): Ref {
  const { raw } = event;
  return { task, line: event.line, raw: raw.length > MAX_RAW ? `${own(raw.slice(0, MAX_RAW))}…` : own(raw) };
}

/** By their place in the evidence. */
export function inOrder(a: Ref, b: Ref): number {
  return a.task - b.task || a.line - b.line;
}

/** An event that is told from the bytes of a block, as those of a template are; its text is that from `start` to `end`. */
export interface Placed extends Event {
  readonly block: Buffer;
  readonly start: number;
  readonly end: number;
}

export function isPlaced(event: Event): event is Placed {
  return event.shape !== null;
}
