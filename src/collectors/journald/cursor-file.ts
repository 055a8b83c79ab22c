import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../../core/durable-file.ts';
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
export function saveCursor(folder: string, cursor: string): Promise<void> {
  return replaceFile(join(folder, FILE), `${cursor}\n`, 0o600);
}
