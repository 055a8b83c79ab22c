import { without } from './cidr-without.ts';

// IANA's special-purpose registries (RFC 6890): what `isBlockable` (ip.ts) refuses, as networks. A test keeps both in step.
const V4: readonly (readonly [quads: readonly [number, number, number, number], bits: number])[] = [
  [[0, 0, 0, 0], 8],
  [[10, 0, 0, 0], 8],
  [[100, 64, 0, 0], 10],
  [[127, 0, 0, 0], 8],
  [[169, 254, 0, 0], 16],
  [[172, 16, 0, 0], 12],
  [[192, 0, 0, 0], 24],
  [[192, 88, 99, 0], 24],
  [[192, 168, 0, 0], 16],
  [[198, 18, 0, 0], 15],
  [[224, 0, 0, 0], 3],
];

const two = (byte: number): string => byte.toString(16).padStart(2, '0');

/** The same within 6to4 (RFC 3056 §2) and NAT64 (RFC 6052 §2.1), where an IPv6 address carries an IPv4 one. */
const CARRIED = V4.flatMap(([[a, b, c, d], bits]) => [
  `2002:${two(a)}${two(b)}:${two(c)}${two(d)}::/${16 + bits}`,
  `64:ff9b::${two(a)}${two(b)}:${two(c)}${two(d)}/${96 + bits}`,
]);

/** Networks of which no address belongs to anybody on the Internet: private, local, multicast, reserved and unassigned ones. */
export const SPECIAL: readonly string[] = [
  ...V4.map(([quads, bits]) => `${quads.join('.')}/${bits}`),
  ...without(['::/3', '4000::/2', '8000::/1'], ['64:ff9b::/96']),
  '2001:2::/48',
  '2001:10::/28',
  '2001:20::/28',
  ...CARRIED,
];
