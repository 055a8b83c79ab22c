import { isPublic, parseIp } from '../../core/ip.ts';
import type { Found } from './own-words.ts';

const V4 = /(?<!\d)(?<!\d\.)\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)/g;
const V6 = /(?<![\da-f:])[\da-f]{0,4}:[\da-f:.]{1,60}/gi;
/** `Chrome/120.0.0.0` is a version. */
const PRODUCT =
  /(?:chrome|chromium|crios|edge?|edga|edgios|opr|opera|safari|version|firefox|vivaldi|yabrowser|samsungbrowser|electron|webkit|brave|ucbrowser)\/$/;

/** An address, and where it stands in the text. */
export interface Standing {
  readonly from: number;
  readonly to: number;
  readonly address: string;
}

/** Every address in a text. */
export function addressesIn(text: string): Standing[] {
  const found: Standing[] = [];
  for (const match of text.matchAll(V4)) {
    const ip = parseIp(match[0]);
    if (ip === null) continue;
    if (isPublic(ip) && PRODUCT.test(text.slice(Math.max(0, match.index - 20), match.index).toLowerCase())) continue;
    found.push({ from: match.index, to: match.index + match[0].length, address: ip.text });
  }
  if (text.includes(':')) for (const match of text.matchAll(V6)) pushV6(match[0], match.index, found);
  return found;
}

/** A colon before it may be a key's (`client:2001:db8::1`), one behind it a port's or the sentence's. */
function pushV6(candidate: string, at: number, found: Standing[]): void {
  const word = candidate.replace(/[:.]+$/, (end) => (end.startsWith('::') ? '::' : ''));
  for (let skip = 0, tries = 0; skip < word.length && tries < 3; tries += 1) {
    const rest = word.slice(skip);
    const ip = rest.indexOf(':') === rest.lastIndexOf(':') ? null : parseIp(rest);
    if (ip !== null) {
      found.push({ from: at + skip, to: at + word.length, address: ip.text });
      return;
    }
    const next = rest.indexOf(':');
    if (next === -1) return;
    skip += next + 1;
  }
}

/** All addresses but those that may be named: a list of what is one's own is never whole. */
export function findAddresses(text: string, allowed: ReadonlySet<string>): Found[] {
  return addressesIn(text)
    .filter(({ address }) => !allowed.has(address))
    .map(({ from, to, address }) => ({ from, to, kind: 'address', value: address }));
}
