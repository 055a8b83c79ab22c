import { own } from './ref.ts';

/** Characters of an account's name that are kept: an e-mail address has 254 at most (RFC 5321), and fits. */
export const MAX_NAME = 256;

/** A text of its own that is no longer than `most`; a cut one ends in "…". */
export function short(text: string, most: number): string {
  return text.length <= most ? own(text) : own(`${text.slice(0, most)}…`);
}
