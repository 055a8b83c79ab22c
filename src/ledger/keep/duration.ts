import { AppError } from '../../core/errors.ts';

const DAY_US = 86_400_000_000;
// A month and a year as long as they can be: what is to be kept is never given up too early.
const DAYS: Readonly<Record<string, number>> = { D: 1, W: 7, M: 31, Y: 366 };

/** Microseconds of a duration such as `P365D` (ISO 8601, one unit: D, W, M of 31 days, Y of 366). Throws E_CONFIG. */
export function durationUs(text: string): number {
  const parts = /^P(?<count>\d{1,5})(?<unit>[DWMY])$/.exec(text)?.groups;
  const days = Number(parts?.['count']) * (DAYS[parts?.['unit'] ?? ''] ?? 0);
  if (!(days >= 0)) throw new AppError('E_CONFIG', `"${text.slice(0, 80)}" is no duration: P365D, say`);
  return days * DAY_US;
}
