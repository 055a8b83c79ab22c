import { grouped } from '../../core/grouped.ts';
import { parseIp } from '../../core/ip.ts';
import type { Noted } from '../noted.ts';
import { agree, Clocks } from './clocks.ts';
import { type Arrivals, arrivalsOf, type Calls, callsOf, type Fit, fitOf, openAt } from './fits.ts';
import type { Outgoing } from './heard.ts';
import { isInside, isNobody } from './inside.ts';
import { PORTS, type PortFit, portFits } from './ports.ts';
import type { Login, World } from './world.ts';

/** Why an address is taken for a host's. */
export interface Claim {
  readonly host: string;
  readonly how: 'said' | 'label' | 'name' | 'fits' | 'guess';
  /** For `fits`: how many logins. */
  readonly count: number;
  /** For `said`: the line that says so. */
  readonly noted: Noted | null;
}

/** What is known of hosts before anything is understood. */
export interface Known {
  /** Hosts whose logs are at hand. */
  readonly hosts: readonly string[];
  /** Addresses that evidence was handed in for, each with its host. */
  readonly labels: ReadonlyMap<string, string>;
  /** Addresses that hosts have by their own lines: "host\taddress". */
  readonly own: ReadonlyMap<string, number>;
  /** Sessions of the intruder's, as far as they are known. */
  readonly theirs: ReadonlySet<Login>;
}

/** Which addresses and names a host has, as its own lines say or as its doings show. */
export class Identities {
  readonly clocks = new Clocks();
  readonly #claims = new Map<string, Claim[]>();
  /** Names and addresses that commands gave, to hosts. */
  readonly #targets = new Map<string, string>();
  /** Names of hosts whose logs are not at hand, with their addresses. */
  readonly #aliases = new Map<string, string>();
  readonly #hosts: ReadonlyMap<string, string>;
  #addresses: ReadonlyMap<string, readonly string[]> | null = null;

  constructor(world: World, { hosts, labels, own, theirs }: Known, outgoing: readonly Outgoing[]) {
    this.#hosts = namesOf(hosts);
    for (const [address, host] of labels) this.#claim(address, { host, how: 'label', count: 0, noted: null });
    for (const key of own.keys()) this.#hear(key);
    const ports = portFits(world, outgoing);
    for (const fit of ports) this.#believe(fit);
    this.#settle(allFits(world, this, theirs));
    this.#setPortClocks(ports);
    this.#guess(world);
  }

  #hear(key: string): void {
    const [name = '', address = ''] = key.split('\t');
    const host = this.#named(name.toLowerCase());
    if (host !== '') this.#claim(address, { host, how: 'said', count: 0, noted: null });
    else if (name !== '' && !this.#aliases.has(name.toLowerCase())) this.#aliases.set(name.toLowerCase(), address);
  }

  /** Hosts whose logs are at hand that have this address; most have one. */
  claims(address: string): readonly Claim[] {
    const known = this.#claims.get(address);
    if (known || parseIp(address) !== null) return known ?? [];
    const host = this.#named(address.toLowerCase()); // a record may hold the peer's name
    return host === '' ? [] : [{ host, how: 'name', count: 0, noted: null }];
  }

  /** The host that a command's target is; '' when its logs are not at hand. */
  hostOf(name: string): string {
    const target = this.aliasOf(name);
    const claims = this.#claims.get(target) ?? [];
    if (claims.length === 1) return claims[0]?.host ?? '';
    return this.#targets.get(target) ?? this.#named(name);
  }

  /** An address that the host is known by, one inside before others; '' when none is. */
  addressOf(host: string): string {
    this.#addresses ??= this.#allAddresses();
    const all = this.#addresses.get(host) ?? [];
    return all.find(isInside) ?? all[0] ?? '';
  }

  #allAddresses(): Map<string, string[]> {
    const own = [...this.#claims].flatMap(([address, claims]) => claims.map(({ host }) => ({ host, address })));
    const called = [...this.#targets].map(([address, host]) => ({ host, address }));
    const all = [...own, ...called].filter(({ address }) => parseIp(address) !== null);
    const byHost = grouped(all, ({ host }) => host);
    return new Map([...byHost].map(([host, list]) => [host, list.map(({ address }) => address).sort()]));
  }

  /** The address of a host that only others' lines name, such as a name server's; the name itself where none does. */
  aliasOf(name: string): string {
    return this.#aliases.get(name) ?? name;
  }

  #named(name: string): string {
    return this.#hosts.get(name) ?? this.#hosts.get(short(name)) ?? '';
  }

  #claim(address: string, claim: Claim): void {
    if (isNobody(address)) return;
    const known = this.#claims.get(address);
    if (known === undefined) this.#claims.set(address, [claim]);
    else if (known.every(({ host }) => host !== claim.host)) known.push(claim);
  }

  // The best fit first: what it settles, weaker ones must not gainsay; and a login is of one command only.
  #settle(fits: readonly Fit[]): void {
    const held = new Map<string, number>();
    const left = new Map<Arrivals, number>();
    const right: Fit[] = [];
    for (const fit of fits) {
      const { calls, arrivals, weight, count } = fit;
      const free = left.get(arrivals) ?? arrivals.logins.length;
      if (!this.#allows(calls, arrivals)) continue;
      const first = held.get(arrivals.address);
      const unclaimed = this.claims(arrivals.address).length === 0;
      if (unclaimed || (first === weight && !this.#isOf(arrivals.address, calls.host))) {
        held.set(arrivals.address, first ?? weight);
        this.#claim(arrivals.address, { host: calls.host, how: 'fits', count, noted: null });
      }
      if (free < count || !this.#isOf(arrivals.address, calls.host)) continue;
      left.set(arrivals, free - count);
      right.push(fit);
      if (this.hostOf(calls.target) === '') this.#targets.set(calls.target, arrivals.host);
    }
    this.#count(right);
    this.#setClocks(right);
  }

  #count(fits: readonly Fit[]): void {
    const of = grouped(fits, ({ calls, arrivals }) => `${arrivals.address}\n${calls.host}`);
    for (const [address, claims] of this.#claims)
      this.#claims.set(
        address,
        claims.map((claim) => {
          const all = claim.how === 'fits' ? (of.get(`${address}\n${claim.host}`) ?? []) : [];
          return all.length === 0 ? claim : { ...claim, count: all.reduce((sum, { count }) => sum + count, 0) };
        }),
      );
  }

  // Both ends tell of the same source port: the one has the other's address.
  #believe({ outgoing, login }: PortFit): void {
    const { address } = login.draft;
    const known = this.hostOf(outgoing.address);
    if (known !== '' && known !== login.host) return;
    if (this.claims(address).length === 0)
      this.#claim(address, { host: outgoing.host, how: 'said', count: 0, noted: outgoing.noted });
    if (known === '' && this.#isOf(address, outgoing.host)) this.#targets.set(outgoing.address, login.host);
  }

  #setPortClocks(fits: readonly PortFit[]): void {
    const right = fits.filter(
      ({ outgoing, login }) =>
        this.#isOf(login.draft.address, outgoing.host) && this.hostOf(outgoing.address) === login.host,
    );
    for (const of of grouped(right, ({ outgoing, login }) => `${outgoing.host}\n${login.host}`).values()) {
      const skew = agree(
        of.map(({ outgoing, login }) => login.from - outgoing.time),
        true,
      );
      const [first] = of;
      if (skew && first)
        this.clocks.set(first.outgoing.host, first.login.host, { ...skew, support: skew.support + PORTS });
    }
  }

  #isOf(address: string, host: string): boolean {
    return this.claims(address).some((claim) => claim.host === host);
  }

  #allows({ host, target }: Calls, arrivals: Arrivals): boolean {
    const known = this.hostOf(target);
    if (known !== '' && known !== arrivals.host) return false;
    const claims = this.claims(arrivals.address);
    const sure = claims.some(({ how }) => how === 'said' || how === 'label');
    return !sure || this.#isOf(arrivals.address, host);
  }

  #setClocks(fits: readonly Fit[]): void {
    const right = fits.filter(
      ({ calls, arrivals }) => this.#isOf(arrivals.address, calls.host) && this.hostOf(calls.target) === arrivals.host,
    );
    for (const of of grouped(right, ({ calls, arrivals }) => `${calls.host}\n${arrivals.host}`).values()) {
      const skew = agree(
        of.flatMap(({ deltas }) => deltas),
        true,
      );
      const [first] = of;
      if (skew && first) this.clocks.set(first.calls.host, first.arrivals.host, skew);
    }
  }

  // Intruders came from an inside address, and on just one other host an intruder was in, each time.
  #guess(world: World): void {
    const entered = world.logins.filter(({ entry, draft }) => entry !== null && isInside(draft.address));
    for (const [address, logins] of grouped(entered, ({ draft }) => draft.address)) {
      if (this.claims(address).length > 0 || [...this.#targets.keys()].includes(address)) continue;
      const targets = new Set(logins.map(({ host }) => host));
      const able = [...world.byHost.keys()].filter(
        (host) =>
          !targets.has(host) &&
          logins.every(({ from }) =>
            openAt(world, host, from, 0).some((open) => open.entry !== null && open.from < from),
          ),
      );
      const [only] = able;
      if (only !== undefined && able.length === 1 && !this.#hasInside(only))
        this.#claim(address, { host: only, how: 'guess', count: logins.length, noted: null });
    }
  }

  #hasInside(host: string): boolean {
    return [...this.#claims].some(
      ([address, claims]) => isInside(address) && claims.some((claim) => claim.host === host),
    );
  }
}

/** Commands to each target with the logins that may be theirs; the best fit first. */
function allFits(world: World, identities: Identities, theirs: ReadonlySet<Login>): Fit[] {
  const arrivals = arrivalsOf(world);
  const byUser = new Map<string, Arrivals[]>();
  for (const one of arrivals)
    for (const user of new Set(one.logins.map(({ draft }) => draft.user))) {
      const known = byUser.get(user) ?? [];
      byUser.set(user, known);
      known.push(one);
    }
  for (const list of byUser.values()) list.sort((a, b) => rank(a) - rank(b));
  const comeTo = new Map<string, Set<string>>();
  for (const { host, address } of arrivals) comeTo.set(host, (comeTo.get(host) ?? new Set()).add(address));
  const fits = callsOf(world).flatMap((calls) => {
    const accounts = new Set(calls.calls.map(({ account }) => account));
    const near = new Set([...accounts].flatMap((account) => (byUser.get(account) ?? []).slice(0, MAX_TRIED)));
    const known = identities.hostOf(calls.target);
    return [...near].flatMap((one): Fit[] => {
      if (one.host === calls.host || one.address === calls.target || (known !== '' && known !== one.host)) return [];
      if (comeTo.get(calls.host)?.has(one.address)) return []; // what comes to a host is another one
      const fit = fitOf(calls, one, world, theirs);
      const sure = identities.claims(one.address).some(({ host }) => host === calls.host);
      return fit && (sure || isEnough(fit)) ? [fit] : [];
    });
  });
  const key = ({ calls, arrivals: { host, address } }: Fit) => `${calls.host} ${calls.target} ${host} ${address}`;
  const apart = ({ skew }: Fit) => Math.abs(skew?.ms ?? 0);
  return fits.sort((a, b) => b.weight - a.weight || apart(a) - apart(b) || a.lag - b.lag || (key(a) < key(b) ? -1 : 1));
}

/** Chance makes one login fit; for an address of the internet, or one of many logins, that is too little. */
function isEnough({ weight, count, arrivals: { address, logins } }: Fit): boolean {
  return weight >= 3 || (isInside(address) && logins.length <= 4 * count);
}

/** Addresses that a command's logins are looked for among; inside ones first. */
const MAX_TRIED = 500;
const rank = ({ address }: Arrivals) => (isInside(address) ? 0 : 1);

/** Names of hosts as commands write them: whole, and without the domain where that is unmistakable. */
function namesOf(hosts: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [name, list] of grouped(hosts, (host) => short(host.toLowerCase())))
    if (list.length === 1) names.set(name, list[0] as string);
  for (const host of hosts) names.set(host.toLowerCase(), host);
  names.delete('');
  return names;
}

function short(name: string): string {
  return parseIp(name) === null ? (name.split('.')[0] ?? '') : name;
}
