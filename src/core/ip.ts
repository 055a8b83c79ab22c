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

/**
 * Reads the groups of text[at, end) into GROUPS from `count` on. Gives how many there are then, or -1. A dotted tail,
 * as in ::ffff:192.0.2.1, may only end the whole address.
 */
function readRun(text: string, start: number, end: number, from: number, last: boolean): number {
  let count = from;
  for (let at = start; at < end || count === from; ) {
    const group = readGroup(text, at, end);
    const stop = at + (group & 7);
    if (stop === at || count === 8) return -1;
    const next = stop < end ? text.charCodeAt(stop) : COLON;
    if (next === DOT) return last ? readTail(text, at, end, count) : -1;
    if (next !== COLON || stop + 1 === end) return -1;
    GROUPS[count++] = group >> 3;
    at = stop + 1;
  }
  return count;
}

function readTail(text: string, at: number, end: number, count: number): number {
  const value = readV4(text, at, end);
  if (value < 0 || count > 6) return -1;
  GROUPS[count] = value >>> 16;
  GROUPS[count + 1] = value & 0xffff;
  return count + 2;
}

/** Reads text[0, end) into GROUPS. `::` stands for one group of zeros or more (RFC 4291 §2.2). */
function readV6(text: string, end: number): boolean {
  const gap = text.indexOf('::');
  if (gap < 0) return readRun(text, 0, end, 0, true) === 8;
  if (gap + 2 > end) return false;
  const left = gap === 0 ? 0 : readRun(text, 0, gap, 0, false);
  if (left < 0) return false;
  const count = gap + 2 === end ? left : readRun(text, gap + 2, end, left, true);
  if (count < 0 || count > 7) return false;
  GROUPS.copyWithin(8 - (count - left), left, count);
  GROUPS.fill(0, left, 8 - (count - left));
  return true;
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

/** Reads text of more than IPv4: gives 6, or 4 for a mapped address, with GROUPS filled; 0 when it is no address. */
function readLong(text: string): 0 | 4 | 6 {
  if (text.length > LONGEST || !text.includes(':') || !readV6(text, endOfV6(text))) return 0;
  return mappedV4() >= 0 ? 4 : 6;
}

/**
 * Reads an address. IPv4 is strictly dotted; leading zeros are decimal padding, never octal (`192.030.0.6` is
 * `192.30.0.6`: log writers pad, and what reads octal here would blame a stranger). IPv6 loses its zone, and a mapped
 * `::ffff:192.0.2.1` is IPv4. Null for everything else: ports, brackets, masks and spaces are not addresses.
 */
export function parseIp(text: string): Ip | null {
  const value = text.length <= 15 ? readV4(text, 0, text.length) : -1;
  if (value >= 0) return ofV4(value);
  const version = readLong(text);
  if (version === 0) return null;
  if (version === 4) return ofV4(mappedV4());
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
  const value = text.length <= 15 ? readV4(text, 0, text.length) : -1;
  if (value >= 0) return lengthOfV4(value) === text.length ? text : textOfV4(value);
  const version = readLong(text);
  if (version === 0) return null;
  return version === 4 ? textOfV4(mappedV4()) : textOfGroups(GROUPS);
}

/**
 * parseIp for look-ups by the million: leaves the 32-bit words in `into` (one for IPv4, four for IPv6) and gives the
 * version, or 0 for "not an address".
 */
export function readIp(text: string, into: Uint32Array): 0 | 4 | 6 {
  const value = text.length <= 15 ? readV4(text, 0, text.length) : -1;
  const version = value >= 0 ? 4 : readLong(text);
  if (version === 4) into[0] = value >= 0 ? value : mappedV4();
  else if (version === 6) for (let at = 0; at < 4; at++) into[at] = wordAt(at * 2);
  return version;
}

/**
 * What an address is for. `shared` is carrier-grade NAT; `documentation` the ranges of examples; `reserved` all that
 * is not, or no longer, handed out.
 */
export type IpKind =
  | 'global'
  | 'documentation'
  | 'private'
  | 'shared'
  | 'loopback'
  | 'link-local'
  | 'multicast'
  | 'broadcast'
  | 'unspecified'
  | 'reserved';

type Prefix = readonly [base: number, bits: number, kind: IpKind];

/** IANA's IPv4 special-purpose registry (RFC 6890, kept up to date by later RFCs), narrower prefixes first. */
const V4: readonly Prefix[] = [
  [0x00000000, 32, 'unspecified'], // RFC 1122
  [0xffffffff, 32, 'broadcast'], // RFC 919
  [0xc0000000, 24, 'reserved'], // 192.0.0.0/24, protocol assignments
  [0xc0000200, 24, 'documentation'], // 192.0.2.0/24, RFC 5737
  [0xc6336400, 24, 'documentation'], // 198.51.100.0/24
  [0xcb007100, 24, 'documentation'], // 203.0.113.0/24
  [0xc0586300, 24, 'reserved'], // 192.88.99.0/24, RFC 7526: the former 6to4 relay
  [0xc0a80000, 16, 'private'], // 192.168.0.0/16, RFC 1918
  [0xa9fe0000, 16, 'link-local'], // 169.254.0.0/16, RFC 3927
  [0xc6120000, 15, 'reserved'], // 198.18.0.0/15, RFC 2544: benchmarks
  [0xac100000, 12, 'private'], // 172.16.0.0/12
  [0x64400000, 10, 'shared'], // 100.64.0.0/10, RFC 6598
  [0x00000000, 8, 'reserved'], // 0.0.0.0/8: this network
  [0x0a000000, 8, 'private'], // 10.0.0.0/8
  [0x7f000000, 8, 'loopback'], // 127.0.0.0/8
  [0xe0000000, 4, 'multicast'], // RFC 5771
  [0xf0000000, 4, 'reserved'], // RFC 1112 §4
];

/** IANA's IPv6 special-purpose registry, by the first 32 bits alone, narrower prefixes first. */
const V6: readonly Prefix[] = [
  [0x20010db8, 32, 'documentation'], // RFC 3849
  [0x20010000, 32, 'global'], // 2001::/32, Teredo: a client is known by it
  [0x20010010, 28, 'reserved'], // ORCHID, RFC 4843
  [0x20010020, 28, 'reserved'], // ORCHIDv2, RFC 7343: names, not places
  [0x3fff0000, 20, 'documentation'], // RFC 9637
  [0xfe800000, 10, 'link-local'], // RFC 4291 §2.5.6
  [0xfec00000, 10, 'private'], // site-local, RFC 3879
  [0xff000000, 8, 'multicast'],
  [0xfc000000, 7, 'private'], // RFC 4193
  [0x20000000, 3, 'global'], // the only unicast that IANA hands out
];

function among(prefixes: readonly Prefix[], word: number, otherwise: IpKind): IpKind {
  for (const [base, bits, kind] of prefixes) if ((word ^ base) >>> (32 - bits) === 0) return kind;
  return otherwise;
}

/** First octets of IPv4 addresses that are not all global. */
const IS_MIXED = Uint8Array.from({ length: 256 }, (_, octet) =>
  V4.some(([base, bits]) => ((octet << 24) ^ base) >>> (32 - Math.min(bits, 8)) === 0) ? 1 : 0,
);

function kindOfV4(value: number): IpKind {
  return IS_MIXED[value >>> 24] === 1 ? among(V4, value, 'global') : 'global'; // it is asked of every attacker, often
}

/** The IPv4 address that an IPv6 address carries for a translator or tunnel: RFC 6052 §2.1, RFC 3056 §2. */
function carriedV4([first, second, third, fourth]: Ipv6['words']): number | null {
  if (first === 0x0064ff9b && second === 0 && third === 0) return fourth;
  if (first >>> 16 === 0x2002) return ((first << 16) | (second >>> 16)) >>> 0;
  return null;
}

function kindOfV6(words: Ipv6['words']): IpKind {
  const [first, second, third, fourth] = words;
  if (first === 0 && second === 0 && third === 0 && fourth <= 1) return fourth === 1 ? 'loopback' : 'unspecified';
  const carried = carriedV4(words);
  if (carried !== null) return kindOfV4(carried);
  if (first === 0x0064ff9b && second >>> 16 === 1) return 'private'; // 64:ff9b:1::/48, RFC 8215
  if (first === 0x20010002 && second >>> 16 === 0) return 'reserved'; // 2001:2::/48, RFC 5180: benchmarks
  return among(V6, first, 'reserved');
}

/** What kind of address it is. Addresses of NAT64 and 6to4 are of the kind of the IPv4 address inside. */
export function kindOf(ip: Ip): IpKind {
  return ip.version === 4 ? kindOfV4(ip.value) : kindOfV6(ip.words);
}

/** Could a packet from it have crossed the Internet? Documentation ranges count: samples are attacked from them. */
export function isPublic(ip: Ip): boolean {
  return crossesInternet(kindOf(ip));
}

function crossesInternet(kind: IpKind): boolean {
  return kind === 'global' || kind === 'documentation';
}

/**
 * May a block list name it? Only one address of the Internet: never a private, loopback, link-local, shared,
 * multicast, broadcast, unspecified or reserved one, and never text that is not an address.
 */
export function isBlockable(text: string): boolean {
  const value = text.length <= 15 ? readV4(text, 0, text.length) : -1;
  if (value >= 0) return crossesInternet(kindOfV4(value)); // asked of every attacker: nothing is made
  const ip = parseIp(text);
  return ip !== null && isPublic(ip);
}
