import type { Found, OwnWords } from './own-words.ts';

const TOKEN = /[A-Za-z0-9+/_-]{8,4096}={0,2}/g;
const PRINTABLE = /^[\t\n\r -~]{6,}$/;
/** Shorter words stand in any heap of bytes by chance. */
const LEAST = 4;

/** Words in base64 (RFC 4648, both alphabets) whose content must not go outside; they are left out whole. */
export function findEncoded(
  text: string,
  words: OwnWords,
  find: (part: { readonly text: string; readonly lower: string }) => readonly Found[],
): Found[] {
  const found: Found[] = [];
  for (const { 0: token, index } of text.matchAll(TOKEN))
    if (holds(token, words, find)) found.push({ from: index, to: index + token.length, kind: 'secret', value: token });
  return found;
}

/** The code may begin anywhere in the token, so all four ways to cut it into groups are tried. */
function holds(
  token: string,
  words: OwnWords,
  find: (part: { readonly text: string; readonly lower: string }) => readonly Found[],
): boolean {
  for (let skip = 0; skip < 4; skip += 1) {
    const decoded = Buffer.from(token.slice(skip), 'base64').toString('latin1');
    const lower = decoded.toLowerCase();
    if (words.within(lower, LEAST)) return true;
    if (PRINTABLE.test(decoded) && find({ text: decoded, lower }).length > 0) return true;
  }
  return false;
}
