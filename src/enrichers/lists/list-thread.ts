import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { KeptCopies } from './kept-copy.ts';
import type { ListConfig } from './list-config.ts';
import { ListLoader } from './list-loader.ts';
import { type ListSnapshot, type ListStatus, type LoadedList, snapshotId } from './snapshot.ts';
import { giveMemoryBack } from './tidy.ts';

const TIDY_MS = 1000;

// The thread that gets, reads and makes lists, so that neither ingest nor the page waits for a large one.

export interface ListThreadOptions {
  /** Where last good copies are kept. */
  readonly folder: string;
  readonly lists: readonly ListConfig[];
  /** How often files, and what is due, are looked at. */
  readonly lookMs: number;
}

/** What it tells. `ready`: each list was loaded, or tried, once. */
export interface ListReport {
  readonly snapshot: ListSnapshot | null;
  readonly statuses: readonly ListStatus[];
  readonly ready: boolean;
}

const options = workerData as ListThreadOptions;
const copies = new KeptCopies(options.folder);
const loaders = options.lists.map(
  (config) =>
    new ListLoader(config, {
      copies,
      nowMs: () => Date.now(),
      seed: () => randomBytes(4).readUInt32LE(),
      signal: new AbortController().signal,
    }),
);
let said = '';
let told = '';

function loadedList({ config: { name, role, label }, loaded }: ListLoader): LoadedList[] {
  return loaded === null ? [] : [{ name, role, label, data: loaded.data }];
}

/** Says what changed since it was last said. */
function report(ready: boolean): void {
  const known = loaders.flatMap(({ config, loaded }) => (loaded === null ? [] : [{ config, sha256: loaded.sha256 }]));
  const id = snapshotId(known);
  const statuses = loaders.map(({ status }) => status);
  const text = JSON.stringify([statuses, ready]);
  if (id === said && text === told) return;
  const snapshot = id === said ? null : { id, lists: loaders.flatMap(loadedList) };
  said = id;
  told = text;
  parentPort?.postMessage({ snapshot, statuses, ready } satisfies ListReport);
}

/** Each list at its own pace: one that is slow to come keeps nobody waiting. */
async function keep(loader: ListLoader, recalled: boolean): Promise<void> {
  if (recalled) await sleep(options.lookMs / 10);
  for (;;) {
    if (await loader.look()) tidySoon();
    report(true);
    await sleep(options.lookMs);
  }
}

let tidying: NodeJS.Timeout | null = null;

function tidySoon(): void {
  if (tidying !== null) clearTimeout(tidying);
  tidying = setTimeout(giveMemoryBack, TIDY_MS);
}

await copies.keepOnly(new Set(options.lists.map(({ name }) => name)));
const recalled = await Promise.all(
  loaders.map(async (loader) => {
    const isFile = loader.config.from.startsWith('/');
    const known = !isFile && (await loader.recall());
    if (!known) await loader.look();
    if (isFile && loader.loaded === null) await loader.recall();
    return known;
  }),
);
report(true);
tidySoon();
await Promise.all(loaders.map((loader, nth) => keep(loader, recalled[nth] ?? false)));
