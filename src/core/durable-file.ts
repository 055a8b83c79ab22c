import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Puts a text in the place of a file, old or new after a crash, durably. Throws what the disk says; then the file is as it was. */
export function replaceFileSync(path: string, text: string, mode = 0o640): void {
  const next = `${path}.new`;
  const file = openSync(next, 'w', mode);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(next, path);
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** The same for what may be large or comes often: others go on meanwhile. */
export async function replaceFile(path: string, content: string | Buffer, mode = 0o640): Promise<void> {
  const next = `${path}.new`;
  const file = await open(next, 'w', mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(next, path);
  const folder = await open(dirname(path), 'r');
  await folder.sync();
  await folder.close();
}
