import type { Dirent } from 'node:fs';
import { chown, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Why a folder does not open. */
export type OpenFailure = 'locked' | 'surroundings' | 'broken';

const LOCKED = /Cannot lock file|Another server instance/;

// A folder is put aside only on evidence against it: not because the disk is full or a right is missing, and not for what is unknown.
const SURROUNDINGS =
  /Permission denied|No space left|NOT_ENOUGH_SPACE|Read-only file system|Cannot allocate memory|MEMORY_LIMIT_EXCEEDED|Too many open files|Input\/output error|CANNOT_LOAD_CONFIG/i;
const EVIDENCE = /DB::(?:[A-Za-z]{1,30})?Exception|ended \((?:SIGSEGV|SIGABRT|SIGBUS|SIGILL|SIGFPE)\)/;

/** What the engine's words for a failed start mean for the folder. */
export function openFailure(said: string): OpenFailure {
  if (LOCKED.test(said)) return 'locked';
  return EVIDENCE.test(said) && !SURROUNDINGS.test(said) ? 'broken' : 'surroundings';
}

const MUTATION = /^mutation_\d{1,20}\.txt$/;

/**
 * Removes mutation entries of 0 bytes, which an ALTER on a full disk leaves behind and which keep the whole folder from opening. What they
 * asked for never began. Gives the removed paths.
 */
export async function repairFolder(folder: string): Promise<string[]> {
  const removed: string[] = [];
  for await (const path of mutationFiles(folder)) {
    const { size } = await stat(path);
    if (size > 0) continue;
    await rm(path);
    removed.push(path);
  }
  return removed;
}

async function* mutationFiles(folder: string): AsyncGenerator<string> {
  for await (const table of tableFolders(folder))
    for (const entry of await entries(table))
      if (entry.isFile() && MUTATION.test(entry.name)) yield join(table, entry.name);
}

/** `store/<first 3>/<uuid>` of an index is where tables of Atomic databases are. */
export async function* tableFolders(folder: string): AsyncGenerator<string> {
  for (const prefix of await folders(join(folder, 'store'))) yield* await folders(prefix);
}

const folders = async (parent: string): Promise<string[]> =>
  (await entries(parent)).filter((entry) => entry.isDirectory()).map(({ name }) => join(parent, name));

const entries = (folder: string): Promise<Dirent[]> => readdir(folder, { withFileTypes: true }).catch(() => []);

/** Puts the folder aside, for a person to look into, and gives its new name: `index.broken-20260102T030405Z`. */
export async function quarantine(folder: string, at: Date): Promise<string> {
  const stamp = at.toISOString().replace(/[-:]|\.\d+/g, '');
  const aside = `${folder}.broken-${stamp}`;
  await rename(folder, aside);
  return aside;
}

/** Makes the folder, for its user alone. An existing one is only given to `uid`. */
export async function ownedFolder(folder: string, uid: number | undefined, gid: number | undefined): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (uid === undefined) return;
  const group = gid ?? -1;
  const { uid: owner } = await stat(folder);
  if (owner === uid) return;
  await chown(folder, uid, group);
  // It ran under another user before.
  for (const path of await readdir(folder, { recursive: true })) await chown(join(folder, path), uid, group);
}
