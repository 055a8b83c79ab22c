/** A time as a person writes it: an instant, or a day, month, hour. In [fromUs, toUs), microseconds since 1970; an instant has both alike. */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const LAST: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400, week: 604_800, month: 2_592_000 };
const FAR_US = 4_294_967_295 * SECOND; // what the index can hold

const DATE =
  /^(?<year>\d{4})-(?<month>\d{2})(?:-(?<day>\d{2})(?:[T ](?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.(?<fraction>\d{1,6}))?)?(?<zone>Z|[+-]\d{2}:?\d{2})?)?)?$/;

/** What wants to be written where a time is wanted. */
export const TIME_FORMS =
  '2026-11-20, 2026-11-20T14:30, 14:30, today, yesterday, now, or 24h for a day ago (times are UTC)';

/** Reads a length of time, `24h`, in microseconds; null when it is none. */
export function lengthUs(text: string): number | null {
  const [, amount = '', unit = ''] = /^(\d{1,6}) ?([smhdw])$/i.exec(text) ?? [];
  return amount === '' ? null : Number(amount) * (UNITS[unit.toLowerCase()] as number) * SECOND;
}

/** `24h`, `hour`, `week` behind `last`, in microseconds; null when it is none. */
export function lastUs(text: string): number | null {
  const named = LAST[text.toLowerCase()];
  return named === undefined ? lengthUs(text) : named * SECOND;
}

/** Reads a time. Without a zone it is UTC. Null when it is none, or lies outside of 1970..2106. */
export function spanOf(text: string, nowUs: number): Span | null {
  const known = named(text.toLowerCase(), nowUs) ?? clock(text, nowUs) ?? date(text);
  return known !== null && known.fromUs >= 0 && known.toUs <= FAR_US ? known : null;
}

const instant = (us: number): Span => ({ fromUs: us, toUs: us });
const dayOf = (us: number): Span => ({ fromUs: us - (us % DAY), toUs: us - (us % DAY) + DAY });

function named(text: string, nowUs: number): Span | null {
  if (text === 'now') return instant(nowUs);
  if (text === 'today') return dayOf(nowUs);
  if (text === 'yesterday') return dayOf(nowUs - DAY);
  const ago = lengthUs(text);
  return ago === null ? null : instant(Math.max(0, nowUs - ago));
}

function clock(text: string, nowUs: number): Span | null {
  const [, hour = '', minute = '', second = '0'] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text) ?? [];
  if (hour === '' || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  return instant(dayOf(nowUs).fromUs + (Number(hour) * 3600 + Number(minute) * 60 + Number(second)) * SECOND);
}

function date(text: string): Span | null {
  const parts = DATE.exec(text)?.groups;
  if (parts === undefined) return null;
  const number = (name: string, otherwise = 0) => (parts[name] === undefined ? otherwise : Number(parts[name]));
  const [year, month, day] = [number('year'), number('month'), number('day', 1)];
  const start = utc(year, month, day);
  if (start === null) return null;
  if (parts['day'] === undefined) return { fromUs: start, toUs: Date.UTC(year, month, 1) * 1000 };
  if (parts['hour'] === undefined) return { fromUs: start, toUs: start + DAY };
  const [hour, minute, second] = [number('hour'), number('minute'), number('second')];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const micro = Number((parts['fraction'] ?? '').padEnd(6, '0'));
  const at = start + (hour * 3600 + minute * 60 + second) * SECOND + micro;
  const offset = offsetUs(parts['zone'] ?? 'Z');
  return offset === null ? null : instant(at - offset);
}

/** Start of a day; null for one that no calendar has. */
function utc(year: number, month: number, day: number): number | null {
  const ms = Date.UTC(year, month - 1, day);
  const made = new Date(ms);
  return made.getUTCMonth() === month - 1 && made.getUTCDate() === day ? ms * 1000 : null;
}

function offsetUs(zone: string): number | null {
  if (zone === 'Z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  if (hours > 14 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60) * SECOND;
}
