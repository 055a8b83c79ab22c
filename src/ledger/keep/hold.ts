import { AppError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import type { Ledger } from '../ledger.ts';
import { durationUs } from './duration.ts';
import { fillUp } from './fill.ts';
import { dutyOf, type Hold } from './holds.ts';
import { policyText } from './keep-policy.ts';
import { type KeepFolder, readKeeping } from './prune.ts';

/** A hold that is to be placed. */
export interface NewHold {
  readonly id: string;
  readonly reason: string;
  readonly stream?: string;
  readonly range?: { readonly first: number; readonly last: number };
}

/** The holds that stand. */
export function standingHolds(folder: KeepFolder): Promise<readonly Hold[]> {
  return readKeeping(folder, async (_, { holds }) => holds.standing);
}

type Writer = Pick<Ledger, 'note' | 'seal' | 'size'>;

/** Places a hold, sealed. Resolves with the index of its record. Throws E_USAGE for an id that stands, E_NOT_FOUND when what it is to keep is gone. */
export async function placeHold(folder: KeepFolder, ledger: Writer, hold: NewHold): Promise<number> {
  if (!/^[!-~]{1,100}$/.test(hold.id) || hold.id.startsWith('duty-'))
    throw new AppError('E_USAGE', `"${hold.id.slice(0, 40)}" is no name of a hold: letters and digits without a space`);
  await ledger.seal();
  await readKeeping(folder, async (_, { holds, minimum, firstOf }) => {
    if (holds.standing.some(({ id }) => id === hold.id))
      throw new AppError('E_USAGE', `the hold "${hold.id}" stands already`);
    const first = hold.range?.first;
    if (first !== undefined && first < minimum)
      throw new AppError('E_NOT_FOUND', `the records before ${minimum} were given up: hold ${minimum} and on`);
    if (hold.stream !== undefined && firstOf(hold.stream) === null)
      throw new AppError('E_NOT_FOUND', `no record of the stream "${printable(hold.stream.slice(0, 80))}" is there`);
  });
  return written(ledger, hold);
}

async function written(ledger: Writer, { id, reason, stream, range }: NewHold): Promise<number> {
  const index = await ledger.note('hold', {
    id,
    ...(stream !== undefined && { stream }),
    ...(range && { first: String(range.first), last: String(range.last) }),
    reason,
  });
  await ledger.seal();
  return index;
}

/** Ends a hold, sealed. Resolves with the index of the record that says so. Throws E_NOT_FOUND when none of that name stands, E_USAGE for a duty of the policy. */
export async function releaseHold(folder: KeepFolder, ledger: Writer, id: string): Promise<number> {
  await ledger.seal();
  const standing = await standingHolds(folder);
  const known = standing.filter((hold) => hold.id === id);
  if (known.length === 0) throw new AppError('E_NOT_FOUND', `no hold "${printable(id.slice(0, 100))}" stands`);
  if (known.some((hold) => dutyOf(hold) !== null))
    throw new AppError('E_USAGE', `"${id}" is the duty under which its records were received: it ends by itself`);
  const index = await ledger.note('release', { id });
  await ledger.seal();
  return index;
}

/**
 * Changes how long records are kept, and holds what is there: each record stays as long as the longer of the two duties says. Resolves
 * with the index of the record that states the new policy.
 */
export async function changeRetention(
  folder: KeepFolder,
  ledger: Writer,
  { retention, maximum }: { readonly retention: string; readonly maximum: string | null },
): Promise<number> {
  const text = policyText(retention, maximum);
  if (maximum !== null) await fillUp(ledger); // what comes under the new policy does not keep back what is there
  await ledger.seal();
  const duty = await readKeeping(folder, async (_, { policy, minimum, size }) => {
    const before = policy.retention;
    const longer = before !== null && durationUs(before) > durationUs(retention) ? before : retention;
    return { id: `duty-${size}`, reason: `duty=${longer}`, range: { first: minimum, last: size - 1 } };
  });
  await written(ledger, duty); // before the new policy: no moment at which nothing keeps them
  const index = await ledger.note('conf', {}, Buffer.from(text));
  await ledger.seal();
  return index;
}
