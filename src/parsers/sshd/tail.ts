import { canonicalIp } from '../../core/ip.ts';

// Hot path: once per sshd line.
//
// The name that a client tries is the client's own text, and may read "x from 192.0.2.1 port 22 ssh2". What sshd itself
// writes stands at the end of the line, so lines are read from their end.

const SPACE = 0x20;
const FROM = ' from ';
const PORT = ' port ';
/** No line that is shorter was cut: syslog's limits are above (RFC 5424 §6.1). */
export const MAX_UNCUT = 400;

/** What the functions below read. Reused for every line: take what you need before the next call. */
export const tail = {
  /** The name tried; undefined when the line could be read two ways. */
  user: undefined as string | undefined,
  /** True when sshd says that the account does not exist. */
  unknown: false,
  /** True when sshd says that the name is still being tried. */
  trying: false,
  /** Peer as written, '' when it cannot be told. */
  address: '',
  port: undefined as number | undefined,
  /** Offset of what follows "ssh2: ", or -1. */
  extra: -1,
};

/** The number in text[from, to), or -1 when those are not one to five digits, or above 65535. */
function portIn(text: string, from: number, to: number): number {
  if (to <= from || to - from > 5) return -1;
  let port = 0;
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    port = port * 10 + digit;
  }
  return port <= 65_535 ? port : -1;
}

function endOfWord(text: string, at: number): number {
  const end = text.indexOf(' ', at);
  return end === -1 ? text.length : end;
}

/** Reads the account's name in text[at, end): "invalid user x", "illegal user x" or just "x". */
function readName(text: string, at: number, end: number): void {
  const marked = text.startsWith('invalid user', at) || text.startsWith('illegal user', at);
  tail.unknown = marked && (at + 12 >= end || text.charCodeAt(at + 12) === SPACE);
  const from = tail.unknown ? at + 13 : at;
  tail.user = from >= end ? '' : text.slice(from, end);
  if (tail.user === '<invalid username>') tail.user = undefined; // Solaris hides what was tried
}

/** Where the peer of "from ADDR port N ssh2" at `from` ends (after ssh2), or -1. A `: ` or the line's end must follow. */
function endOfPeer(text: string, from: number): number {
  const word = endOfWord(text, from + FROM.length);
  if (word === from + FROM.length || !text.startsWith(PORT, word)) return -1;
  const digits = endOfWord(text, word + PORT.length);
  if (portIn(text, word + PORT.length, digits) === -1) return -1;
  if (digits === text.length) return digits; // the oldest leave the protocol out
  const protocol = text.charCodeAt(digits + 1) === SPACE ? digits + 1 : digits;
  if (!text.startsWith(' ssh', protocol)) return -1;
  const end = protocol + 5;
  if (end === text.length || (end === text.length - 1 && text.charCodeAt(end) === 0x2e)) return text.length;
  return text.charCodeAt(end) === 0x3a && text.charCodeAt(end + 1) === SPACE ? end : -1;
}

/** The one " from " that can begin the peer; -1 when there is none, -2 when a client could have written it. */
function onlyPeer(text: string, at: number): number {
  let found = -1;
  for (let from = text.indexOf(FROM, at); from !== -1; from = text.indexOf(FROM, from + 1)) {
    if (endOfPeer(text, from) === -1) continue;
    if (found !== -1) return -2;
    found = from;
  }
  return found;
}

/**
 * Reads "[invalid user ]NAME from ADDR port N ssh2[: EXTRA]" at `at` (auth_log() in OpenSSH's auth.c). The name may hold
 * such a text, and so may EXTRA (ssh1's ruser, a certificate's id): where both readings are open, neither is taken and
 * the peer stays untold. False when there is no peer at all.
 */
export function readAttempt(text: string, at: number): boolean {
  const first = text.indexOf(FROM, at - 1);
  if (first === -1) return false;
  const from = text.indexOf(FROM, first + 1) === -1 ? first : onlyPeer(text, at - 1);
  tail.extra = -1;
  tail.port = undefined;
  if (from === -2) {
    tail.unknown = text.startsWith('invalid user ', at);
    tail.user = undefined;
    tail.address = '';
    return true;
  }
  const end = from === -1 ? -1 : endOfPeer(text, from);
  if (end === -1) return from !== -1 && readPortless(text, at, from);
  const word = endOfWord(text, from + FROM.length);
  tail.address = text.slice(from + FROM.length, word);
  tail.port = portIn(text, word + PORT.length, endOfWord(text, word + PORT.length));
  if (end < text.length) tail.extra = end + 2;
  readName(text, at, from);
  return true;
}

// What relays that drop the rest leave of it. A name could pass for one where it is so long that the line was cut behind it.
function readPortless(text: string, at: number, from: number): boolean {
  const address = text.slice(from + FROM.length);
  if (text.length > MAX_UNCUT || canonicalIp(address) === null) return false;
  tail.address = address;
  readName(text, at, from);
  return true;
}

/** Reads "[invalid user ]NAME from ADDR[ port N]" at `at`; the line ends there. */
export function readOrigin(text: string, at: number): boolean {
  const from = text.lastIndexOf(FROM);
  if (from < at - 1) return false;
  if (!readAddress(text, from + FROM.length, text.length)) return false;
  readName(text, at, from);
  return true;
}

/** Reads "ADDR" or "ADDR port N" from exactly text[at, end). */
export function readAddress(text: string, at: number, end: number): boolean {
  const space = text.indexOf(' ', at);
  const word = space === -1 || space > end ? end : space;
  if (word === at) return false;
  tail.port = undefined;
  if (word !== end) {
    const port = text.startsWith(PORT, word) ? portIn(text, word + PORT.length, end) : -1;
    if (port === -1) return false;
    tail.port = port;
  }
  tail.address = text.slice(at, word);
  return true;
}

/** Length of what sshd writes before a name in an identity; 0 when the identity has no name. */
function lengthOfRole(text: string, at: number): number {
  switch (text.charCodeAt(at)) {
    case 0x61:
      return text.startsWith('authenticating user ', at) ? 20 : 0;
    case 0x69:
      return text.startsWith('invalid user ', at) ? 13 : 0;
    case 0x75:
      return text.startsWith('user ', at) ? 5 : 0;
    default:
      return 0;
  }
}

/**
 * Reads "[authenticating user NAME |invalid user NAME |user NAME ]ADDR[ port N]" from exactly text[at, end)
 * (ssh_remote_id in OpenSSH's packet.c).
 */
export function readIdentity(text: string, at: number, end: number): boolean {
  tail.user = undefined;
  tail.unknown = false;
  tail.trying = false;
  const role = lengthOfRole(text, at);
  if (role === 0) return readAddress(text, at, end);
  const port = text.lastIndexOf(PORT, end);
  const from = at + role;
  const space = text.lastIndexOf(' ', port === -1 ? end : port - 1);
  if (space < from - 1 || !readAddress(text, space + 1, end)) return false;
  tail.user = space <= from ? '' : text.slice(from, space);
  tail.unknown = role === 13;
  tail.trying = role !== 5;
  return true;
}

const IDENTITY_END = / port \d{1,5}: /g;

/**
 * Reads "IDENTITY: REASON" at `at`, and gives the offset of REASON, or -1. Both the name and the reason may be a client's
 * text; where more than one place could end the identity, the peer stays untold.
 */
export function readIdentityAndReason(text: string, at: number): number {
  IDENTITY_END.lastIndex = at;
  const first = IDENTITY_END.exec(text);
  if (!first) return -1;
  const end = first.index + first[0].length;
  const named = !readAddress(text, at, end - 2); // a bare address stands before anything that a client may write
  if (named && IDENTITY_END.test(text)) {
    tail.user = undefined;
    tail.unknown = false;
    tail.trying = false;
    tail.address = '';
    tail.port = undefined;
    return end;
  }
  return readIdentity(text, at, end - 2) ? end : -1;
}
