import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
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
  /** Milliseconds of a clock that only runs forward, for how long it took. */
  readonly clock: () => number;
  /** Reading threads; absent: one for each core. */
  readonly workers?: number | undefined;
  readonly stdin?: AsyncIterable<Buffer>;
}

const COMPRESSED = /\.(?:gz|tgz|xz|zst|bz2|zip|tar)$/;
const MAX_FILES = 100_000;

/** How much there is to read; null when that cannot be told before. For the progress line alone: errors are told later. */
async function bytesIn(paths: readonly string[]): Promise<number | null> {
  let sum = 0;
  for (const path of paths) {
    const bytes = await bytesAt(path);
    if (bytes === null) return null;
    sum += bytes;
  }
  return sum;
}

async function bytesAt(path: string): Promise<number | null> {
  const kind = await stat(path).catch(() => null);
  if (kind === null || COMPRESSED.test(path)) return null;
  if (!kind.isDirectory()) return kind.isFile() ? kind.size : null;
  const files = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  const logs = files.filter((file) => file.isFile()).slice(0, MAX_FILES);
  if (logs.some(({ name }) => COMPRESSED.test(name))) return null;
  const sizes = await Promise.all(logs.map((file) => stat(join(file.path, file.name)).catch(() => null)));
  return sizes.reduce((sum, found) => sum + (found?.size ?? 0), 0);
}

/** From a pile of logs to a verdict. Throws only for what the caller got wrong; evidence that cannot be read is told. */
export async function investigate(paths: readonly string[], options: InvestigateOptions): Promise<Story> {
  const began = options.clock();
  const geo = await openGeo({ mmdb: options.geoip });
  const custody = new Map<string, Custody>();
  const { signal, stdin, zone, hostZones, host, sinceMs, untilMs } = options;
  const inputs = gather(paths, { signal, onCustody: (one) => custody.set(one.path, one), ...(stdin && { stdin }) });
  const gathered = await gatherEvents(inputs, {
    dispatch: createDispatch(parsers),
    scan: { zone, hostZones, sinceMs, untilMs },
    endMs: options.endMs,
    presentMs: options.presentMs,
    signal,
    onProgress: options.onProgress,
    totalBytes: await bytesIn(paths),
    workers: options.workers,
    custody,
  });
  return tellStory(gathered, {
    zone,
    top: options.top,
    paths,
    host,
    keep: options.keep,
    seconds: (options.clock() - began) / 1000,
    placeOf: (address) => geo.lookup(address),
    geo: geo.sources,
  });
}
