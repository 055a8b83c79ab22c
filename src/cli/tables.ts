import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';
import { makeFolder } from './make-folder.ts';
import { cannotWrite, writeDraft } from './whole-file.ts';

/** What the caller named is no folder and cannot become one. */
const NO_FOLDER = new Set(['ENOTDIR', 'EEXIST', 'ENAMETOOLONG', 'ELOOP']);

/**
 * Writes tables into a folder, which is made where it is missing: `tables` holds each table's text by its name. A table is
 * there whole, on the disk, or as it was before; none is replaced before all are written. Throws E_OUTPUT, or E_USAGE when
 * there can be no such folder.
 */
export async function writeTables(folder: string, tables: ReadonlyMap<string, string>): Promise<void> {
  const written = new Map<string, string>();
  let at = folder;
  try {
    await makeFolder(folder);
    for (const [name, text] of tables) {
      at = join(folder, `${name}.csv`);
      if ((await stat(at).catch(() => null))?.isDirectory())
        throw Object.assign(new Error('a folder is in its place'), { code: 'EISDIR' });
      written.set(await writeDraft(at, text), at);
    }
    for (const [draft, final] of written) {
      at = final;
      await rename(draft, final);
    }
    at = folder;
    await syncFolder(folder);
  } catch (cause) {
    for (const draft of written.keys()) await rm(draft, { force: true }).catch(() => {});
    throw failure(folder, at, cause as NodeJS.ErrnoException);
  }
}

function failure(folder: string, at: string, cause: NodeJS.ErrnoException): AppError {
  const code = cause.code ?? '';
  if (NO_FOLDER.has(code) && at === folder)
    return new AppError('E_USAGE', `--csv "${folder.slice(0, 80)}": cannot write there: it is no folder (${code})`, {
      cause,
    });
  return cannotWrite(at, cause);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync().catch(() => {}); // some file systems cannot: then the names are as safe as they get
  } finally {
    await handle.close();
  }
}
