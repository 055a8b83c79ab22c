import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import type { RawRecord, Source, SourceContext, SourceNote } from '../core/stages.ts';
import type { IntakeHow } from './intake.ts';

const AGAIN_MS = [500, 2000, 10_000, 30_000];
/** A source that ran for so long is taken to have been well: it is started again at once when it fails. */
const WELL_MS = 60_000;

/** A source as it is configured. */
export interface ConfiguredSource {
  readonly source: Source<z.ZodType>;
  /** Its part of the configuration, checked. */
  readonly config: unknown;
  readonly name: string;
  /** Its records can be erased. */
  readonly erasable: boolean;
}

export interface SourceState {
  readonly name: string;
  readonly type: string;
  /** Where it listens, or what it reads; null while it does not. */
  address: string | null;
  /** Why it does not run; null while it does. */
  failure: string | null;
  starts: number;
}

export interface RunnerOptions {
  readonly emit: (batch: readonly RawRecord[], how: IntakeHow) => Promise<void>;
  readonly onNote: (source: string, note: SourceNote) => void;
  readonly onState: (state: SourceState) => void;
  readonly lastPosition: (stream: string) => string | null;
  readonly nowUs: () => number;
  /** A source's own folder. */
  readonly folderOf: (name: string) => string;
  readonly signal: AbortSignal;
}

/** Runs a source until the server stops, and starts it again after a failure, ever later. Resolves when it has ended. */
export async function runSource(
  { source, config, name, erasable }: ConfiguredSource,
  options: RunnerOptions,
): Promise<void> {
  const state: SourceState = { name, type: source.name, address: null, failure: null, starts: 0 };
  const folder = options.folderOf(name);
  mkdirSync(folder, { recursive: true, mode: 0o750 });
  for (let failed = 0; !options.signal.aborted; ) {
    state.starts += 1;
    const began = Date.now();
    try {
      await source.run(config, {
        ...contextOf(name, folder, state, options),
        emit: (batch, how) => options.emit(batch, { ...how, erasable }),
      });
      if (!options.signal.aborted) throw new Error('it ended by itself');
    } catch (error) {
      state.failure = error instanceof Error ? error.message : String(error);
    }
    state.address = null;
    if (options.signal.aborted) return;
    options.onState(state);
    failed = Date.now() - began > WELL_MS ? 0 : failed + 1;
    await sleep(AGAIN_MS[Math.min(Math.max(failed - 1, 0), AGAIN_MS.length - 1)], null, {
      signal: options.signal,
    }).catch(() => {});
  }
}

function contextOf(
  name: string,
  folder: string,
  state: SourceState,
  options: RunnerOptions,
): Omit<SourceContext, 'emit'> {
  return {
    ready: (address) => {
      state.address = address;
      state.failure = null;
      options.onState(state);
    },
    note: (note) => options.onNote(name, note),
    nowUs: options.nowUs,
    lastPosition: options.lastPosition,
    name,
    folder,
    signal: options.signal,
  };
}
