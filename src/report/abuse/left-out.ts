import type { LeftOutKind } from '../redaction/own-words.ts';
import type { LeftOut } from '../redaction/redactor.ts';
import { count } from '../words.ts';

const NAMES: Readonly<Record<LeftOutKind, readonly [one: string, many: string]>> = {
  user: ['user name', 'user names'],
  host: ['host or site name', 'host or site names'],
  address: ['address of our own or of others', 'addresses of our own or of others'],
  secret: ['password, key or token', 'passwords, keys or tokens'],
  mail: ['mail address', 'mail addresses'],
  path: ['path of a file or home folder', 'paths of files or home folders'],
};

/** What was left out, by kind, as lines of text. */
export function leftOutLines(leftOut: LeftOut, where: string): string[] {
  const counts = leftOut.counts();
  if (counts.length === 0) return [`Nothing was left out of ${where}.`];
  return [
    `Left out of ${where}, with a placeholder such as [user-1] in its place:`,
    ...counts.map(({ kind, different, times }) => `- ${count(different, ...NAMES[kind])}, ${count(times, 'time')}`),
  ];
}
