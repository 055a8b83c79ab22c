import * as z from 'zod';
import { NO_RHYTHM, type Rhythm } from '../../state/rhythm.ts';
import type { SourceState } from '../../state/tables.ts';
import { type Clock, newClock } from './clock-step.ts';
import type { Drift } from './drift.ts';
import type { Series } from './numbers.ts';

/** What is known of one stream. */
export interface Watched {
  readonly stream: string;
  /** Its source's name in the configuration. */
  readonly name: string;
  rhythm: Rhythm;
  records: number;
  /** Of this machine itself: the time in its lines is our own clock's. */
  local: boolean;
  silent: boolean;
  cut: boolean;
  drifting: boolean;
  readonly drift: Drift;
  clock: Clock;
  readonly series: Map<string, Series>;
}

export function newWatched(stream: string, name: string): Watched {
  const flags = { local: false, silent: false, cut: false, drifting: false };
  return {
    stream,
    name,
    rhythm: NO_RHYTHM,
    records: 0,
    ...flags,
    drift: new Map(),
    clock: newClock(),
    series: new Map(),
  };
}

/** The worst of what is true of it. */
export function stateOf({ silent, cut, drifting }: Watched): SourceState {
  if (cut) return 'cut';
  if (silent) return 'silent';
  return drifting ? 'drifting' : 'active';
}

const count = z.number().nonnegative();
const hole = z.object({ after: z.number(), next: z.number(), index: z.number() });
const run = z.object({
  first: z.number(),
  firstIndex: z.number(),
  min: z.number(),
  max: z.number(),
  count,
  late: count,
  hole: hole.nullable(),
  resets: count,
});
const share = z.object({ all: count, good: count });

/** What is remembered of a stream beside its row. */
const rememberedStream = z.object({
  stream: z.string(),
  drift: z.array(
    z.tuple([
      z.string(),
      z.object({ past: share, recent: share.extend({ sinceMs: z.number() }), drifting: z.boolean() }),
    ]),
  ),
  usualMs: z.number().nullable(),
  series: z.array(
    z.tuple([
      z.string(),
      z.object({ run, told: count, toldMs: z.number(), sinceMs: z.number().nullable(), muddled: z.boolean() }),
    ]),
  ),
  longestAwayMs: count,
});

/** What a watch remembers over a restart. `countedTo`: numbers of records before it are in the series. */
export const memorySchema = z.object({ countedTo: count, streams: z.array(rememberedStream) });
export type WatchMemory = z.output<typeof memorySchema>;
