import { AppError } from '../../core/errors.ts';
import type { LedgerRecord } from '../record.ts';

/** A hold that stands: these records may not be given up. */
export interface Hold {
  readonly id: string;
  /** Where its record stands: that one is kept as long as it holds. */
  readonly index: number;
  /** When it was placed. */
  readonly rt: string;
  readonly reason: string;
  /** Null: records of all streams. */
  readonly stream: string | null;
  /** Null: from the first record on. */
  readonly first: number | null;
  /** Null: whatever comes. */
  readonly last: number | null;
}

/** An index of a hold's record. Throws E_MALFORMED. */
function indexOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^(?:0|[1-9]\d{0,15})$/.test(text)) throw new AppError('E_MALFORMED', `"${text.slice(0, 40)}" is no index`);
  return Number(text);
}

/** The holds that records of the log place and end: there is no other truth. Records are to be given in their order. */
export class Holds {
  #standing: readonly Hold[] = [];

  take(index: number, { kind, fields }: LedgerRecord): void {
    const { id = '', rt = '', reason = '', stream = null } = fields;
    if (kind === 'release') this.#standing = this.#standing.filter((hold) => hold.id !== id);
    if (kind !== 'hold') return;
    const [first, last] = [indexOf(fields['first']), indexOf(fields['last'])];
    this.#standing = [...this.#standing, { id, index, rt, reason, stream, first, last }];
  }

  /** Those that stand, oldest first. */
  get standing(): readonly Hold[] {
    return this.#standing;
  }
}

/** A hold that a change of the retention placed: it keeps each record until it has that age. Null for one that a person placed. */
export function dutyOf({ id, reason }: Pick<Hold, 'id' | 'reason'>): string | null {
  return id.startsWith('duty-')
    ? (/^duty=(?<duration>P\d{1,5}[DWMY])$/.exec(reason)?.groups?.['duration'] ?? null)
    : null;
}

/**
 * The first record that a hold keeps, of those from `minimum` on; null when it keeps none. `firstOf` gives the first record of a stream
 * that is there.
 */
export function firstHeld(hold: Hold, minimum: number, firstOf: (stream: string) => number | null): number | null {
  const from = Math.max(hold.first ?? 0, minimum);
  const first = hold.stream === null ? from : firstOf(hold.stream);
  if (first === null) return null;
  const held = Math.max(from, first);
  return hold.last !== null && held > hold.last ? null : held;
}
