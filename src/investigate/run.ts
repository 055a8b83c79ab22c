import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createDispatch } from '../decode/dispatch.ts';
import { openGeo } from '../enrichers/geo.ts';
import { type Custody, gather, type Refusal } from '../evidence/index.ts';
import { parsers } from '../parsers/index.ts';
import type { Story } from '../trace/story.ts';
import { gatherEvents, type OnProgress } from './gather-events.ts';
import type { Source } from './sources.ts';
import { tellStory } from './tell.ts';

export type { Source } from './sources.ts';

export interface InvestigateOptions {
  /** Name of the case, for reports. */
  readonly case?: string;
  /** Evidence of others, each with a label: it goes in with the rest. */
  readonly sources?: readonly Source[];
  /** Zone of stamps that name none. */
  readonly zone: string;
  /** Zones of single hosts, by host name. */
  readonly hostZones: Readonly<Record<string, string>>;
  /** Host of lines that neither they nor their folder name; '' for none. */
  readonly host: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** How many attackers the story tells. */
  readonly top: number;
  /** Addresses and networks that are never to be blocked. */
  readonly keep: readonly string[];
  /** The operator's own MMDB files. */
  readonly geoip: readonly string[];
  /** The instant that no stamp without a year lies after; null: each input's mtime, else `presentMs`. */
  readonly endMs: number | null;
  readonly presentMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  /** Called for each input that could not be read, or not to its end, before the story is told. */
  readonly onRefusal?: (refusal: Refusal) => void;
  /** Called once when all is read, before it is understood. */
  readonly onRead?: () => void;
  /** Milliseconds of a clock that only runs forward, for how long it took. */
  readonly clock: () => number;
  /** Reading threads; absent: one for each core. */
  readonly workers?: number | undefined;
  readonly stdin?: AsyncIterable<Buffer>;
}

const COMPRESSED = /\.(?:gz|tgz|xz|zst|bz2|zip|tar)$/;
const MAX_FILES = 500_000;

/** How much there is to read; null when that cannot be told before. For the progress line alone: errors are told later. */
async function bytesIn(paths: readonly string[], signal: AbortSignal): Promise<number | null> {
  let sum = 0;
  let files = 0;
  const folders: string[] = [];
  const count = (path: string): boolean => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) folders.push(path);
    else if (!found?.isFile() || COMPRESSED.test(path)) return false;
    else sum += found.size;
    files += 1;
    return files < MAX_FILES;
  };
  try {
    if (!paths.every(count)) return null;
    for (let folder = folders.pop(); folder !== undefined && !signal.aborted; folder = folders.pop()) {
      const parent = folder;
      const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
      const known = entries.filter((entry) => entry.isDirectory() || entry.isFile());
      if (!known.every(({ name }) => count(join(parent, name)))) return null;
      await new Promise((resolve) => setImmediate(resolve)); // lets signals through
    }
    return sum;
  } catch {
    return null;
  }
}

/** From a pile of logs to a verdict. Throws only for what the caller got wrong; evidence that cannot be read is told. */
export async function investigate(paths: readonly string[], options: InvestigateOptions): Promise<Story> {
  const began = options.clock();
  const geo = await openGeo({ mmdb: options.geoip });
  const custody = new Map<string, Custody>();
  const { signal, stdin, zone, hostZones, host, sinceMs, untilMs } = options;
  const sources = options.sources ?? [];
  const returned = sources.map(({ path }) => path).sort();
  const all = [...returned, ...[...paths].sort()]; // a file that is among both is known by its label
  const inputs = gather(all, {
    signal,
    onCustody: (one) => custody.set(one.path, one),
    ...(stdin && { stdin }),
  });
  const gathered = await gatherEvents(inputs, {
    dispatch: createDispatch(parsers),
    scan: { zone, hostZones, sinceMs, untilMs },
    endMs: options.endMs,
    presentMs: options.presentMs,
    signal,
    onProgress: options.onProgress,
    onRefusal: options.onRefusal,
    totalBytes: await bytesIn(all, signal),
    sources,
    workers: options.workers,
    custody,
  });
  options.onRead?.();
  return tellStory(gathered, {
    case: options.case ?? '',
    zone,
    top: options.top,
    paths: all,
    host,
    keep: options.keep,
    seconds: (options.clock() - began) / 1000,
    placeOf: (address) => geo.lookup(address),
    geo: geo.sources,
  });
}
