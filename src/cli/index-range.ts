import { AppError } from '../core/errors.ts';

/** An index of the command line. Throws E_USAGE. */
export function indexOf(text: string): number {
  const index = /^#?\d{1,16}$/.test(text) ? Number(text.replace('#', '')) : Number.NaN;
  if (!Number.isSafeInteger(index)) throw new AppError('E_USAGE', `"${text.slice(0, 80)}" is no index of a record`);
  return index;
}

/** What has the form of one index or of a range. */
export const INDEX_RANGE = /^#?\d{1,16}(?:\.\.#?\d{1,16})?$/;

/** `INDEX` or `INDEX..INDEX`, both ends with it. Throws E_USAGE. */
export function indexRange(text: string): { readonly first: number; readonly last: number } {
  const [begin = '', end = begin, ...more] = text.split('..');
  const range = { first: indexOf(begin), last: indexOf(end) };
  if (more.length > 0 || range.last < range.first)
    throw new AppError('E_USAGE', `"${text.slice(0, 80)}" is no range of records: INDEX..INDEX`);
  return range;
}
