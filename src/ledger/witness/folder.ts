import { mkdirSync } from 'node:fs';
import { AppError } from '../../core/errors.ts';
import { type Disk, readWhole, realDisk, writeWhole } from '../disk.ts';
import { formatWitnessKey, parseWitnessKey, type WitnessKey } from './key.ts';
import { hasCosigned } from './memory.ts';

const KEY = 'key';

/** The folder of a witness, made when it is absent: for its owner only. */
export function witnessFolder(path: string): Disk {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return realDisk(path);
}

/**
 * The witness's key: made, for its owner's eyes only, when the folder has none. `name` is then its name; of a key that is there it
 * must be the name, or null. Throws E_CONFIG.
 */
export async function witnessKey(
  disk: Disk,
  name: string | null,
  random: (bytes: number) => Buffer,
): Promise<WitnessKey> {
  if (await disk.exists(KEY)) {
    const pair = parseWitnessKey((await readWhole(disk, KEY)).toString('utf8'));
    if (name !== null && pair.key.name !== name)
      throw new AppError('E_CONFIG', `the witness is called ${pair.key.name}: its name is part of its key and stays`);
    return pair;
  }
  if (name === null) throw new AppError('E_NOT_FOUND', 'there is no key yet: spoor witness serve makes one');
  if (await hasCosigned(disk))
    throw new AppError('E_CONFIG', 'the witness’s key is gone, and what it cosigned is there: it needs a new folder');
  const text = formatWitnessKey(name, random(32));
  await writeWhole(disk, KEY, [Buffer.from(text)], 0o400);
  return parseWitnessKey(text);
}
