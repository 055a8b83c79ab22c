import { parseIp } from '../../core/ip.ts';

/** Beside the 65,536 of IPv4: IPv6 by its first 32 bits, mixed in above. */
const V6 = 1 << 16;
const NONE = -1;

/** The /16 (IPv4) or /32 (IPv6) of an address as a number; -1: it is none. */
export function prefixOf(address: string): number {
  const quick = quickPrefix(address);
  if (quick !== NONE) return quick;
  const ip = parseIp(address);
  if (ip === null) return NONE;
  return ip.version === 4 ? ip.value >>> 16 : V6 + (ip.words[0] as number);
}

/** Two numbers of at most three digits, with a dot after each; else -1. */
function quickPrefix(address: string): number {
  let value = 0;
  let octet = 0;
  let dots = 0;
  for (let at = 0; at < address.length && at < 8; at += 1) {
    const code = address.charCodeAt(at);
    if (code === 0x2e) {
      value = value * 256 + octet;
      octet = 0;
      dots += 1;
      if (dots === 2) return value < V6 ? value : NONE;
    } else if (code >= 0x30 && code <= 0x39) octet = octet * 10 + code - 0x30;
    else return NONE;
  }
  return NONE;
}
