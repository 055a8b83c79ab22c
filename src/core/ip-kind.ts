import { type Ip, type Ipv6, parseIp } from './ip.ts';

/**
 * What an address is for. `shared` is carrier-grade NAT; `documentation` the ranges of examples; `reserved` all that
 * is not, or no longer, handed out.
 */
export type IpKind =
  | 'global'
  | 'documentation'
  | 'private'
  | 'shared'
  | 'loopback'
  | 'link-local'
  | 'multicast'
  | 'broadcast'
  | 'unspecified'
  | 'reserved';

type Prefix = readonly [base: number, bits: number, kind: IpKind];

/** IANA's IPv4 special-purpose registry (RFC 6890, kept up to date by later RFCs), narrower prefixes first. */
const V4: readonly Prefix[] = [
  [0x00000000, 32, 'unspecified'], // RFC 1122
  [0xffffffff, 32, 'broadcast'], // RFC 919
  [0xc0000000, 24, 'reserved'], // 192.0.0.0/24, protocol assignments
  [0xc0000200, 24, 'documentation'], // 192.0.2.0/24, RFC 5737
  [0xc6336400, 24, 'documentation'], // 198.51.100.0/24
  [0xcb007100, 24, 'documentation'], // 203.0.113.0/24
  [0xc0586300, 24, 'reserved'], // 192.88.99.0/24, RFC 7526: the former 6to4 relay
  [0xc0a80000, 16, 'private'], // 192.168.0.0/16, RFC 1918
  [0xa9fe0000, 16, 'link-local'], // 169.254.0.0/16, RFC 3927
  [0xc6120000, 15, 'reserved'], // 198.18.0.0/15, RFC 2544: benchmarks
  [0xac100000, 12, 'private'], // 172.16.0.0/12
  [0x64400000, 10, 'shared'], // 100.64.0.0/10, RFC 6598
  [0x00000000, 8, 'reserved'], // 0.0.0.0/8: this network
  [0x0a000000, 8, 'private'], // 10.0.0.0/8
  [0x7f000000, 8, 'loopback'], // 127.0.0.0/8
  [0xe0000000, 4, 'multicast'], // RFC 5771
  [0xf0000000, 4, 'reserved'], // RFC 1112 §4
];

/** IANA's IPv6 special-purpose registry, by the first 32 bits alone, narrower prefixes first. */
const V6: readonly Prefix[] = [
  [0x20010db8, 32, 'documentation'], // RFC 3849
  [0x20010000, 32, 'global'], // 2001::/32, Teredo: a client is known by it
  [0x20010010, 28, 'reserved'], // ORCHID, RFC 4843
  [0x20010020, 28, 'reserved'], // ORCHIDv2, RFC 7343: names, not places
  [0x3fff0000, 20, 'documentation'], // RFC 9637
  [0xfe800000, 10, 'link-local'], // RFC 4291 §2.5.6
  [0xfec00000, 10, 'private'], // site-local, RFC 3879
  [0xff000000, 8, 'multicast'],
  [0xfc000000, 7, 'private'], // RFC 4193
  [0x20000000, 3, 'global'], // the only unicast that IANA hands out
];

function among(prefixes: readonly Prefix[], word: number, otherwise: IpKind): IpKind {
  for (const [base, bits, kind] of prefixes) if ((word ^ base) >>> (32 - bits) === 0) return kind;
  return otherwise;
}

/** The IPv4 address that an IPv6 address carries for a translator or tunnel: RFC 6052 §2.1, RFC 3056 §2. */
function carriedV4([first, second, third, fourth]: Ipv6['words']): number | null {
  if (first === 0x0064ff9b && second === 0 && third === 0) return fourth;
  if (first >>> 16 === 0x2002) return ((first << 16) | (second >>> 16)) >>> 0;
  return null;
}

function kindOfV6(words: Ipv6['words']): IpKind {
  const [first, second, third, fourth] = words;
  if (first === 0 && second === 0 && third === 0 && fourth <= 1) return fourth === 1 ? 'loopback' : 'unspecified';
  const carried = carriedV4(words);
  if (carried !== null) return among(V4, carried, 'global');
  if (first === 0x0064ff9b && second >>> 16 === 1) return 'private'; // 64:ff9b:1::/48, RFC 8215
  if (first === 0x20010002 && second >>> 16 === 0) return 'reserved'; // 2001:2::/48, RFC 5180: benchmarks
  return among(V6, first, 'reserved');
}

/** What kind of address it is. Addresses of NAT64 and 6to4 are of the kind of the IPv4 address inside. */
export function kindOf(ip: Ip): IpKind {
  return ip.version === 4 ? among(V4, ip.value, 'global') : kindOfV6(ip.words);
}

/** Could a packet from it have crossed the Internet? Documentation ranges count: samples are attacked from them. */
export function isPublic(ip: Ip): boolean {
  const kind = kindOf(ip);
  return kind === 'global' || kind === 'documentation';
}

/**
 * May a block list name it? Only one address of the Internet: never a private, loopback, link-local, shared,
 * multicast, broadcast, unspecified or reserved one, and never text that is not an address.
 */
export function isBlockable(text: string): boolean {
  const ip = parseIp(text);
  return ip !== null && isPublic(ip);
}
