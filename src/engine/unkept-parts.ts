import { access, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tableFolders } from './folder.ts';

const LOG = /^deduplication_log_(\d{1,20})\.txt$/;
const ADDED = '1';
/** `<partition>_<first block>_<last block>_<level>[_<mutation>]`, the name of a part and of its folder. */
const PART = /^([^_]{1,200})_(\d{1,20})_(\d{1,20})_\d{1,10}(?:_\d{1,20})?$/;

/** The end of a table's log of tokens, which promises a part that is not there. */
export interface UnkeptPart {
  /** The log. */
  readonly path: string;
  /** Bytes of it that are right. */
  readonly size: number;
  readonly part: string;
}

/** Was the engine that had the folder last killed, or does it have it still? It takes its `status` away when it ends. */
export async function isLeftOpen(folder: string): Promise<boolean> {
  return access(join(folder, 'status')).then(
    () => true,
    () => false,
  );
}

/**
 * A table notes an insert's token in `deduplication_logs`, and only then gives the part its name (`MergeTreeSink::commitPart`). An engine that is
 * killed between the two takes the batch as known ever after, and drops it when it is sent again: its rows would never be there. One part at
 * most of each table, for a table adds one at a time, and what stands last. To be called while the engine has the folder, and before
 * anybody inserts.
 */
export async function unkeptParts(folder: string): Promise<UnkeptPart[]> {
  const found: UnkeptPart[] = [];
  for await (const table of tableFolders(folder)) {
    const last = await lastToken(join(table, 'deduplication_logs'));
    if (last !== null && !(await hasPart(table, last.part))) found.push(last);
  }
  return found;
}

/** Forgets the tokens, so that their batches are taken when they are sent again. To be called while no engine has the folder. */
export async function forgetTokens(parts: readonly UnkeptPart[]): Promise<void> {
  for (const { path, size } of parts) {
    const file = await open(path, 'r+');
    try {
      await file.truncate(size);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

async function lastToken(logs: string): Promise<UnkeptPart | null> {
  const names = (await readdir(logs).catch(() => [])).filter((name) => LOG.test(name));
  const byNumber = names.toSorted((a, b) => Number(LOG.exec(b)?.[1]) - Number(LOG.exec(a)?.[1]));
  for (const name of byNumber) {
    const path = join(logs, name);
    const bytes = await readFile(path); // at most as many lines as tokens are remembered
    if (bytes.length === 0) continue; // a log that was begun and has no token yet
    const size = bytes.lastIndexOf('\n', bytes.length - 2) + 1;
    const [operation, part] = bytes.toString('latin1', size).split('\t');
    return operation === ADDED && part !== undefined ? { path, size, part } : null;
  }
  return null;
}

/** Is there the part, or one that it was merged into? */
async function hasPart(table: string, part: string): Promise<boolean> {
  const [, partition, block] = PART.exec(part) ?? [];
  if (partition === undefined) return true; // a name of another make: nothing is known of it
  return (await readdir(table)).some((name) => {
    const [, where, first, last] = PART.exec(name) ?? [];
    return where === partition && Number(first) <= Number(block) && Number(block) <= Number(last);
  });
}
