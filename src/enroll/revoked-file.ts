import { putFile, textOf } from './key-files.ts';

/** Writes which certificates hold no more, for listeners to read: a serial number a line, lower-case hex. Nothing when it says so already. */
export function putRevoked(path: string, serials: ReadonlySet<string>): void {
  const text = [...serials]
    .sort()
    .map((serial) => `${serial}\n`)
    .join('');
  if (textOf(path) !== text) putFile(path, text, 0o640);
}

/** What the file says; nothing when it is not there. */
export const revokedIn = (path: string): string[] => (textOf(path) ?? '').split('\n').filter((line) => line !== '');
