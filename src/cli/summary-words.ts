import type { Gap } from '../api/asking.ts';
import { AppError } from '../core/errors.ts';
import { printable } from '../core/text.ts';

const MOST = 1000;

/** `--limit` as one page has it. Throws E_USAGE. */
export function pageSize(limit: string): string {
  const wanted = /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
  if (wanted < 1 || wanted > MOST) throw new AppError('E_USAGE', `--limit "${limit.slice(0, 80)}": give 1 to ${MOST}`);
  return String(wanted);
}

/** An instant as 2026-11-20 14:30Z. */
export const shortTime = (at: string): string => `${at.slice(0, 16).replace('T', ' ')}Z`;

/** What an answer is missing, for standard error. */
export function missingWords(missing: readonly Gap[]): string {
  if (missing.length === 0) return '';
  return `Complete but for:\n${missing.map(({ words }) => `  ${printable(words, 400)}\n`).join('')}`;
}
