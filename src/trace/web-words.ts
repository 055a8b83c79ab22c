import { percentDecode } from '../core/percent.ts';

/** Looked at of one text. */
const MOST = 8192;

/** A part of a request as the program behind the server reads it: no `+` and no `%20`, decoded so many times. */
export function words(text: unknown, rounds = 1): string {
  if (typeof text !== 'string') return '';
  let said = text.slice(0, MOST).replaceAll('+', ' ');
  for (let round = 0; round < rounds; round += 1) said = percentDecode(said);
  return said;
}
