import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';
import { isDraftName } from '../report/abuse/drafts.ts';
import { MARK } from '../report/abuse/readme.ts';
import { makeFolder } from './make-folder.ts';
import { cannotWrite, writeWholeFile } from './whole-file.ts';

const MAX_NAMED = 80;

/**
 * May drafts be written into this folder: is it absent, empty, or of an earlier run? Throws E_USAGE otherwise, before
 * anything is read or written, so that no file of somebody else's is lost.
 */
export async function checkDraftFolder(folder: string): Promise<void> {
  const named = `--abuse "${folder.slice(0, MAX_NAMED)}"`;
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    throw new AppError('E_USAGE', `${named}: cannot write there (${code ?? 'unknown'})`, { cause });
  }
  if (names.length === 0 || (await readme(folder)).startsWith(MARK)) return;
  throw new AppError('E_USAGE', `${named}: it is not empty and no earlier run made it: give a new folder`);
}

async function readme(folder: string): Promise<string> {
  return readFile(join(folder, 'README.txt'), 'utf8').catch(() => '');
}

/**
 * Writes drafts by file name, and removes those of an earlier run. README.txt comes first, so that a run that is cut off
 * leaves a folder that the next one knows again. Throws E_USAGE as `checkDraftFolder`, and E_OUTPUT.
 */
export async function writeDrafts(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  await checkDraftFolder(folder);
  let at = folder;
  try {
    await makeFolder(folder, 0o700); // they name people's machines
    const order = [...files].sort(([a], [b]) => Number(b === 'README.txt') - Number(a === 'README.txt'));
    for (const [name, text] of order) {
      at = join(folder, name);
      await writeWholeFile(at, text, 0o600);
    }
    for (const name of await readdir(folder)) {
      at = join(folder, name);
      if (isDraftName(name) && !files.has(name)) await rm(at, { force: true });
    }
  } catch (cause) {
    throw cannotWrite(at, cause);
  }
}
