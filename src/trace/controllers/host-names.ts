import { isPublic, parseIp } from '../../core/ip.ts';
import { isInside } from '../outbound.ts';
import { PART } from '../outbound-table.ts';
import type { Hop } from '../tracks.ts';

/** A second host that has an address this often is no mistake: then nobody is told by it. */
const CLAIM = 0.2;
// Clouds name hosts by their address: "ip-10-0-3-7".
const BY_ADDRESS = /^ip-(?<a>\d{1,3})-(?<b>\d{1,3})-(?<c>\d{1,3})-(?<d>\d{1,3})(?:\.|$)/;

/** What tells of addresses. */
export interface Told {
  /** "host\taddress", with how often it was seen. */
  readonly own: ReadonlyMap<string, number>;
  /** Whose logs are at hand. */
  readonly hosts: readonly string[];
  readonly hops: readonly Hop[];
  /** Inside addresses that peers came to through a gateway: by "peer\tport". */
  readonly arrivals: ReadonlyMap<string, string>;
  /** Logins, with the peer and its port. */
  readonly logins: readonly { readonly host: string; readonly address: string; readonly port: number | null }[];
}

/** Knows which host has which address, as the logs themselves tell. */
export class HostNames {
  readonly #byAddress = new Map<string, string>();
  readonly #byLabel = new Map<string, string>();

  constructor(told: Told) {
    const { hosts } = told;
    for (const host of hosts) {
      const label = labelOf(host);
      this.#byLabel.set(label, this.#byLabel.has(label) ? '' : host); // two hosts of one short name: told by neither
    }
    const claims = new Map<string, Map<string, number>>();
    for (const { host, address, times } of claimsIn(told)) {
      const name = this.named(host);
      const claimants = claims.get(address) ?? new Map<string, number>();
      claims.set(address, claimants.set(name, (claimants.get(name) ?? 0) + times));
    }
    for (const [address, claimants] of claims) this.#settle(address, claimants);
  }

  #settle(address: string, claimants: ReadonlyMap<string, number>): void {
    const [first, second] = [...claimants].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    if (first && (second === undefined || second[1] < CLAIM * first[1])) this.#byAddress.set(address, first[0]);
  }

  /** The host as its own logs name it: "web1" and "web1.example.org" are one where only one of them has logs. */
  named(host: string): string {
    return this.#byLabel.get(labelOf(host)) || host;
  }

  /** The host that has the address; the address itself stands for an inside host that nobody names; '' for a stranger. */
  at(address: string): string {
    return this.#byAddress.get(address) ?? (isInside(address) ? address : '');
  }

  /** Is it an address of a host of ours? */
  isOurs(address: string): boolean {
    return this.#byAddress.has(address);
  }
}

interface Claim {
  readonly host: string;
  readonly address: string;
  readonly times: number;
}

function claimsIn({ own, hosts, hops, arrivals, logins }: Told): Claim[] {
  const claims = [...own].map(([key, times]): Claim => {
    const [host = '', address = ''] = key.split(PART);
    return { host, address, times };
  });
  for (const { from, to } of hops) claims.push({ ...from, times: 1 }, { ...to, times: 1 });
  for (const { host, address, port } of logins)
    claims.push({ host, address: arrivals.get(`${address}${PART}${port}`) ?? '', times: 1 });
  for (const host of hosts) {
    const parts = BY_ADDRESS.exec(host)?.groups;
    if (parts) claims.push({ host, address: `${parts['a']}.${parts['b']}.${parts['c']}.${parts['d']}`, times: 1 });
    else if (parseIp(host) !== null) claims.push({ host, address: host, times: 1 });
  }
  return claims.filter(({ host, address }) => host !== '' && address !== '');
}

function labelOf(host: string): string {
  const ip = parseIp(host);
  if (ip !== null) return host;
  const dot = host.indexOf('.');
  return (dot > 0 ? host.slice(0, dot) : host).toLowerCase();
}

/** Could it be an end outside at all? */
export function isOutside(end: string): boolean {
  const ip = parseIp(end);
  return ip === null ? end.includes('.') : isPublic(ip);
}
