import { AccountNames } from './account-names.ts';
import { AddressNames } from './address-names.ts';
import { LongAddresses } from './long-addresses.ts';

// Hot path: a few times per syslog line.

const NEWLINE = 0x0a;
const SPACE = 0x20;
const CLOSE = 0x5d;
const DOT = 0x2e;
const COLON = 0x3a;

/** The process id in the tag. */
export const PID = 0;
/** An IPv4 address that stands free; neither in 0.0.0.0/8 nor in 127.0.0.0/8, which parsers treat in ways of their own. */
export const ADDRESS = 1;
/** The number after "port ". */
export const PORT = 2;
/** A plain word after "invalid user ": guessers have endless lists of them. */
export const NAME = 3;
/** The number after "message repeated ". */
export const TIMES = 4;
/** An IPv6 address that stands free, in its one spelling; none that begins with a colon, or that could end with a port. */
export const LONG_ADDRESS = 5;

export const MAX_SLOTS = 6;
/** Stand after a line's slots, for a line in which there is none: no process id, and one time. */
export const NO_PID = MAX_SLOTS;
export const ONCE = MAX_SLOTS + 1;
/** What slots that are numbers hold, with those two behind them. */
export const slotValues = () => Int32Array.of(...new Int32Array(MAX_SLOTS), 0, 1);
const MAX_PID = 0x7fffffff;
const MAX_PORT = 65_535;
const MAX_TIMES = 9_999_999;

/** Reads what varies between lines of one template. */
export class SlotReader {
  /** What `read` read last, where that is a number (an IPv4 address as 32 signed bits). */
  value = 0;
  readonly names = new AccountNames();
  readonly addresses: LongAddresses;

  /** `addresses`: where those of IPv6 get their numbers. */
  constructor(addresses = new AddressNames()) {
    this.addresses = new LongAddresses(addresses);
  }

  /** The offset after the slot of this kind that begins at `at`; `at` when none does. */
  read(bytes: Buffer, at: number, kind: number): number {
    if (kind === ADDRESS) return this.#address(bytes, at);
    if (kind === LONG_ADDRESS) return this.#longAddress(bytes, at);
    return kind === NAME ? this.names.read(bytes, at) : this.#number(bytes, at, kind);
  }

  #number(bytes: Uint8Array, at: number, kind: number): number {
    const limit = kind === PID ? MAX_PID : kind === PORT ? MAX_PORT : MAX_TIMES;
    const first = (bytes[at] as number) - 48;
    if (!(first >= 1 && first <= 9)) return at; // zero, or written in a way of its own: left to the parser
    let value = first;
    let end = at + 1;
    for (let digit = (bytes[end] as number) - 48; digit >= 0 && digit <= 9; digit = (bytes[end] as number) - 48) {
      value = value * 10 + digit;
      if (value > limit) return at;
      end += 1;
    }
    const next = bytes[end];
    if (kind === PID ? next !== CLOSE : !isFreeAfter(next)) return at;
    this.value = value;
    return end;
  }

  #address(bytes: Uint8Array, at: number): number {
    let value = 0;
    let end = at;
    for (let octets = 0; octets < 4; octets += 1) {
      if (octets > 0 && bytes[end++] !== DOT) return at;
      const after = this.#octet(bytes, end);
      if (after === end) return at;
      value = (value << 8) | this.value;
      end = after;
    }
    const network = value >>> 24;
    if (network === 0 || network === 127 || !isFreeAfter(bytes[end])) return at;
    this.value = value;
    return end;
  }

  #longAddress(bytes: Buffer, at: number): number {
    if (bytes[at] === COLON) return at; // "::1", "::": left to the parser, as 127.0.0.1 and 0.0.0.0 are
    const end = this.addresses.read(bytes, at);
    return isFreeAfter(bytes[end]) ? end : at;
  }

  // A number up to 255 without leading zeros (RFC 3986 §3.2.2, dec-octet).
  #octet(bytes: Uint8Array, at: number): number {
    let octet = (bytes[at] as number) - 48;
    if (!(octet >= 0 && octet <= 9)) return at;
    let end = at + 1;
    for (let digit = (bytes[end] as number) - 48; digit >= 0 && digit <= 9; digit = (bytes[end] as number) - 48) {
      if (octet === 0) return at;
      octet = octet * 10 + digit;
      if (octet > 255) return at;
      end += 1;
    }
    this.value = octet;
    return end;
  }
}

/** A digit after this byte does not continue a word, a number, a name or an address. */
export function isFree(code: number): boolean {
  return (
    code === SPACE || code === 0x3d || code === 0x5b || code === 0x28 || code === 0x3c || code === 0x22 || code === 0x27
  );
}

function isFreeAfter(code: number | undefined): boolean {
  return (
    code === SPACE ||
    code === NEWLINE ||
    code === undefined ||
    code === COLON ||
    code === 0x2c ||
    code === CLOSE ||
    code === 0x29
  );
}
