import { DER, der, inside, readDer } from '../core/der.ts';
import { parseIp } from '../core/ip.ts';

/** id-ce-nameConstraints, RFC 5280 §4.2.1.10. */
export const NAME_CONSTRAINTS = '2.5.29.30';

const PERMITTED = 0xa0;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;
/** Loopback, private, shared and link-local: addresses that no authority vouches for on the Internet. */
const PRIVATE = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
];

/** Names that an authority may vouch for: whoever steals its key can make no certificate for others that somebody would believe. */
export class NameLimits {
  /** Names, each with all that are below it; empty for any. */
  readonly zones: readonly string[];
  readonly #networks: readonly Buffer[];

  private constructor(zones: readonly string[], networks: readonly Buffer[]) {
    this.zones = zones;
    this.#networks = networks;
  }

  /** `zones` as in the configuration: empty for any name. Private addresses may always be vouched for; others only when named here. */
  static of(zones: readonly string[], addresses: readonly string[]): NameLimits {
    const networks = [...PRIVATE, ...addresses].map(networkBytes).filter((bytes) => bytes !== null);
    return new NameLimits(zones, uniqueOf(networks));
  }

  /** From an extension's value. Throws E_MALFORMED. */
  static read(value: Buffer): NameLimits {
    const [constraints] = readDer(value);
    const [permitted] = inside(constraints, DER.sequence, 'name constraints');
    const zones: string[] = [];
    const networks: Buffer[] = [];
    for (const subtree of inside(permitted, PERMITTED, 'permitted names')) {
      const [base] = inside(subtree, DER.sequence, 'a permitted name');
      if (base?.tag === DNS_NAME) zones.push(base.content.toString('latin1'));
      if (base?.tag === IP_ADDRESS) networks.push(Buffer.from(base.content));
    }
    return new NameLimits(zones, networks);
  }

  /** The extension's value. */
  encode(): Buffer {
    const names = this.zones.map((zone) => der(DNS_NAME, Buffer.from(zone, 'latin1')));
    const addresses = this.#networks.map((network) => der(IP_ADDRESS, network));
    return der(DER.sequence, der(PERMITTED, ...[...names, ...addresses].map((base) => der(DER.sequence, base))));
  }

  allowsName(name: string): boolean {
    return this.zones.length === 0 || this.zones.some((zone) => name === zone || name.endsWith(`.${zone}`));
  }

  allowsAddress(text: string): boolean {
    const bytes = addressBytes(text);
    if (bytes === null) return false;
    return this.#networks.some((network) => {
      const { length } = bytes;
      if (network.length !== 2 * length) return false;
      return bytes.every((byte, i) => (byte & (network[length + i] ?? 0)) === (network[i] ?? 0));
    });
  }
}

function uniqueOf(networks: readonly Buffer[]): Buffer[] {
  return [...new Map(networks.map((bytes) => [bytes.toString('hex'), bytes])).values()];
}

/** Address and mask, one after the other. */
function networkBytes(text: string): Buffer | null {
  const [address = '', length] = text.split('/');
  const bytes = addressBytes(address);
  if (bytes === null) return null;
  const bits = length === undefined ? bytes.length * 8 : Number(length);
  const mask = bytes.map((_, i) => (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i))) & 0xff);
  return Buffer.concat([bytes.map((byte, i) => byte & (mask[i] ?? 0)), mask]);
}

function addressBytes(text: string): Buffer | null {
  const ip = parseIp(text);
  if (ip === null) return null;
  const bytes = Buffer.alloc(ip.version === 4 ? 4 : 16);
  if (ip.version === 4) bytes.writeUInt32BE(ip.value);
  else for (const [i, word] of ip.words.entries()) bytes.writeUInt32BE(word, 4 * i);
  return bytes;
}
