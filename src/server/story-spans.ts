import { AppError } from '../core/errors.ts';
import type { LedgerReader } from '../ledger/reader.ts';
import { CHUNK, chunkStart } from '../pipeline/chunk.ts';
import { firstSince } from '../pipeline/day-ranges.ts';
import { storyParts } from '../store/queries/story-events.ts';
import { ask } from '../store/query.ts';
import { storeOf } from './question.ts';
import type { Server } from './serve.ts';
import type { Span } from './story-thread.ts';

/** What a story is to be told of. */
export interface StoryWindow {
  readonly sinceMs: number;
  /** Infinity where it is open. */
  readonly untilMs: number;
  readonly host: string;
  readonly sender: string;
}

/** Where the index does not help, a line is looked for from so long before its time on, by our clock: its writer's may be ahead. */
const AHEAD_MS = 86_400_000;
const MOST_US = 4_294_967_295_000_000;

/**
 * The records in which there may be an event of a time: those of which the index knows it; those that it has not yet, or not any more; all that
 * were received since, when it does not answer, which `words` then says.
 */
export async function storySpans(
  server: Server,
  reader: LedgerReader,
  window: StoryWindow,
  signal: AbortSignal,
): Promise<{ readonly spans: readonly Span[]; readonly words: readonly string[] }> {
  const { indexed } = server.index.position; // before the size: what is not below it is read
  const [size, minimum] = [await reader.refresh(), await reader.minimum()];
  const received = (ms: number) => firstSince(reader, Math.max(0, ms * 1000), minimum, size);
  const from = await received(window.sinceMs - AHEAD_MS);
  const horizonMs = server.upkeep.horizon === null ? 0 : Date.parse(server.upkeep.horizon);
  const told = await partsOf(server, window, signal);
  if (told === null) {
    const words = `The index does not answer: all that was received since ${isoOf(window.sinceMs - AHEAD_MS)} was read, and nothing before.`;
    return { spans: joined(partsIn(from, size), size), words: [words] };
  }
  const beyond = window.sinceMs < horizonMs ? partsIn(from, Math.max(from, await received(horizonMs))) : [];
  const waiting = partsIn(Math.max(from, indexed), size);
  return { spans: joined([...told, ...beyond, ...waiting], size), words: [] };
}

const isoOf = (ms: number) => new Date(ms).toISOString().slice(0, 19).concat('Z');

/** Chunks with events of the time, as the index knows them; null when it does not answer. */
async function partsOf(server: Server, window: StoryWindow, signal: AbortSignal): Promise<number[] | null> {
  const { sinceMs, untilMs, host, sender } = window;
  const { origin } = server.options.config.ledger;
  const asked = {
    origin,
    size: CHUNK,
    fromUs: Math.max(0, Math.floor(sinceMs * 1000)),
    toUs: Math.min(MOST_US, Math.ceil(untilMs * 1000)),
    host,
    sender,
  };
  try {
    return (await ask(storeOf(server), storyParts, asked, signal)).map(({ part }) => part);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof AppError && (error.code === 'E_UNAVAILABLE' || error.code === 'E_TOO_LARGE')) return null;
    throw error;
  }
}

/** The chunks of records [from, to). */
function partsIn(from: number, to: number): number[] {
  if (from >= to) return [];
  const first = chunkStart(from) / CHUNK;
  return Array.from({ length: Math.ceil(to / CHUNK) - first }, (_, nth) => first + nth);
}

/** Chunks as ranges of records that are there, in order. */
function joined(parts: readonly number[], size: number): Span[] {
  const spans: Span[] = [];
  for (const part of [...new Set(parts)].sort((a, b) => a - b)) {
    const [from, to] = [part * CHUNK, Math.min((part + 1) * CHUNK, size)];
    const last = spans.at(-1);
    if (last?.to === from) spans[spans.length - 1] = { from: last.from, to };
    else if (from < to) spans.push({ from, to });
  }
  return spans;
}
