import type { Twin } from '../../core/markup.ts';
import type { Clock } from '../clock.ts';
import { duration } from '../clock.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH = MONTHS.join('|');
const DAY = new RegExp(`(\\d{1,2}(?:–\\d{1,2})?) (${MONTH})(?: (\\d{4}))?`, 'g');

/** A date or range as `Clock` writes it, in Korean: `9 Mar 2026 10:21` is `2026년 3월 9일 10:21`. */
export function koreanDate(text: string): string {
  return text
    .replace(DAY, (_, days: string, month: string, year: string | undefined) => {
      return `${year ? `${year}년 ` : ''}${MONTHS.indexOf(month) + 1}월 ${days}일`;
    })
    .replace(/^from (.+)$/, '$1부터')
    .replace(/^until (.+)$/, '$1까지')
    .replace(/, later /, ', 나중에 ');
}

const UNITS: Readonly<Record<string, string>> = {
  s: '초',
  min: '분',
  minute: '분',
  minutes: '분',
  h: '시간',
  hour: '시간',
  hours: '시간',
  d: '일',
  day: '일',
  days: '일',
};

/** A duration as `duration` writes it, in Korean: `2 h 5 min` is `2시간 5분`. */
export function koreanDuration(text: string): string {
  return text
    .replace(/^under 1 s$/, '1초 미만')
    .replace(
      /([\d,.]+) (s|min|minutes?|h|hours?|days?|d)(?![a-z])/g,
      (_, number: string, unit: string) => `${number}${UNITS[unit] ?? unit}`,
    );
}

/** Text of a clock in both languages. */
export function dated(text: string): Twin {
  return { en: text, ko: koreanDate(text) };
}

/** Seconds as a duration in both languages; empty when unknown. */
export function lasted(seconds: number | null): Twin {
  const text = duration(seconds);
  return { en: text, ko: koreanDuration(text) };
}

/** Date and time of an instant. */
export function stamped(clock: Clock, at: string | null): Twin {
  return dated(clock.stamp(at));
}
