import { AppError } from '../../core/errors.ts';
import { type Disk, readWhole, writeWhole } from '../disk.ts';
import { type LedgerRecord, parseRecord } from '../record.ts';

/** Names the record under which the beginning of the log was given up: only a hint, the record is what counts. */
export const PRUNED = 'pruned';

const LINE = /^prune record (?<index>0|[1-9]\d{0,15})\n$/;

/** Index of the record that the hint names; null without a hint. Throws E_MALFORMED for one that is not as it was written. */
export async function prunedHint(disk: Disk): Promise<number | null> {
  if (!(await disk.exists(PRUNED))) return null;
  const index = LINE.exec((await readWhole(disk, PRUNED)).toString('latin1'))?.groups?.['index'];
  if (index === undefined) throw new AppError('E_MALFORMED', 'it is not as it was written');
  return Number(index);
}

/** Puts the hint in place. */
export function writePruned(disk: Disk, index: number): Promise<void> {
  return writeWhole(disk, PRUNED, [Buffer.from(`prune record ${index}\n`)], 0o440);
}

/** The prune record that the hint names; null without one. Rejects when there is none at that place. */
export async function prunedBy(disk: Disk, entry: (index: number) => Promise<Buffer>): Promise<LedgerRecord | null> {
  const index = await prunedHint(disk);
  if (index === null) return null;
  const record = parseRecord(await entry(index));
  if (record.kind !== 'prune') throw new AppError('E_MALFORMED', `record ${index} is no prune record`);
  return record;
}
