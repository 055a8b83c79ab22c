import type { Condition } from '../core/condition.ts';
import { AppError } from '../core/errors.ts';
import { quoted } from './fault.ts';
import { spanOf, TIME_FORMS } from './times.ts';

/** A time of an option, such as `--since 24h`. Throws E_USAGE that names it. */
export function readSince(text: string, what: string, nowUs: number): Condition {
  const span = spanOf(text, nowUs);
  if (span === null) throw new AppError('E_USAGE', `${what} ${quoted(text)} is no time: write ${TIME_FORMS}`);
  const isEnd = what === 'until';
  return { is: 'time', field: '@timestamp', fromUs: isEnd ? null : span.fromUs, toUs: isEnd ? span.toUs : null };
}
