import type { Disk } from '../disk.ts';
import { type BlobContent, readBlobs } from '../keep/blobs.ts';
import { PACK_RECORDS } from '../pack.ts';
import { isDetached } from '../secrecy/detached.ts';
import type { FindDetached } from './record-files.ts';

/** What `ref` records of a ledger's folder are of; null for what was erased. The last two files are held: records come in their order. */
export function detachedIn(disk: Disk): FindDetached {
  const files = new Map<number, BlobContent>();
  const contentOf = async (n: number): Promise<BlobContent> => {
    const known = files.get(n) ?? (await readBlobs(disk, n));
    files.set(n, known);
    for (const old of files.keys()) if (old < n - 1) files.delete(old);
    return known;
  };
  return async (index, record) => {
    const n = Math.floor(index / PACK_RECORDS);
    // A payload is written before its record, and so may stand in the file before.
    for (const number of n === 0 ? [0] : [n - 1, n]) {
      const found = (await contentOf(number)).held.get(record.payload.toString('hex'));
      if (found && isDetached(record, found.salt, found.payload)) return found;
    }
    return null;
  };
}
