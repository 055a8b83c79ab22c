import type { Found, OwnWords } from './own-words.ts';

const TOKEN = /[A-Za-z0-9+/_-]{8,4096}={0,2}/g;
const PRINTABLE = /^[\t\n\r -~]{6,}$/;
/** Shorter words stand in any heap of bytes by chance. */
const LEAST = 4;
const HEX = /[0-9a-f]{8,4096}/gi;
/** Base64 in base64. */
const MAX_DEPTH = 2;

type Find = (part: { readonly text: string; readonly lower: string }) => readonly Found[];

/** Words in base64 (RFC 4648, both alphabets, also twice) or hex whose content must not go outside; they are left out whole. */
export function findEncoded(text: string, words: OwnWords, find: Find): Found[] {
  const found: Found[] = [];
  const leave = (token: string, index: number) =>
    found.push({ from: index, to: index + token.length, kind: 'secret', value: token });
  for (const { 0: token, index } of text.matchAll(TOKEN))
    if (isKept(fromBase64(token), words, find, 1)) leave(token, index);
  for (const { 0: token, index } of text.matchAll(HEX)) if (isKept(fromHex(token), words, find, 1)) leave(token, index);
  return found;
}

function isKept(decodings: readonly string[], words: OwnWords, find: Find, depth: number): boolean {
  return decodings.some((decoded) => {
    const lower = decoded.toLowerCase();
    if (words.within(lower, LEAST)) return true;
    if (PRINTABLE.test(decoded) && find({ text: decoded, lower }).length > 0) return true;
    if (depth === MAX_DEPTH) return false;
    return Array.from(decoded.matchAll(TOKEN)).some(([inner]) => isKept(fromBase64(inner), words, find, depth + 1));
  });
}

/** The code may begin anywhere in the token, so all four ways to cut it into groups are tried. */
function fromBase64(token: string): string[] {
  return [0, 1, 2, 3].map((skip) => Buffer.from(token.slice(skip), 'base64').toString('latin1'));
}

function fromHex(token: string): string[] {
  return [0, 1].map((skip) => Buffer.from(token.slice(skip), 'hex').toString('latin1'));
}
