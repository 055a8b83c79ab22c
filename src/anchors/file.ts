import { hash } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { AppError } from '../core/errors.ts';
import { type Checkpoint, parseCheckpoint } from '../core/tlog/checkpoint.ts';
import { splitNote } from '../core/tlog/note.ts';
import type { Anchor, AnchorKind, Kept } from './index.ts';

const NAME = /^(?<size>\d{19})\.checkpoint$/;

/** A folder on another disk or machine (a WORM share, a stick): one file a checkpoint, written once, never changed. */
export default {
  name: 'file',
  open(place: string): Anchor {
    if (!isAbsolute(place)) throw new AppError('E_CONFIG', `the folder "${place.slice(0, 80)}" is no absolute path`);
    return { kind: 'file', place, keep: (checkpoint) => keep(place, checkpoint) };
  },
} satisfies AnchorKind;

async function keep(place: string, text: string): Promise<Kept> {
  const checkpoint = parseCheckpoint(splitNote(text).text);
  const folder = join(place, folderOf(checkpoint));
  const kept: Kept = { ending: 'checkpoint', bytes: Buffer.from(text), seconds: null };
  try {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    await checkLatest(folder, checkpoint);
    await writeOnce(folder, `${String(checkpoint.size).padStart(19, '0')}.checkpoint`, kept.bytes);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('E_UNAVAILABLE', `cannot keep it: ${(cause as Error).message}`, { cause });
  }
  return kept;
}

// An origin is free text: its letters for people, its hash so that two of them never share a folder.
function folderOf({ origin }: Checkpoint): string {
  const plain = origin.replace(/[^A-Za-z0-9-]+/g, '_').slice(0, 60);
  return `${plain}-${hash('sha256', origin).slice(0, 16)}`;
}

/** What lies there already must be smaller, or the same tree. */
async function checkLatest(folder: string, { size, root }: Checkpoint): Promise<void> {
  const sizes = (await readdir(folder)).filter((name) => NAME.test(name)).sort();
  const latest = sizes[sizes.length - 1];
  if (latest === undefined || BigInt(latest.slice(0, 19)) < size) return;
  const there = parseCheckpoint(splitNote(await readFile(join(folder, latest), 'utf8')).text);
  if (there.size > size)
    throw new AppError(
      'E_TAMPERED',
      `${join(folder, latest)} is of ${there.size} records, and the ledger is now at ${size}: it was set back`,
    );
  if (!there.root.equals(root))
    throw new AppError('E_TAMPERED', `${join(folder, latest)} is of another tree of ${size} records: a second history`);
}

/** Under its name there is the whole file, or none; one that is there stays. */
async function writeOnce(folder: string, name: string, bytes: Buffer): Promise<void> {
  const temporary = join(folder, `.${name}.new`);
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', 0o444);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await link(temporary, join(folder, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error; // the same tree, kept before
  });
  await rm(temporary);
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
