import { AppError } from '../core/errors.ts';
import { type LedgerRecord, parseRecord } from './record.ts';

/**
 * The record at an index; one that was split into parts is joined again, by whichever part it is asked. `entry` reads entries, verified
 * where the caller wants them so. Throws E_MALFORMED when a part is missing.
 */
export async function joinedRecord(
  entry: (index: number) => Promise<Buffer>,
  index: number,
): Promise<{ readonly record: LedgerRecord; readonly first: number; readonly last: number }> {
  const record = parseRecord(await entry(index));
  const [nth, parts] = (record.fields['part'] ?? '1/1').split('/').map(Number) as [number, number];
  if (!(nth >= 1 && parts >= nth))
    throw new AppError('E_MALFORMED', `record ${index} is part ${record.fields['part']}`);
  if (parts === 1) return { record, first: index, last: index };
  const first = index - (nth - 1);
  const payloads: Buffer[] = [];
  for (let at = 0; at < parts; at += 1) {
    const part = at === nth - 1 ? record : parseRecord(await entry(first + at));
    const follows = Number(part.fields['seq']) - at === Number(record.fields['seq']) - (nth - 1);
    if (part.fields['part'] !== `${at + 1}/${parts}` || part.fields['stream'] !== record.fields['stream'] || !follows)
      throw new AppError(
        'E_MALFORMED',
        `the record at ${first} has ${parts} parts, and ${first + at} is not its part ${at + 1}: the writer ended in the middle of it, before it was acknowledged`,
      );
    payloads.push(part.payload);
  }
  return { record: { ...record, payload: Buffer.concat(payloads) }, first, last: first + parts - 1 };
}
