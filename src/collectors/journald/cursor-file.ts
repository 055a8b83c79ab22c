import { constants } from 'node:fs';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { CURSOR_TEXT } from './entries.ts';

const FILE = 'cursor';

/** The cursor that was saved in a folder, which is made; null when there is none. */
export async function readCursor(folder: string): Promise<string | null> {
  await mkdir(folder, { recursive: true });
  const text = await readFile(join(folder, FILE), 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return CURSOR_TEXT.test(text.trim()) ? text.trim() : null;
}

/** Resolves when the cursor is on the disk, in place of the one before. */
export async function saveCursor(folder: string, cursor: string): Promise<void> {
  const path = join(folder, FILE);
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(`${cursor}\n`);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  const directory = await open(folder, constants.O_RDONLY);
  await directory.sync();
  await directory.close();
}
