import { existsSync } from 'node:fs';
import { open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tableFolders } from './folder.ts';

const LOG = /^deduplication_log_(\d{1,20})\.txt$/;
const ADDED = '1';
/** `<partition>_<first block>_<last block>_<level>[_<mutation>]`, the name of a part and of its folder. */
const PART = /^([^_]{1,200})_(\d{1,20})_(\d{1,20})_\d{1,10}(?:_\d{1,20})?$/;

/** A line as the engine writes it: the operation, the part, the token. Its part is the second group. */
const LINE = /([12])\t([^\t\n]{1,300})\t[^\t\n]{1,300}\n/y;
/** Lies in the index's folder from before it is opened after a kill until it was looked at. */
const UNLOOKED = 'spoor-unlooked';

/** The end of a table's log of tokens, which promises a part that is not there, or is no line. */
export interface WrongEnd {
  /** The log. */
  readonly path: string;
  /** Bytes of it that are right. */
  readonly size: number;
  /** What is not there; null: the log is torn. */
  readonly part: string | null;
}

/**
 * Was the engine that had the folder last killed, or does it have it still? It takes its `status` away when it ends in peace, also where we are
 * killed before we have looked; hence a mark of our own, which stays until `looked`.
 */
export async function isLeftOpen(folder: string): Promise<boolean> {
  if (existsSync(join(folder, UNLOOKED))) return true;
  if (!existsSync(join(folder, 'status'))) return false;
  await writeFile(join(folder, UNLOOKED), '');
  return true;
}

/** What was left open is right again. */
export async function looked(folder: string): Promise<void> {
  await rm(join(folder, UNLOOKED), { force: true });
}

/**
 * A table notes an insert's token in `deduplication_logs`, and only then gives the part its name (`MergeTreeSink::commitPart`). An engine that is
 * killed between the two takes the batch as known ever after, and drops it when it is sent again: its rows would never be there. One part at
 * most of each table, for a table adds one at a time, and what was added last. And a power cut may leave half a line, or zeros: the engine reads
 * no further, so that all that it notes behind them is forgotten with each start. To be called while the engine has the folder, and before
 * anybody inserts.
 */
export async function wrongEnds(folder: string): Promise<WrongEnd[]> {
  const found: WrongEnd[] = [];
  for await (const table of tableFolders(folder)) {
    const log = await lastLog(join(table, 'deduplication_logs'));
    if (log === null) continue;
    const { added, size } = readLog(log.bytes);
    if (added !== null && !(await hasPart(table, added.part))) found.push({ path: log.path, ...added });
    else if (size < log.bytes.length) found.push({ path: log.path, size, part: null });
  }
  return found;
}

/** Cuts them off, so that batches that are not there are taken when they are sent again. To be called while no engine has the folder. */
export async function cutOff(ends: readonly WrongEnd[]): Promise<void> {
  for (const { path, size } of ends) {
    const file = await open(path, 'r+');
    try {
      await file.truncate(size);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

async function lastLog(logs: string): Promise<{ path: string; bytes: Buffer } | null> {
  const names = (await readdir(logs).catch(() => [])).filter((name) => LOG.test(name));
  const byNumber = names.toSorted((a, b) => Number(LOG.exec(b)?.[1]) - Number(LOG.exec(a)?.[1]));
  for (const name of byNumber) {
    const path = join(logs, name);
    const bytes = await readFile(path); // at most twice as many lines as tokens are remembered
    if (bytes.length > 0) return { path, bytes }; // else it was begun and has no token yet
  }
  return null;
}

/** Bytes that are lines, from the beginning; the part that was added last, unless it was dropped since, with where its line begins. */
function readLog(bytes: Buffer): { size: number; added: { part: string; size: number } | null } {
  const text = bytes.toString('latin1');
  let added: { part: string; size: number } | null = null;
  LINE.lastIndex = 0;
  let size = 0;
  for (let line = LINE.exec(text); line !== null; line = LINE.exec(text)) {
    const [, operation, part = ''] = line;
    if (operation === ADDED) added = { part, size };
    else if (part === added?.part) added = null;
    size = LINE.lastIndex;
  }
  return { size, added };
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
