import type { Found, LeftOutKind } from './own-words.ts';
import type { View } from './view.ts';

// Every pattern is bounded, for the text is a stranger's. Text here is bytes: \x80-\xff are parts of letters.

/** Names of fields whose value is a secret: of queries, forms, headers, JSON, command lines. */
const SECRET_KEY =
  /pass(?!ive|enger)|pwd|^pw$|^pin$|secret|token|api[-_]?key|access[-_]?key|(?:^|[-_])key$|auth(?!or$|ors$|entication$|enticating$)|sess(?:ion)?[-_]?id|^sess$|^session$|(?:^|[-_])sid$|jwt|^sig$|signature|(?:^|[-_])otp|^code$|credential|private|csrf|xsrf|nonce|cookie|^hash$|ticket|^saml/;
/** Headers whose value goes on to the end of the line or quotation. */
const SECRET_HEADER = /^(?:(?:proxy-)?authorization|(?:set-)?cookie2?|x-[\w-]{0,30}(?:key|token|auth))$/;
const KEY_BYTE = /[\w.[\]$@-]/;
const MAX_KEY = 64;
const MAX_VALUE = 4096;

/** One group: what is left out; no group: all of it. */
const PATTERNS: readonly (readonly [LeftOutKind, RegExp])[] = [
  ['secret', /:\/\/([^\s/@"'<>?#]{1,256})@/g],
  ['mail', /[\w.+%\x80-\xff-]{1,64}@[\w\x80-\xff](?:[\w.\x80-\xff-]{0,253}[\w\x80-\xff])?/g],
  [
    'secret',
    /(?:^|[\s+])--?(?:pass(?:word|wd|phrase)?|pwd|token|secret|api-key|user|auth|key)[\s+=:]([^\s+"'&;]{1,256})/gi,
  ],
  ['secret', /(?:^|[\s+])-[pua][\s+]?([^\s+"'&;-][^\s+"'&;]{0,255})/g],
  ['secret', /\bPASS (\S{1,256})/g],
  ['secret', /\b(?:Basic|Bearer|Digest|Negotiate) ([\w+/=.~-]{6,4096})/g],
  ['secret', /(?:SHA256|MD5):[\w+/=:]{16,128}/g],
  ['secret', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g],
  ['secret', /\beyJ[\w-]{5,2048}(?:\.[\w-]{1,2048}){0,4}/g],
  ['address', /\bMAC=([\da-f:]{11,80})/gi],
  ['address', /\b(?:[\da-f]{2}[:-]){5,19}[\da-f]{2}\b/gi],
  ['path', /\/(?:home|Users)\/[^\s/"'<>:;?&)\]]{1,64}/g],
  ['path', /\/~[A-Za-z][\w.-]{0,31}/g],
  ['path', /[A-Za-z]:\\{1,2}(?:Users|Documents and Settings)\\{1,2}[^\s\\"']{1,64}/gi],
  [
    'path',
    /(?:\(\) "|script ['"]|does not exist: |access to |to access |failed to open |denied by server configuration: )(\/[^"'\s,]{1,512})/g,
  ],
  ['user', /^\[\d{1,3}\] \[\d{1,10}\] \[[^\]]{0,16}\] \[(?! *root *\]) *([^\] ]{1,64}) *\]/g], // utmp's records: nobody says whether it exists
];

const OPAQUE = /[\w-]{20,4096}/g;

/** What is secret by its form or its place, whoever's it is. */
export function findSecrets({ text, lower }: Pick<View, 'text' | 'lower'>): Found[] {
  const found: Found[] = [];
  for (const [kind, pattern] of PATTERNS)
    for (const match of text.matchAll(pattern)) {
      const value = match[1] ?? match[0];
      const from = match.index + match[0].lastIndexOf(value);
      found.push({ from, to: from + value.length, kind, value: value.toLowerCase() });
    }
  for (const match of text.matchAll(OPAQUE))
    if (isOpaque(match[0]))
      found.push({ from: match.index, to: match.index + match[0].length, kind: 'secret', value: match[0] });
  return [...found, ...findValues(text, lower)];
}

/** Letters of both cases with digits, or long hexadecimal: made by a machine, and not to be read. */
function isOpaque(word: string): boolean {
  if (/^[\da-f]{32,}$/i.test(word)) return true;
  return /\d/.test(word) && /[a-z]/.test(word) && /[A-Z]/.test(word);
}

/** Values that stand behind `password=`, `"token": `, `Cookie: `. */
function findValues(text: string, lower: string): Found[] {
  const found: Found[] = [];
  for (let at = 1; at < text.length; at += 1) {
    const sign = text[at];
    if (sign !== '=' && sign !== ':') continue;
    const key = keyBefore(lower, at);
    if (key === '' || !SECRET_KEY.test(key)) continue;
    const [from, to] = valueAfter(text, at, SECRET_HEADER.test(key));
    if (to > from) found.push({ from, to, kind: 'secret', value: text.slice(from, to) });
  }
  return found;
}

function keyBefore(lower: string, sign: number): string {
  let end = sign;
  while (end > 0 && sign - end < 2 && lower[end - 1] === ' ') end -= 1;
  if (lower[end - 1] === '"' || lower[end - 1] === "'") end -= 1;
  if (lower[end - 1] === '\\') end -= 1;
  let start = end;
  while (start > 0 && end - start < MAX_KEY && KEY_BYTE.test(lower[start - 1] as string)) start -= 1;
  return lower.slice(start, end).replace(/^[[\]$@.-]+|[[\]$@.-]+$/g, '');
}

function valueAfter(text: string, sign: number, header: boolean): readonly [from: number, to: number] {
  let from = sign + 1;
  while (from - sign <= 3 && (text[from] === ' ' || text[from] === '\\' || text[from] === '>')) from += 1;
  const quote = text[from] === '"' || text[from] === "'" ? text[from] : '';
  if (quote !== '') from += 1;
  const ends = quote !== '' ? (mark: string) => mark === quote : header ? endsHeader : endsValue;
  let to = from;
  while (to < text.length && to - from < MAX_VALUE && !ends(text[to] as string)) to += 1;
  return [from, to];
}

const endsHeader = (mark: string): boolean => mark === '"' || mark === '\n';
const endsValue = (mark: string): boolean => /[\s&;"'<>,)}|]/.test(mark);
