import { type IpKind, kindOf, parseIp } from '../../core/ip.ts';

/** Of a network of one's own, not of the internet. */
export function isInside(address: string): boolean {
  const ip = parseIp(address);
  return ip !== null && INSIDE.has(kindOf(ip));
}

const INSIDE: ReadonlySet<IpKind> = new Set(['private', 'shared', 'link-local']);
const NOBODY: ReadonlySet<IpKind> = new Set(['loopback', 'unspecified', 'multicast', 'broadcast']);

/** Every host's own: loopback, and no address at all. */
export function isNobody(address: string): boolean {
  const ip = parseIp(address);
  return address === '' || address === 'localhost' || (ip !== null && NOBODY.has(kindOf(ip)));
}
