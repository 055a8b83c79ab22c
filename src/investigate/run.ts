import { createDispatch } from '../decode/dispatch.ts';
import { openGeo } from '../enrichers/geo.ts';
import { type Custody, gather } from '../evidence/index.ts';
import { parsers } from '../parsers/index.ts';
import type { Story } from '../trace/story.ts';
import { gatherEvents, type OnProgress } from './gather-events.ts';
import { tellStory } from './tell.ts';

export interface InvestigateOptions {
  /** Zone of stamps that name none. */
  readonly zone: string;
  /** Host of lines and files that name none; '' when they are told by their folder. */
  readonly host: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** How many attackers the story tells. */
  readonly top: number;
  /** Addresses and networks that are never to be blocked. */
  readonly keep: readonly string[];
  /** The operator's own MMDB files. */
  readonly geoip: readonly string[];
  readonly nowMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  /** Milliseconds of a clock that only runs forward, for how long it took. */
  readonly clock: () => number;
  /** Reading threads; absent: one for each core. */
  readonly workers?: number | undefined;
  readonly stdin?: AsyncIterable<Buffer>;
}

/** From a pile of logs to a verdict. Throws only for what the caller got wrong; evidence that cannot be read is told. */
export async function investigate(paths: readonly string[], options: InvestigateOptions): Promise<Story> {
  const began = options.clock();
  const geo = await openGeo({ mmdb: options.geoip });
  const custody = new Map<string, Custody>();
  const { signal, stdin, zone, host, sinceMs, untilMs } = options;
  const inputs = gather(paths, { signal, onCustody: (one) => custody.set(one.path, one), ...(stdin && { stdin }) });
  const gathered = await gatherEvents(inputs, {
    dispatch: createDispatch(parsers),
    scan: { zone, hostZones: {}, host, sinceMs, untilMs },
    nowMs: options.nowMs,
    signal,
    onProgress: options.onProgress,
    workers: options.workers,
    custody,
  });
  return tellStory(gathered, {
    zone,
    top: options.top,
    keep: options.keep,
    seconds: (options.clock() - began) / 1000,
    placeOf: (address) => geo.lookup(address),
    geo: geo.sources,
  });
}
