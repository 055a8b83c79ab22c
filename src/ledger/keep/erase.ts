import { AppError } from '../../core/errors.ts';
import type { Ledger } from '../ledger.ts';
import type { IndexRange } from '../log.ts';
import { PACK_RECORDS } from '../pack.ts';
import type { LedgerReader } from '../reader.ts';
import type { LedgerRecord } from '../record.ts';
import { beginErasing, finishErasing, recordsOf, takeOutPayloads } from './erasing.ts';
import { dutyOf, type Hold } from './holds.ts';
import { type KeepFolder, readKeeping } from './prune.ts';
import type { Survey } from './survey.ts';

const MAX_RANGE = 1_000_000;
const MAX_REASON = 1000;

/** Records whose payloads are to go. */
export interface Erasure {
  readonly first: number;
  readonly last: number;
  readonly who: string;
  /** Why, in words; it stands in the log for ever. */
  readonly reason?: string | undefined;
}

/** Records that stay as they are. */
export interface Unerased extends IndexRange {
  readonly why: string;
}

/** What came of an order. */
export interface Erased {
  /** How many payloads went. */
  readonly erased: number;
  /** Records of the range that stay as they are. */
  readonly stays: Unerased[];
}

interface Found {
  readonly refs: readonly { readonly index: number; readonly digest: string }[];
  readonly stays: Unerased[];
}

/**
 * Erases the payloads of the `ref` records in a range: an `erase` record states it, sealed, and then they are taken out of their file; what a
 * crash cuts short ends when the ledger is opened again. Records that are not erasable stay as they are, and are told. `before` is called with
 * what goes, before anything is written. Throws E_NOT_FOUND when none in the range is erasable, E_USAGE when a hold keeps one.
 */
export async function eraseRecords(
  folder: KeepFolder,
  ledger: Pick<Ledger, 'note' | 'seal' | 'blobs' | 'size'>,
  { first, last, who, reason = '' }: Erasure,
  before: (range: IndexRange) => void = () => {},
): Promise<Erased> {
  if (last - first >= MAX_RANGE) throw new AppError('E_USAGE', `over ${MAX_RANGE} records at once`);
  if (who.trim() === '') throw new AppError('E_USAGE', 'who orders it is not named');
  if (reason.length > MAX_REASON) throw new AppError('E_USAGE', `a reason of over ${MAX_REASON} characters`);
  await finishErasing(folder.disk, ledger.blobs); // one that an error of the disk cut short
  await ledger.seal();
  const { refs, stays } = await readKeeping(folder, (reader, survey) => erasable(reader, survey, { first, last }));
  const [from, to] = [refs[0]?.index, refs.at(-1)?.index];
  if (from === undefined || to === undefined)
    throw new AppError('E_NOT_FOUND', `no record from ${first} to ${last} is erasable: ${stayWords(stays)}`);
  before({ first: from, last: to });
  const done = await beginErasing(folder.disk, ledger.size);
  const packs = new Set(refs.map(({ index }) => Math.floor(index / PACK_RECORDS)));
  for (const n of packs) {
    const part = [Math.max(from, n * PACK_RECORDS), Math.min(to, (n + 1) * PACK_RECORDS - 1)].map(String);
    const fields = { blob: String(n), first: part[0] as string, last: part[1] as string, who };
    await ledger.note('erase', fields, Buffer.from(reason));
  }
  await ledger.seal();
  const erased = await takeOutPayloads(ledger.blobs, refs);
  await done();
  return { erased, stays };
}

/** Records that stay, in words: `0..3 (their source is not erasable), 7 (it was erased before)`. */
export function stayWords(stays: readonly Unerased[], most = 20): string {
  const words = stays
    .slice(0, most)
    .map(({ first, last, why }) => `${first === last ? first : `${first}..${last}`} (${why})`);
  return `${words.join(', ')}${stays.length > most ? `, and ${stays.length - most} more ranges` : ''}`;
}

async function erasable(
  reader: LedgerReader,
  { holds, detached }: Pick<Survey, 'holds' | 'detached'>,
  range: IndexRange,
): Promise<Found> {
  const refs: { index: number; digest: string }[] = [];
  const stays: { first: number; last: number; why: string }[] = [];
  for await (const { index, record } of recordsOf(reader, range)) {
    const digest = record.payload.toString('hex');
    const why = whyNot(record, detached.has(digest));
    const hold = why === null ? holds.standing.find((one) => holdsIt(one, index, record)) : undefined;
    if (hold) throw new AppError('E_USAGE', `record ${index} is kept by the hold "${hold.id}": nothing was erased`);
    if (why === null) refs.push({ index, digest });
    else if (stays.at(-1)?.last === index - 1 && stays.at(-1)?.why === why)
      Object.assign(stays.at(-1) as object, { last: index });
    else stays.push({ first: index, last: index, why });
  }
  return { refs, stays };
}

/** Why a record's payload cannot be erased; null where it can. */
function whyNot({ kind }: LedgerRecord, isThere: boolean): string | null {
  if (kind === 'ref') return isThere ? null : 'it was erased before';
  return kind === 'raw' ? 'its source was not erasable when it came' : 'it is the ledger’s own';
}

function holdsIt(hold: Hold, index: number, { fields }: LedgerRecord): boolean {
  const { stream, first, last } = hold;
  if (dutyOf(hold) !== null) return false; // it says how long the log stands, not what a payload is kept for
  const isOf = stream === null || stream === fields['stream'];
  return isOf && index >= (first ?? 0) && index <= (last ?? Number.POSITIVE_INFINITY);
}
