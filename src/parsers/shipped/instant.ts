import type { LineContext, Parsed } from '../../core/stages.ts';

const STAMP = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?<zone>Z|[+-]\d\d:?\d\d)?$/;
const NUMBER = /^(?<whole>\d{9,19})(?:\.(?<fraction>\d{1,9}))?$/;
/** Digits of a number since 1970, up to which it counts seconds, milliseconds, microseconds; longer ones count nanoseconds. */
const SECONDS = 11;
const MILLISECONDS = 14;
const MICROSECONDS = 17;

/** The time that shippers write: RFC 3339 or nearly so, or a number since 1970 in the unit that its length tells; {} for other texts. */
export function instantOf(text: string, { zone }: LineContext): Pick<Parsed, 'time' | 'certainty'> {
  const stamp = STAMP.exec(text);
  if (!stamp) return numberOf(text);
  const written = text.replace(' ', 'T').replace(',', '.');
  const offset = stamp.groups?.['zone'];
  const time = Date.parse(offset === undefined ? `${written}Z` : written);
  if (Number.isNaN(time)) return {};
  return offset === undefined ? { time: zone.toInstant(time), certainty: 'zone' } : { time, certainty: 'exact' };
}

function numberOf(text: string): Pick<Parsed, 'time' | 'certainty'> {
  const groups = NUMBER.exec(text)?.groups;
  if (!groups) return {};
  const whole = groups['whole'] as string;
  const point = whole.length <= SECONDS ? 3 : whole.length <= MILLISECONDS ? 0 : whole.length <= MICROSECONDS ? -3 : -6;
  const digits = point > 0 ? `${whole}${(groups['fraction'] ?? '').padEnd(point, '0').slice(0, point)}` : whole;
  const time = Number(point < 0 ? digits.slice(0, point) : digits);
  return time > 0 && time < 8.64e15 ? { time, certainty: 'exact' } : {};
}
