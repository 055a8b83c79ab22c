import { AppError } from '../../core/errors.ts';
import type { Ledger } from '../ledger.ts';
import { PACK_RECORDS } from '../pack.ts';
import { parseRecord } from '../record.ts';
import { dutyOf, type Hold } from './holds.ts';
import { type KeepFolder, readKeeping } from './prune.ts';

const MAX_RANGE = 1_000_000;

/** Records whose payloads are to go. */
export interface Erasure {
  readonly first: number;
  readonly last: number;
  readonly who: string;
}

interface Found {
  readonly index: number;
  readonly digest: string;
}

/**
 * Erases the payloads of the `ref` records in a range: an `erase` record states it, sealed, and then they are taken out of their file.
 * Records that are not erasable stay as they are. Resolves with how many payloads went. Throws E_NOT_FOUND when none in the range is
 * erasable, E_USAGE when a hold keeps one.
 */
export async function eraseRecords(
  folder: KeepFolder,
  ledger: Pick<Ledger, 'note' | 'seal' | 'blobs'>,
  { first, last, who }: Erasure,
): Promise<number> {
  if (last - first >= MAX_RANGE) throw new AppError('E_USAGE', `over ${MAX_RANGE} records at once`);
  await ledger.seal();
  const found = await readKeeping(folder, async (reader, { holds }) => {
    const refs: Found[] = [];
    for (let index = first; index <= last; index += 1) {
      const { kind, fields, payload } = parseRecord(await reader.entry(index));
      if (kind !== 'ref') continue;
      const hold = holds.standing.find((one) => holdsIt(one, index, fields['stream'] ?? ''));
      if (hold) throw new AppError('E_USAGE', `record ${index} is kept by the hold "${hold.id}"`);
      refs.push({ index, digest: payload.toString('hex') });
    }
    return refs;
  });
  if (found.length === 0) throw new AppError('E_NOT_FOUND', `no record from ${first} to ${last} is erasable`);
  let gone = 0;
  const packs = new Set(found.map(({ index }) => Math.floor(index / PACK_RECORDS)));
  for (const n of packs) {
    const [from, to] = [Math.max(first, n * PACK_RECORDS), Math.min(last, (n + 1) * PACK_RECORDS - 1)];
    await ledger.note('erase', { blob: String(n), first: String(from), last: String(to), who });
  }
  await ledger.seal();
  const digests = new Set(found.map(({ digest }) => digest));
  for (const n of new Set([...packs].flatMap((one) => (one === 0 ? [0] : [one - 1, one]))))
    gone += await ledger.blobs.takeOut(n, (digest) => digests.has(digest));
  return gone;
}

function holdsIt(hold: Hold, index: number, of: string): boolean {
  const { stream, first, last } = hold;
  if (dutyOf(hold) !== null) return false; // it says how long the log stands, not what a payload is kept for
  return (stream === null || stream === of) && index >= (first ?? 0) && index <= (last ?? Number.POSITIVE_INFINITY);
}
