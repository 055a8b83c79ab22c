import { canonicalIp } from '../core/ip.ts';
import { type AddressNames, NO_ADDRESS } from './address-names.ts';

// Hot path: once per syslog line that has an IPv6 address.

const SLOTS = 1 << 14;
const MAX_TEXT = 39; // 8 groups of 4 digits
const COLON = 0x3a;
const LEAST_COLONS = 2;
// Hexadecimal digits as the one spelling has them (RFC 5952 §4.3), and colons.
const IS_PART = Uint8Array.from({ length: 256 }, (_, code) => (/[0-9a-f:]/.test(String.fromCharCode(code)) ? 1 : 0));
const IS_PLAIN = /:[0-9a-f]*[a-f][0-9a-f]*$/;

/** Finds the numbers of IPv6 addresses, in a table of fixed size: the one that came last stands in its place. */
export class LongAddresses {
  /** The number of the address that `read` saw last. */
  known = NO_ADDRESS;
  readonly #names: AddressNames;
  readonly #texts: string[] = new Array(SLOTS).fill('');
  readonly #numbers = new Int32Array(SLOTS);

  constructor(names: AddressNames) {
    this.#names = names;
  }

  /**
   * The offset after the address at `at`, in its one spelling; `at` when none stands there, one whose end could be a port
   * ("2001:db8::7:4022", as dropbear writes), or one that gets no number. What follows it is not looked at.
   */
  read(bytes: Buffer, at: number): number {
    let hash = 17;
    let colons = 0;
    let end = at;
    for (const limit = at + MAX_TEXT + 1; end < limit; end += 1) {
      const code = bytes[end] as number;
      if (IS_PART[code] !== 1) break;
      if (code === COLON) {
        if (IS_PART[bytes[end + 1] as number] !== 1) break; // "…::7: refused"
        colons += 1;
      }
      hash = (Math.imul(hash, 31) + code) | 0;
    }
    if (colons < LEAST_COLONS) return at; // "authenticating" begins with a hexadecimal digit, too
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    if (isAt(this.#texts[slot] as string, bytes, at, end)) {
      this.known = this.#numbers[slot] as number;
      return end;
    }
    const text = bytes.toString('latin1', at, end);
    if (!IS_PLAIN.test(text) || canonicalIp(text) !== text) return at; // never remembered, so never found above
    this.known = this.#names.ofText(text);
    if (this.known === NO_ADDRESS) return at;
    this.#texts[slot] = text;
    this.#numbers[slot] = this.known;
    return end;
  }
}

function isAt(text: string, bytes: Uint8Array, from: number, to: number): boolean {
  const { length } = text;
  if (length !== to - from || length === 0) return false;
  for (let at = 0; at < length; at += 1) if (text.charCodeAt(at) !== bytes[from + at]) return false;
  return true;
}
