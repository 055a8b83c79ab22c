import { parseIp, textOfV6 } from '../../core/ip.ts';

const MAPPED = '::ffff:';

/** A socket's remote address as records name it: an IPv4 address that came over IPv6 is written as IPv4. */
export const plainAddress = (address: string): string =>
  address.startsWith(MAPPED) && address.includes('.') ? address.slice(MAPPED.length) : address;

/** `tcp:192.0.2.7:514`, `tls:[2001:db8::7]:6514`. */
export const viaOf = (scheme: string, address: string, port: number): string =>
  address.includes(':') ? `${scheme}:[${address}]:${port}` : `${scheme}:${address}:${port}`;

/** What a bound socket is called: `127.0.0.1:514`, `[::1]:514`. */
export const boundAt = ({ address, port }: { readonly address: string; readonly port: number }): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** Whom a limit for each address is for: an IPv4 address, or the /64 of an IPv6 one, of which anybody has many. */
export function neighbourhoodOf(address: string): string {
  const ip = parseIp(address);
  if (ip?.version !== 6) return address;
  return textOfV6([ip.words[0], ip.words[1], 0, 0]);
}
