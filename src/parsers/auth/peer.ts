import type { EcsFields } from '../../core/event.ts';
import { canonicalIp } from '../../core/ip.ts';

// Letters, digits, hyphens and dots, with a letter somewhere: "999.1.1.1" is a broken address, not a name.
const NAME = /^[\w-]{1,63}(?:\.[\w-]{1,63}){0,126}\.?$/;
const LETTER = /[a-z]/i;

/** The peer's name in lower case when `address` is a host name, else undefined. "UNKNOWN" is what sshd says of a lost peer. */
export function domainOf(address: string): string | undefined {
  if (address === 'UNKNOWN' || address.length > 253 || !LETTER.test(address) || !NAME.test(address)) return undefined;
  return address.toLowerCase();
}

/** A TCP port, or undefined when the text is none or there is no text. */
function portOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : undefined;
}

/** The `source.*` fields of a peer as a line writes it: an address, a name, or '' for none. `port` is optional. */
export function source(address: string | undefined, port?: string): EcsFields {
  if (!address) return {};
  const ip = canonicalIp(address);
  return {
    'source.address': address,
    'source.ip': ip ?? undefined,
    'source.domain': ip === null ? domainOf(address) : undefined,
    'source.port': portOf(port),
  };
}
