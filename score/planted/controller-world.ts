import { addresses, Random, Zipf } from '../../bench/random.ts';

/** A connection that a host makes to somebody outside. */
export interface Connection {
  readonly at: number; // ms
  readonly host: Host;
  readonly to: string;
  readonly port: number;
  readonly transport: 'tcp' | 'udp';
  /** Somebody from outside came to the host instead. */
  readonly inward?: true;
}

/** A host of a planted world. */
export interface Host {
  readonly name: string;
  readonly address: string;
  /** When an intruder got in, ms; null: nobody did. */
  readonly since: number | null;
}

/** How the world's connections are logged. */
export type View = 'gateway' | 'firewall' | 'audit' | 'proxy';

/** A site, an intruder in some of its hosts, and everybody whom the hosts talk to. */
export interface World {
  readonly hosts: readonly Host[];
  readonly view: View;
  /** Affected hosts are told by their owners, who handed in the logs, and not by a break-in that is to be seen. */
  readonly labelled: boolean;
  readonly intruder: string;
  readonly controller: string;
  /** Seconds; null: it speaks when it wants something. */
  readonly period: number | null;
  readonly connections: readonly Connection[];
}

const HOUR = 3_600_000;
const SECOND = 1000;
const START = Date.parse('2026-05-18T00:00:00Z');
const SPAN = 36 * HOUR;
const END = START + SPAN;
const MOST_BEATS = 240;

/** Builds the world of a seed. */
export function buildWorld(seed: number): World {
  const random = new Random(seed * 7919 + 17);
  const hosts = makeHosts(random);
  const affected = hosts.filter(({ since }) => since !== null);
  const outside = addresses(random, 700).filter((address) => !address.includes(':'));
  const take = () => outside.pop() as string;
  const controller = take();
  const period = random.chance(0.7) ? Math.round(20 * 180 ** random.next()) : null;
  const plan = new Plan(random);
  plan.everyone(hosts, take);
  plan.distribution(hosts, take());
  plan.background(hosts, outside.slice(0, 400));
  plan.downloads(affected, take());
  plan.scanner(affected, take());
  for (const host of affected) plan.regular(host, take(), 443, random.between(120, 1800), START);
  plan.controller(affected, controller, period);
  return {
    hosts,
    view: random.pick(['gateway', 'firewall', 'firewall', 'audit', 'proxy'] as const),
    labelled: random.chance(0.25),
    intruder: take(),
    controller,
    period,
    connections: plan.connections.filter(({ at }) => at < END).sort((a, b) => a.at - b.at),
  };
}

function makeHosts(random: Random): Host[] {
  const count = random.between(10, 60);
  const affected = random.between(3, Math.min(12, Math.floor(count / 2)));
  const first = START + random.between(8, 16) * HOUR;
  return Array.from({ length: count }, (_, at) => ({
    name: `${random.pick(['web', 'db', 'app', 'mail', 'node'])}${at + 1}`,
    address: `10.${seedByte(random)}.7.${at + 11}`,
    since: at < affected ? first + random.between(0, 4 * 3600) * SECOND : null,
  })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function seedByte(random: Random): number {
  return random.between(20, 22);
}

class Plan {
  readonly connections: Connection[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  #add(at: number, host: Host, to: string, port: number, transport: 'tcp' | 'udp' = 'tcp'): void {
    this.connections.push({ at, host, to, port, transport });
  }

  /** Comes back every `period` seconds, a little early or late. */
  regular(host: Host, to: string, port: number, period: number, from: number, jitter = 0.1): void {
    let at = from + this.#random.next() * period * SECOND;
    for (let beat = 0; at < END && beat < MOST_BEATS; beat += 1) {
      this.#add(at, host, to, port);
      at += period * SECOND * (1 + (this.#random.next() * 2 - 1) * jitter);
    }
  }

  /** What all hosts talk to: time, resolvers, caches, a monitoring service. */
  everyone(hosts: readonly Host[], take: () => string): void {
    const random = this.#random;
    const [clocks, caches] = [
      [take(), take(), take()],
      [take(), take(), take(), take()],
    ];
    const [resolver, monitor] = [take(), take()];
    const watch = random.between(600, 1200);
    for (const host of hosts) {
      for (let at = START + random.next() * HOUR; at < END; at += random.between(900, 1100) * SECOND)
        this.#add(at, host, random.pick(clocks), 123, 'udp');
      for (let left = random.between(10, 40); left > 0; left -= 1)
        this.#add(START + random.next() * SPAN, host, random.pick(caches), 443);
      for (let left = random.between(10, 40); left > 0; left -= 1)
        this.#add(START + random.next() * SPAN, host, resolver, 53, 'udp');
      this.regular(host, monitor, 443, watch, START, 0.02);
    }
  }

  /** A mirror of the distribution that every affected host runs, and few of the others. */
  distribution(hosts: readonly Host[], mirror: string): void {
    const random = this.#random;
    for (const host of hosts)
      if (host.since !== null || random.chance(0.1))
        for (let at = START + random.next() * 12 * HOUR; at < END; at += (8 + 8 * random.next()) * HOUR)
          for (let left = random.between(1, 6); left > 0; left -= 1) this.#add(at + left * 700, host, mirror, 80);
  }

  background(hosts: readonly Host[], sites: readonly string[]): void {
    const random = this.#random;
    const popular = new Zipf(random, sites.length, 0.8);
    for (const host of hosts)
      for (let left = random.between(20, 80); left > 0; left -= 1)
        this.#add(START + random.next() * SPAN, host, sites[popular.next()] as string, random.chance(0.8) ? 443 : 80);
  }

  /** The place where the intruder's tools lie. */
  downloads(affected: readonly Host[], server: string): void {
    for (const host of affected)
      this.#add((host.since as number) + this.#random.between(60, 900) * SECOND, host, server, 80);
  }

  /** Somebody who comes to the affected hosts from outside, and whom they answer. */
  scanner(affected: readonly Host[], scanner: string): void {
    for (const host of affected)
      for (let left = 20; left > 0; left -= 1)
        this.connections.push({
          at: START + this.#random.next() * SPAN,
          host,
          to: scanner,
          port: this.#random.pick([22, 80, 443]),
          transport: 'tcp',
          inward: true,
        });
  }

  /** By beacon, or when it wants something; now and then one affected host was not yet told of it. */
  controller(affected: readonly Host[], controller: string, period: number | null): void {
    const random = this.#random;
    const port = random.pick([443, 443, 80, 8080, 4444, 6667, random.between(1025, 65_000)]);
    const jitter = random.pick([0, 0.05, 0.2, 0.3]);
    const missing = affected.length > 5 && random.chance(0.4) ? random.pick(affected) : null;
    for (const host of affected) {
      if (host === missing) continue;
      const from = (host.since as number) + random.between(30, 3600) * SECOND;
      if (period !== null) this.regular(host, controller, port, period, from, jitter);
      else
        for (let left = random.between(5, 25); left > 0; left -= 1)
          this.#add(from + random.next() * (END - from), host, controller, port);
    }
  }
}
