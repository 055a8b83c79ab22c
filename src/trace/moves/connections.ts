import { addTo } from '../../core/grouped.ts';
import { lowerBound } from '../lower-bound.ts';
import type { Noted } from '../noted.ts';
import { text } from '../session-index.ts';
import type { HostAddresses } from './addresses.ts';
import { NamingCommands } from './commands.ts';
import { nearest, type Visit } from './visit.ts';

const REMOTING = new Set([5985, 5986]);
const RPC_FROM = 49_152;
/** A connection and the logon on it are told at nearly the same instant; by two clocks less so. */
const SAME_CLOCK_MS = 15_000;
const TWO_CLOCKS_MS = 120_000;
/** Windows' own servants: that they open a connection says nothing. */
const SERVANTS = /(?:^System$|\\(?:svchost|services|lsass|explorer|searchindexer|spoolsv)\.exe$)/i;
/** What administrators, and others, manage hosts with. */
const CONSOLES = /\\(?:mmc|servermanager|mstsc|taskmgr|perfmon)\.exe$/i;

/** Joins visits with connections, by their peer's address and port or by time, for where they came from and by which way. */
export class Connections {
  /** By the peer that opened them. */
  readonly #byPeer = new Map<string, Noted[]>();
  /** By the host that they came in at, and by the address that they went out to. */
  readonly #inward = new Map<string, Noted[]>();
  readonly #outward = new Map<string, Noted[]>();
  /** Credentials that were given for another host, by that host. */
  readonly #credentials = new Map<string, Noted[]>();
  readonly #commands: NamingCommands;
  readonly #addresses: HostAddresses;

  constructor(events: readonly Noted[], addresses: HostAddresses) {
    this.#addresses = addresses;
    this.#commands = new NamingCommands(events, addresses);
    for (const event of events) {
      const { fields } = event;
      if (fields['spoor.remote.sign'] === 'credentials')
        addTo(this.#credentials, addresses.named(text(fields['destination.domain'])), event);
      if (fields['spoor.remote.sign'] !== 'connection' || Number.isNaN(event.time)) continue;
      addTo(this.#byPeer, `${text(fields['source.ip'])} ${fields['source.port']}`, event);
      if (fields['network.direction'] === 'ingress') addTo(this.#inward, event.host, event);
      else addTo(this.#outward, text(fields['destination.ip']), event);
    }
  }

  /** Completes a visit: its address where it has none, and what its connections say. */
  complete(visit: Visit): void {
    if (visit.address === '') this.#locate(visit);
    for (const event of this.#ofVisit(visit)) this.#judge(visit, event);
    this.#judgeCommand(visit);
    const given = nearest(this.#credentials.get(visit.host) ?? [], visit.start, TWO_CLOCKS_MS, timeOf);
    if (!given || !isSameName(text(given.fields['user.effective.name']), visit.user) || given.host === visit.host)
      return;
    visit.add('credentials', given);
    this.#cameFrom(visit, given.host);
  }

  #judgeCommand(visit: Visit): void {
    const command = this.#commands.nearestTo(visit, this.#addresses.hostOf(visit.address));
    if (!command || !isSameName(text(command.fields['user.name']), visit.user)) return;
    visit.add('command', command);
    this.#cameFrom(visit, command.host);
  }

  #cameFrom(visit: Visit, host: string): void {
    visit.workstation ||= host;
    if (visit.address === '') visit.address = [...this.#addresses.addressesOf(host)][0] ?? '';
  }

  // Windows writes no address for WinRM's logons: the connection beside them has it.
  #locate(visit: Visit): void {
    const inward = around(this.#inward.get(visit.host) ?? [], visit.start, SAME_CLOCK_MS);
    const found = closest(inward, visit.start) ?? closest(this.#sentTo(visit), visit.start);
    if (found) visit.address = text(found.fields['source.ip']);
  }

  #sentTo(visit: Visit): Noted[] {
    return [...this.#addresses.addressesOf(visit.host)].flatMap((address) =>
      around(this.#outward.get(address) ?? [], visit.start, TWO_CLOCKS_MS),
    );
  }

  // The connections that its logons name by port; without one, those of WinRM from its address.
  #ofVisit(visit: Visit): Noted[] {
    const logons = visit.session?.draft.evidence ?? [];
    const ports = new Set([visit.session?.draft.port, ...logons.map(({ fields }) => fields['source.port'])]);
    const named = [...ports]
      .filter((port) => typeof port === 'number')
      .flatMap((port) => around(this.#byPeer.get(`${visit.address} ${port}`) ?? [], visit.start, TWO_CLOCKS_MS));
    if (named.length > 0) return named;
    const inward = around(this.#inward.get(visit.host) ?? [], visit.start, SAME_CLOCK_MS);
    return [...inward, ...this.#sentTo(visit)].filter(
      ({ fields }) => fields['source.ip'] === visit.address && REMOTING.has(Number(fields['destination.port'])),
    );
  }

  #judge(visit: Visit, event: Noted): void {
    const { fields } = event;
    const port = Number(fields['destination.port']);
    const program = text(fields['process.executable']);
    if (REMOTING.has(port)) visit.add('winrm_port', event);
    else if (port >= RPC_FROM && fields['network.direction'] === 'ingress') visit.add('rpc_port', event);
    if (fields['network.direction'] === 'ingress' || event.host === visit.host || !/^[A-Za-z\\]/.test(program)) return;
    if (CONSOLES.test(program)) visit.add('console', event);
    else if (!SERVANTS.test(program)) visit.add('program', event);
  }
}

function closest(events: readonly Noted[], time: number): Noted | undefined {
  const rank = ({ fields }: Noted) => (REMOTING.has(Number(fields['destination.port'])) ? 0 : 1);
  return [...events].sort((a, b) => rank(a) - rank(b) || Math.abs(a.time - time) - Math.abs(b.time - time))[0];
}

/** At most this many of a burst are looked at. */
const MAX_AROUND = 200;

function around(sorted: readonly Noted[], time: number, reach: number): Noted[] {
  const found: Noted[] = [];
  for (let at = lowerBound(sorted, time - reach, timeOf); at < sorted.length && found.length < MAX_AROUND; at += 1) {
    const event = sorted[at] as Noted;
    if (event.time > time + reach) break;
    found.push(event);
  }
  return found;
}

function timeOf({ time }: Noted): number {
  return time;
}

function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
