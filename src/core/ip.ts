/**
 * Internet addresses as logs write them. Every line that names an address comes through here, so IPv4 is read by
 * character codes and a plain address is given back as the very string that came in.
 */

/** An IPv4 address; `value` is its 32 bits, unsigned. */
export interface Ipv4 {
  readonly version: 4;
  readonly value: number;
  /** Four decimal quads without leading zeros. */
  readonly text: string;
}

/** An IPv6 address; `words` are its four 32-bit words, unsigned, most significant first. */
export interface Ipv6 {
  readonly version: 6;
  readonly words: readonly [number, number, number, number];
  /** The form of RFC 5952 §4, without a zone. */
  readonly text: string;
}

export type Ip = Ipv4 | Ipv6;

const COLON = 58;
const DOT = 46;
const ZERO = 48;
const LONGEST = 64; // 39 or 45 characters of address, and a zone: longer text is not looked at
const ZONE = /^[\w.~:-]+$/; // RFC 6874 §2 names the unreserved characters; Windows zones are numbers
const GROUPS = new Uint16Array(8); // where readV6 leaves what it read

/** The 32 bits of the dotted address in text[from, end), or -1. Quads have one to three digits, always decimal. */
function readV4(text: string, from: number, end: number): number {
  let value = 0;
  let quad = 0;
  let digits = 0;
  let dots = 0;
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (digits === 0 || ++dots > 3) return -1;
      value = value * 256 + quad;
      quad = 0;
      digits = 0;
    } else {
      const digit = code - ZERO;
      quad = quad * 10 + digit;
      if (digit < 0 || digit > 9 || ++digits > 3 || quad > 255) return -1;
    }
  }
  return dots === 3 && digits > 0 ? value * 256 + quad : -1;
}

function digitsOf(quad: number): number {
  if (quad < 10) return 1;
  return quad < 100 ? 2 : 3;
}

/** Length of the address without leading zeros: text of another length had some. */
function lengthOfV4(value: number): number {
  const high = digitsOf(value >>> 24) + digitsOf((value >>> 16) & 255);
  return high + digitsOf((value >>> 8) & 255) + digitsOf(value & 255) + 3;
}

/** The dotted form of 32 unsigned bits. */
export function textOfV4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

function hexDigit(code: number): number {
  if (code >= ZERO && code <= 57) return code - ZERO;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** Up to four hexadecimal digits from `at`, as value * 8 + how many digits. */
function readGroup(text: string, at: number, end: number): number {
  let value = 0;
  let length = 0;
  while (length < 4 && at + length < end) {
    const digit = hexDigit(text.charCodeAt(at + length));
    if (digit < 0) break;
    value = value * 16 + digit;
    length++;
  }
  return value * 8 + length;
}

/** Moves the groups after `::` to the end and fills the gap. `::` stands for one group or more (RFC 4291 §2.2). */
function spread(count: number, gap: number): boolean {
  if (gap < 0) return count === 8;
  if (count > 7) return false;
  GROUPS.copyWithin(8 - (count - gap), gap, count);
  GROUPS.fill(0, gap, 8 - (count - gap));
  return true;
}

/** Reads text[0, end) into GROUPS. */
function readV6(text: string, end: number): boolean {
  let gap = text.startsWith('::') ? 0 : -1;
  let at = gap + 1 && 2;
  let count = 0;
  while (at < end) {
    const group = readGroup(text, at, end);
    const stop = at + (group & 7);
    if (stop === at || count === 8) return false;
    const next = stop < end ? text.charCodeAt(stop) : 0;
    if (next === DOT) return count < 7 && readTail(text, at, end, count) && spread(count + 2, gap);
    GROUPS[count++] = group >> 3;
    if (stop === end) break;
    if (next !== COLON || stop + 1 === end) return false;
    at = stop + 1;
    if (text.charCodeAt(at) === COLON) {
      if (gap >= 0) return false;
      gap = count;
      at++;
    }
  }
  return end > 1 && spread(count, gap);
}

/** The dotted tail of ::ffff:192.0.2.1. */
function readTail(text: string, at: number, end: number, count: number): boolean {
  const value = readV4(text, at, end);
  GROUPS[count] = value >>> 16;
  GROUPS[count + 1] = value & 0xffff;
  return value >= 0;
}

/** Where the address ends and its zone begins, or -1 for a malformed zone. */
function endOfV6(text: string): number {
  const percent = text.indexOf('%');
  if (percent < 0) return text.length;
  return ZONE.test(text.slice(percent + 1)) ? percent : -1;
}

/** The first of the longest runs of two or more zero groups, as start * 16 + length; 0 when there is none. */
function longestZeros(groups: Uint16Array): number {
  let best = 0;
  let start = 0;
  for (let at = 0; at <= 8; at++) {
    if (at < 8 && groups[at] === 0) continue;
    if (at - start > 1 && at - start > (best & 15)) best = start * 16 + (at - start);
    start = at + 1;
  }
  return best;
}

function textOfGroups(groups: Uint16Array): string {
  const zeros = longestZeros(groups);
  const from = zeros >> 4;
  const length = zeros & 15;
  let text = '';
  for (let at = 0; at < 8; at++) {
    if (length > 0 && at === from) {
      text += '::';
      at += length - 1;
      continue;
    }
    if (text !== '' && !text.endsWith(':')) text += ':';
    text += (groups[at] as number).toString(16);
  }
  return text;
}

/** The RFC 5952 form of four 32-bit words. */
export function textOfV6(words: Ipv6['words']): string {
  return textOfGroups(Uint16Array.from(words.flatMap((word) => [word >>> 16, word & 0xffff])));
}

/** The IPv4 bits of ::ffff:0:0/96 in GROUPS, or -1 (RFC 4291 §2.5.5.2). */
function mappedV4(): number {
  if (GROUPS[5] !== 0xffff) return -1;
  for (let at = 0; at < 5; at++) if (GROUPS[at] !== 0) return -1;
  return wordAt(6);
}

function wordAt(at: number): number {
  return (((GROUPS[at] as number) << 16) | (GROUPS[at + 1] as number)) >>> 0;
}

function mayBeV6(text: string): boolean {
  return text.length <= LONGEST && text.includes(':');
}

/**
 * Reads an address. IPv4 is strictly dotted; leading zeros are decimal padding, never octal (`192.030.0.6` is
 * `192.30.0.6`: log writers pad, and what reads octal here would blame a stranger). IPv6 loses its zone, and a mapped
 * `::ffff:192.0.2.1` is IPv4. Null for everything else: ports, brackets, masks and spaces are not addresses.
 */
export function parseIp(text: string): Ip | null {
  if (text.length <= 15) {
    const value = readV4(text, 0, text.length);
    if (value >= 0) return ofV4(value);
  }
  if (!mayBeV6(text) || !readV6(text, endOfV6(text))) return null;
  const mapped = mappedV4();
  if (mapped >= 0) return ofV4(mapped);
  return { version: 6, words: [wordAt(0), wordAt(2), wordAt(4), wordAt(6)], text: textOfGroups(GROUPS) };
}

function ofV4(value: number): Ipv4 {
  return { version: 4, value, text: textOfV4(value) };
}

/**
 * The one spelling of an address (as parseIp reads it), or null. Plain IPv4 comes back as the same string, which may
 * be a slice that keeps its line alive: whoever stores millions of them should store copies.
 */
export function canonicalIp(text: string): string | null {
  if (text.length <= 15) {
    const value = readV4(text, 0, text.length);
    if (value >= 0) return lengthOfV4(value) === text.length ? text : textOfV4(value);
  }
  if (!mayBeV6(text) || !readV6(text, endOfV6(text))) return null;
  const mapped = mappedV4();
  return mapped >= 0 ? textOfV4(mapped) : textOfGroups(GROUPS);
}
