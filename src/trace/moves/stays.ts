import { addTo } from '../../core/grouped.ts';
import { isPublic, parseIp } from '../../core/ip.ts';
import type { Noted } from '../noted.ts';
import type { HostAddresses } from './addresses.ts';
import { pointsOf } from './score.ts';
import type { SignKind, Visit } from './visit.ts';

/** Visits of one account from one place to one host belong together while pauses are shorter than this. */
const PAUSE_MS = 600_000;
/** The same again on so many days is somebody's work. */
const ROUTINE_DAYS = 3;
const DAY_MS = 86_400_000;
/** Who comes to so many hosts alike looks after them, or spreads. */
const MANY_HOSTS = 10;

/** What one account from one place did on a host, without a long pause. */
export interface Stay {
  readonly from: Source;
  readonly visits: Visit[];
  readonly signs: Map<SignKind, Noted[]>;
  last: number;
  /** How sure it is that it was a move; above 0. */
  points: number;
  /** On how many hosts the same account from the same place did something of the kind. */
  hosts: number;
}

/** Where a visit came from: '' for what is not known of it. */
export interface Source {
  readonly host: string;
  readonly address: string;
}

/**
 * The stays that are moves. What is done on three days or more is routine and left out; weak signs on ten hosts or more are a
 * management server's rounds, or a look around, and left out too.
 */
export function movesAmong(visits: readonly Visit[], addresses: HostAddresses): Stay[] {
  const ways = new Map<string, Stay[]>(); // by account, place and host
  for (const visit of visits) {
    const from = sourceOf(visit, addresses);
    if (from === null) continue;
    const key = `${accountAt(from, visit)}\n${visit.host}`;
    const stays = ways.get(key) ?? [];
    if (stays.length === 0) ways.set(key, stays);
    join(stays, from, visit);
  }
  const found = [...ways.values()].map(movesIn).filter((stays) => stays.length > 0);
  const hosts = new Map<string, number>();
  for (const [first] of found as [Stay][]) count(hosts, accountAt(first.from, first.visits[0] as Visit));
  for (const stay of found.flat()) stay.hosts = hosts.get(accountAt(stay.from, stay.visits[0] as Visit)) ?? 1;
  return found.flat().filter(({ points, hosts: many }) => many < MANY_HOSTS || points > 4);
}

/** Did it come from the same place, with the same account, to so many hosts that it is either a server's work or spreading? */
export function isSpread({ hosts }: Stay): boolean {
  return hosts >= MANY_HOSTS;
}

function count(into: Map<string, number>, key: string): void {
  into.set(key, (into.get(key) ?? 0) + 1);
}

function accountAt({ host, address }: Source, { user }: Visit): string {
  return `${host || address}\n${user.toLowerCase()}`;
}

/** Where a visit came from, inside; null when that is the host itself, outside, or not known. */
function sourceOf({ address, workstation, host: target }: Visit, addresses: HostAddresses): Source | null {
  const host = addresses.hostOf(address) || (workstation === '' ? '' : addresses.named(workstation));
  if (address === '' && host === '') return null;
  if (host.toLowerCase() === target.toLowerCase()) return null;
  const ip = parseIp(address);
  return host === '' && ip !== null && isPublic(ip) ? null : { host, address };
}

function join(stays: Stay[], from: Source, visit: Visit): void {
  let stay = stays.at(-1);
  if (stay === undefined || visit.start - stay.last > PAUSE_MS) {
    stay = { from, visits: [], signs: new Map(), last: visit.start, points: 0, hosts: 1 };
    stays.push(stay);
  }
  stay.visits.push(visit);
  stay.last = visit.start;
  for (const [kind, events] of visit.signs) for (const event of events) addTo(stay.signs, kind, event);
}

function movesIn(stays: readonly Stay[]): Stay[] {
  for (const stay of stays) stay.points = pointsOf(stay.signs);
  const found = stays.filter(({ points }) => points > 0);
  const days = new Set(found.map(({ last }) => Math.floor(last / DAY_MS)));
  return days.size >= ROUTINE_DAYS ? [] : found;
}
