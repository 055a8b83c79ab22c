import { domainToASCII } from 'node:url';
import { readIp } from '../../core/ip.ts';

// One spelling for each thing that a list may name, for lists and for events alike. Everything is linear in the text.

const DIGITS = /^\d{1,3}$/;
const NUMBER = /^\d+$/;
const PORT = /^\d{1,5}$/;
const HEX = /^[0-9a-f]+$/;
const ASN = /^as(?<number>\d{1,10})$/i;
const HASH_NAMES: Readonly<Record<number, string>> = {
  32: 'md5',
  40: 'sha1',
  64: 'sha256',
  96: 'sha384',
  128: 'sha512',
};
const MAX_URL = 4096;
const MAX_DOMAIN = 253;
const MAX_LABEL = 63;

/** Hexadecimal digits of a hash, in small letters; null when it is none that ECS has a name for. */
export function canonicalHash(text: string): string | null {
  if (HASH_NAMES[text.length] === undefined) return null;
  const small = text.toLowerCase();
  return HEX.test(small) ? small : null;
}

/** What ECS calls a hash of that length: `sha256`. */
export function hashName(hash: string): string {
  return HASH_NAMES[hash.length] ?? '';
}

/** A domain of two labels or more in small ASCII letters, without its last dot; null when it is none, or an address. */
export function canonicalDomain(text: string): string | null {
  if (text.length > MAX_DOMAIN * 4) return null;
  const bare = text.endsWith('.') ? text.slice(0, -1) : text;
  const ascii = isAscii(bare) ? bare.toLowerCase() : domainToASCII(bare);
  return isDomain(ascii) ? ascii : null;
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 127) return false;
  return true;
}

function isDomain(text: string): boolean {
  if (text.length > MAX_DOMAIN) return false;
  const labels = text.split('.');
  // The last label of a name is never a number: then it would be an address.
  return labels.length > 1 && labels.every(isLabel) && !NUMBER.test(labels.at(-1) as string);
}

function isLabel(label: string): boolean {
  if (label.length === 0 || label.length > MAX_LABEL) return false;
  for (let at = 0; at < label.length; at += 1) if (!isLabelCode(label.charCodeAt(at))) return false;
  return true;
}

/** Letters, digits, hyphen; and the underscore, which names of services have. */
function isLabelCode(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 45 || code === 95;
}

/** A URL as WHATWG writes it, without its fragment; null when it is none of the web or FTP. */
export function canonicalUrl(text: string): string | null {
  if (text.length > MAX_URL || !/^(?:https?|ftp):\/\//i.test(text)) return null;
  try {
    const url = new URL(text);
    url.hash = '';
    return url.href;
  } catch {
    return null;
  }
}

/** The number of a network, from `AS64500`; null when it is none. */
export function asnOf(text: string): string | null {
  const number = Number(ASN.exec(text)?.groups?.['number'] ?? Number.NaN);
  return number > 0 && number <= 0xffff_ffff ? String(number) : null;
}

/** Family and prefix of an address or network, whose words are left in `into`; null when it is none. */
export function readNetwork(
  text: string,
  into: Uint32Array,
): { readonly version: 4 | 6; readonly prefix: number } | null {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const version = readIp(address, into);
  if (version === 0) return null;
  const bits = version === 4 ? 32 : 128;
  if (slash < 0) return { version, prefix: bits };
  const mask = text.slice(slash + 1);
  if (!DIGITS.test(mask)) return null;
  const prefix = version === 4 && address.includes(':') ? Number(mask) - 96 : Number(mask);
  return prefix >= 0 && prefix <= bits ? { version, prefix } : null;
}

/** `192.0.2.1:443` and `[2001:db8::1]:443` without the port; all else as it is. */
export function withoutPort(text: string): string {
  const colon = text.lastIndexOf(':');
  if (colon < 0 || !PORT.test(text.slice(colon + 1))) return text;
  const before = text.slice(0, colon);
  if (before.startsWith('[') && before.endsWith(']')) return before.slice(1, -1);
  return before.includes(':') ? text : before;
}

/** `evil[.]example`, `hxxps://…`: how people write what shall not be clicked on. */
export function refanged(text: string): string {
  const dotted = text.includes('[') ? text.replaceAll('[.]', '.').replaceAll('[:]', ':') : text;
  return /^hxxps?:/i.test(dotted) ? `http${dotted.slice(4)}` : dotted;
}
