import type { LedgerSource } from '../source.ts';
import type { FindDetached } from './record-files.ts';

/** What `ref` records of a log are of; null for what was erased. */
export function detachedIn(source: LedgerSource): FindDetached {
  return async (index, record) => (await source.detached?.([{ index, record }]))?.get(index) ?? null;
}
