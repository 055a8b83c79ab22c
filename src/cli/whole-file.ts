import { randomUUID } from 'node:crypto';
import { lstat, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../core/errors.ts';

type Content = string | AsyncIterable<Uint8Array>;

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EROFS: 'the disk is read-only',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EIO: 'the disk or network reports an error',
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EISDIR: 'a folder is in its place',
};

/** E_OUTPUT, with what a person can do something about. */
export function cannotWrite(path: string, cause: unknown): AppError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new AppError('E_OUTPUT', `cannot write "${path.slice(-80)}": ${REASONS[code] ?? message} (${code})`, {
    cause,
  });
}

const DRAFT = /^[0-9a-f-]{36}\.tmp$/;
/** Nobody writes any more to a draft that stood still for so long. */
const LEFT_MS = 3_600_000;

/** What the name of a file's drafts begins with. */
const draftOf = (path: string) => `.${basename(path).slice(0, 80)}.`;

/** Removes drafts of this file that were left by writers that were killed: they may be as large as a disk. Gives their paths. */
export async function removeLeftDrafts(path: string, nowMs: number): Promise<string[]> {
  const names = await readdir(dirname(path)).catch(() => []); // then writing tells why
  const removed: string[] = [];
  for (const name of names) {
    if (!name.startsWith(draftOf(path)) || !DRAFT.test(name.slice(draftOf(path).length))) continue;
    const draft = join(dirname(path), name);
    const found = await lstat(draft).catch(() => null); // it was put in its place just now
    if (found === null || !found.isFile() || nowMs - found.mtimeMs < LEFT_MS) continue;
    await rm(draft, { force: true });
    removed.push(draft);
  }
  return removed;
}

/** Writes a draft beside a file's place and resolves with its path: it is on the disk, and `rename` puts it in place. Nothing is left when it fails. */
export async function writeDraft(path: string, content: Content, mode?: number): Promise<string> {
  const draft = join(dirname(path), `${draftOf(path)}${randomUUID()}.tmp`);
  try {
    const handle = await open(draft, 'wx', mode);
    try {
      await writeFile(handle, content);
      await handle.sync(); // a full disk may show only here
    } finally {
      await handle.close();
    }
    return draft;
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw error;
  }
}

/** Writes a file: it is there whole, on the disk, or as it was before. A link in its place is replaced, not followed. */
export async function writeWholeFile(path: string, content: Content, mode?: number): Promise<void> {
  const draft = await writeDraft(path, content, mode);
  try {
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw error;
  }
}
