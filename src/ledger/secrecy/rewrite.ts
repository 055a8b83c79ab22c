import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { type Disk, readChunks, writeWhole } from '../disk.ts';
import { filesOf } from '../folder-files.ts';
import { walFirst } from '../wal.ts';
import { sealedFiles } from './at-rest.ts';
import { isSecret } from './sealed-disk.ts';

/** What `rewriteFolder` did. */
export interface Rewritten {
  /** Files that were encrypted anew. */
  readonly files: number;
  readonly bytes: number;
}

/**
 * Encrypts with the key `id`, which must be the newest of `disk`, all files of a folder that are in plain or under an older key: each is
 * written beside the old one, made durable, read back and compared, and then takes its place. It may be killed at any time, and goes on when it
 * is called again. Log files are left to their writer, who does the same at its start. For the one writer of the folder; `onFile` is told
 * of each file. Throws E_TAMPERED when one does not read back: the old one stays.
 */
export async function rewriteFolder(
  folder: string,
  disk: Disk,
  id: string,
  onFile: (path: string) => void = () => {},
): Promise<Rewritten> {
  const { sealed, plain, unreadable } = await sealedFiles(folder);
  if (unreadable.length > 0)
    throw new AppError('E_UNREADABLE', `${unreadable[0]} may not be read: nothing was encrypted anew`);
  // What a write left that was cut short may be in plain, and nothing reads it.
  for (const path of filesOf(folder).unfinished.filter(isSecret)) await disk.remove(path);
  const old = [...plain, ...sealed.filter((one) => one.id !== id).map(({ path }) => path)].sort();
  let [files, bytes] = [0, 0];
  for (const path of old) {
    if (path.startsWith('wal/') && walFirst(path.slice(4)) !== null) continue;
    bytes += await rewriteFile(disk, path, (await stat(join(folder, path))).mode & 0o777);
    files += 1;
    onFile(path);
  }
  return { files, bytes };
}

async function rewriteFile(disk: Disk, path: string, mode: number): Promise<number> {
  const file = await disk.open(path, 'read');
  const digest = createHash('sha256');
  let length = 0;
  async function* content(): AsyncGenerator<Buffer> {
    for await (const bytes of readChunks(file, 0, await file.size())) {
      digest.update(bytes);
      length += bytes.length;
      yield bytes;
    }
  }
  try {
    await writeWhole(disk, path, content(), mode, async () => {
      if ((await digestOf(disk, `${path}.new`)) !== digest.digest('hex'))
        throw new AppError('E_TAMPERED', `${path} does not read back as it was encrypted anew: the old file stays`);
    });
  } finally {
    await file.close();
  }
  return length;
}

async function digestOf(disk: Disk, path: string): Promise<string> {
  const file = await disk.open(path, 'read');
  try {
    const digest = createHash('sha256');
    for await (const bytes of readChunks(file, 0, await file.size())) digest.update(bytes);
    return digest.digest('hex');
  } finally {
    await file.close();
  }
}
