import type { TimeCertainty } from './event.ts';
import { StampReader } from './stamp.ts';
import {
  AIX,
  afterFacility,
  BARE,
  FACILITY,
  FORWARDED,
  HEADER_5424,
  isTag,
  KERNEL_CLOCK,
  LOGIN_TITLE,
  MAC,
  programOf,
  RELAYED,
  SOLARIS,
  VERSION,
} from './syslog-habits.ts';
import { endOfUnit, isUnit, programOfUnit } from './unit.ts';
import type { YearOf } from './years.ts';
import type { Zone } from './zone.ts';

// Hot path: once per line.

const SPACE = 0x20;
const COLON = 0x3a;
const BRACKET = 0x5b;
const MAX_TAG = 64;
const MAX_RELAYS = 3;
const MAX_PID = 0x7fffffff;

/**
 * Reads the syslog envelope off a line: RFC 3164 with and without PRI, RFC 5424, rsyslog's RFC 3339 stamps, journalctl's
 * short forms, FreeBSD's and Solaris's habits. After `read` returns true its fields hold that line's parts.
 */
export class SyslogReader {
  time = Number.NaN;
  certainty: TimeCertainty = 'none';
  hostname = '';
  appName = '';
  pid = 0;
  message = '';
  /** PRIVAL (RFC 5424 §6.2.1), 0 to 191; -1 when the line has none. */
  priority = -1;
  msgId = '';
  /** Offset after the stamp, in a line without PRI; -1 for any other. */
  stampEnd = -1;
  structuredData = '';
  readonly stamp: StampReader;
  #relays = 0; // headers in front of this line's own
  #host = ''; // interned: most lines of a log share their host

  constructor(zone: Zone, year: YearOf) {
    this.stamp = new StampReader(zone, year);
  }

  /** False when the line has no envelope that can be told; the fields are then without meaning. */
  read(line: string): boolean {
    let at = 0;
    this.priority = -1;
    this.msgId = '';
    this.structuredData = '';
    this.stampEnd = -1;
    this.#relays = 0;
    if (line.charCodeAt(0) === 0x3c) {
      at = this.#readPriority(line);
      if (at === -1) return false;
      if (VERSION.test(line.slice(at, at + 4)) && this.#read5424(line.slice(at))) return true;
    }
    const end = this.stamp.read(line, at);
    if (end === -1) return this.#readStampless(line, at);
    if (at === 0) this.stampEnd = end;
    this.time = this.stamp.time;
    this.certainty = this.stamp.certainty;
    if (line.charCodeAt(end) === SPACE) return this.#readHost(line, end + 1);
    return line.charCodeAt(end) === COLON && line.charCodeAt(end + 1) === SPACE && this.#readHost(line, end + 2);
  }

  #readPriority(line: string): number {
    const close = line.indexOf('>', 1);
    if (close < 2 || close > 4) return -1;
    const value = Number(line.slice(1, close));
    if (!(value >= 0 && value <= 191)) return -1;
    this.priority = value;
    return close + 1;
  }

  #readStampless(line: string, at: number): boolean {
    this.time = Number.NaN;
    this.certainty = 'none';
    if (this.priority !== -1) return this.#readHost(line, at);
    const clock = KERNEL_CLOCK.exec(line);
    if (clock) return this.#readMonotonic(line, clock[0].length);
    const bare = BARE.exec(line.slice(0, 400));
    if (!bare?.groups) return this.#readLogread(line);
    this.hostname = bare.groups['host'] as string;
    this.appName = bare.groups['app'] as string;
    this.pid = numberIn(bare.groups['pid'] as string);
    return this.#finish(line, bare[0].length - 1);
  }

  // OpenWrt's logread: "Tue Nov 17 01:00:05 2026 authpriv.warn dropbear[1252]: text", with -t the clock after the stamp
  #readLogread(line: string): boolean {
    const end = this.stamp.readAsctime(line);
    if (end === -1) return false;
    const at = end + 1 + (KERNEL_CLOCK.exec(line.slice(end + 1, end + 40))?.[0].length ?? 0);
    if (!FACILITY.test(line.slice(at, at + 24))) return false;
    this.time = this.stamp.time;
    this.certainty = this.stamp.certainty;
    return this.#readHost(line, at);
  }

  // "[   12.345678] host kernel: text" (journalctl -o short-monotonic) or dmesg's "[   12.345678] text"
  #readMonotonic(line: string, at: number): boolean {
    if (/^[\w.-]{1,255} [\w./@()-]{1,64}(?:\[\d{1,10}\])?: /.test(line.slice(at, at + 400)))
      return this.#readHost(line, at);
    this.hostname = '';
    this.appName = 'kernel';
    this.pid = 0;
    this.message = line.slice(at);
    return true;
  }

  // HOSTNAME SP TAG; the host is missing where the next word already ends a tag ("dropbear[1252]:").
  #readHost(line: string, at: number): boolean {
    at = afterFacility(line, at);
    while (line.charCodeAt(at) === SPACE) at += 1;
    if (line.startsWith(this.#host, at) && line.charCodeAt(at + this.#host.length) === SPACE && this.#host) {
      this.hostname = this.#host;
      return this.#readTag(line, at + this.#host.length + 1);
    }
    if (line.startsWith('Message forwarded ', at)) return this.#readForwarded(line, at);
    const end = line.indexOf(' ', at);
    const word = end === -1 ? line.slice(at) : line.slice(at, end);
    if (word.length === 0 || word.length > 255) return false;
    if (end === -1 || isTag(word)) {
      this.hostname = '';
      return this.#readTag(line, at);
    }
    if (word.startsWith('0x') && MAC.test(line.slice(at, at + 300))) return this.#readMac(line, at);
    this.hostname = this.#host = word;
    return this.#readTag(line, end + 1);
  }

  #readForwarded(line: string, at: number): boolean {
    const forwarded = FORWARDED.exec(line.slice(at, at + 300));
    if (forwarded?.groups) this.hostname = this.#host = forwarded.groups['host'] as string;
    else this.hostname = '';
    return this.#readTag(line, at + (forwarded?.[0].length ?? 0), true);
  }

  #readMac(line: string, at: number): boolean {
    const head = MAC.exec(line.slice(at, at + 300));
    this.hostname = '';
    this.appName = head?.groups?.['app'] as string;
    this.pid = numberIn(head?.groups?.['pid'] as string);
    return this.#finish(line, at + (head?.[0].length as number));
  }

  // TAG is a program name, then "[pid]" if it has one, then ":" (RFC 3164 §4.1.3; RFC 5424 §A.1 on how loose it is).
  #readTag(line: string, at: number, facilityRead = false): boolean {
    while (line.charCodeAt(at) === SPACE) at += 1;
    const end = endOfTag(line, at);
    const code = line.charCodeAt(end);
    this.pid = 0;
    if (code === BRACKET && end > at) return this.#readPid(line, at, end);
    if (code === COLON && end > at) {
      const aix = facilityRead || line.charCodeAt(end + 1) === SPACE ? null : AIX.exec(line.slice(at, at + 28));
      if (aix) return this.#readBehindAix(line, at + aix[0].length);
      this.appName = programOf(line, at, end);
      return this.#finish(line, end + 1);
    }
    // BusyBox (Alpine, OpenWrt) puts its facility between host and tag: "web1 auth.info sshd[1]: text".
    const facility = facilityRead ? null : FACILITY.exec(line.slice(at, at + 24));
    if (facility) return this.#readTag(line, at + facility[0].length, true);
    if (code === SPACE && line.charCodeAt(at) === BRACKET) return this.#readBracketed(line, at, end);
    return this.#readOdd(line, at);
  }

  // No tag where it should be: a title of login's, or a line that a relay put whole behind a header of its own.
  #readOdd(line: string, at: number): boolean {
    const relayed = this.#relays === MAX_RELAYS ? null : RELAYED.exec(line.slice(at, at + 400));
    if (relayed) {
      this.#relays += 1;
      return this.#readHost(line, at + relayed[0].length);
    }
    const title = LOGIN_TITLE.exec(line.slice(at, at + 56));
    if (title === null) return this.#finishUntagged(line, at);
    this.#readPid(line, at, at + title[0].length);
    this.appName = 'login';
    return true;
  }

  #readBehindAix(line: string, at: number): boolean {
    return line.startsWith('Message forwarded ', at) ? this.#readForwarded(line, at) : this.#readTag(line, at, true);
  }

  #readPid(line: string, at: number, open: number): boolean {
    const close = line.indexOf(']', open);
    if (close === -1 || close - open > 40) return this.#finishUntagged(line, at);
    let pid = 0;
    for (let digit = open + 1; digit < close; digit += 1) {
      const value = line.charCodeAt(digit) - 48;
      if (value < 0 || value > 9) {
        pid = numberIn(line.slice(open + 1, close)); // "[12/0x7000]"
        break;
      }
      pid = pid * 10 + value;
    }
    this.appName = programOf(line, at, open);
    this.pid = pid <= MAX_PID ? pid : 0;
    const after = line.charCodeAt(close + 1);
    if (after === COLON) return this.#finish(line, close + 2);
    // launchd: "com.apple.xpc.launchd[1] (com.apple.x): text"
    const service = after === SPACE && line.charCodeAt(close + 2) === 0x28 ? line.indexOf('): ', close) : -1;
    return this.#finish(line, service === -1 ? close + 1 : service + 2);
  }

  // "[sshd] text": some relays write the tag so
  #readBracketed(line: string, at: number, end: number): boolean {
    if (line.charCodeAt(end - 1) !== 0x5d) return this.#finishUntagged(line, at);
    this.appName = line.slice(at + 1, end - 1);
    return this.#finish(line, end);
  }

  #finishUntagged(line: string, at: number): boolean {
    this.appName = '';
    return this.#finish(line, at);
  }

  #finish(line: string, at: number): boolean {
    if (line.charCodeAt(at) === SPACE) at += 1;
    if (line.charCodeAt(at) === BRACKET && line.startsWith('[ID ', at)) {
      const solaris = SOLARIS.exec(line.slice(at, at + 48));
      if (solaris) at += solaris[0].length;
    }
    this.message = line.slice(at);
    if (isUnit(this.appName)) this.appName = programOfUnit(this.appName, this.message);
    return true;
  }

  #read5424(text: string): boolean {
    const header = HEADER_5424.exec(text.slice(0, 600));
    const parts = header?.groups;
    if (!header || !parts) return false;
    const stamp = parts['stamp'] as string;
    const end = stamp === '-' ? -1 : this.stamp.read(stamp, 0);
    this.time = end === -1 ? Number.NaN : this.stamp.time;
    this.certainty = end === -1 ? 'none' : this.stamp.certainty;
    const absent = (value: string | undefined) => (value === '-' || value === undefined ? '' : value);
    this.hostname = absent(parts['host']);
    this.appName = absent(parts['app']);
    this.pid = numberIn(absent(parts['proc']));
    this.msgId = absent(parts['id']);
    const after = endOfStructuredData(text, header[0].length);
    if (after === -1) return false;
    this.structuredData = text.slice(header[0].length, after);
    let at = text.charCodeAt(after) === SPACE ? after + 1 : after;
    if (text.charCodeAt(at) === 0xfeff) at += 1; // RFC 5424 §6.4: the BOM that marks UTF-8
    this.message = text.slice(at);
    return true;
  }
}

// Where a tag ends: at a colon, a space or its process id's bracket, or where it is too long for one.
function endOfTag(line: string, at: number): number {
  const limit = Math.min(line.length, at + MAX_TAG);
  for (let end = at; end < limit; end += 1) {
    const code = line.charCodeAt(end);
    if (code === SPACE || (code === BRACKET && end > at)) return end;
    if (code !== COLON) continue;
    const unit = line.charCodeAt(end + 1) === SPACE ? -1 : endOfUnit(line, at);
    return unit === -1 ? end : unit; // "sshd@1-192.0.2.1:22-198.51.100.7:4000.service[12]:"
  }
  return limit;
}

/** The offset after STRUCTURED-DATA at `at` (RFC 5424 §6.3), or -1 when it is not well-formed. */
function endOfStructuredData(text: string, at: number): number {
  if (text.charCodeAt(at) === 0x2d) return at + 1;
  let quoted = false;
  for (let index = at; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (quoted && code === 0x5c) index += 1;
    else if (code === 0x22) quoted = !quoted;
    else if (code === 0x5d && !quoted && text.charCodeAt(index + 1) !== BRACKET) return index + 1;
  }
  return -1;
}

/** The process id that a text begins with; 0 when it begins with none that a kernel could give. */
function numberIn(text: string): number {
  const value = Number(/^\d{1,10}/.exec(text)?.[0] ?? 0);
  return value <= MAX_PID ? value : 0;
}
