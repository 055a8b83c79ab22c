import { addTo } from '../../core/grouped.ts';
import type { NamedSession } from '../findings.ts';
import { lowerBound } from '../lower-bound.ts';
import type { Noted } from '../noted.ts';

/** What a sign is: an event beside a network logon that says what the logon was for. */
export type SignKind =
  | 'process' // a process that runs in the logon itself
  | 'share_write'
  | 'share'
  | 'service'
  | 'service_pipe'
  | 'task'
  | 'task_pipe'
  | 'registry_pipe'
  | 'exec_pipe'
  | 'wmi'
  | 'subscription'
  | 'winrm'
  | 'powershell'
  | 'winrm_port'
  | 'rpc_port'
  | 'desktop'
  | 'program' // a program of nobody's but the user's opened the connection on the source
  | 'console' // one that administrators use did
  | 'command' // one on the source that names the host
  | 'credentials'
  | 'elevated';

/** One account's coming to a host over the network: a logon, or what is left of one. */
export class Visit {
  readonly host: string;
  readonly user: string;
  readonly start: number;
  readonly session: NamedSession | null;
  /** Where it came from; '' until that is known. */
  address: string;
  /** Name of the host that it came from, as the peer or the source's own log gives it; '' without one. */
  workstation: string;
  readonly signs = new Map<SignKind, Noted[]>();

  constructor(given: Pick<Visit, 'host' | 'user' | 'start' | 'session' | 'address' | 'workstation'>) {
    this.host = given.host;
    this.user = given.user;
    this.start = given.start;
    this.session = given.session;
    this.address = given.address;
    this.workstation = given.workstation;
  }

  add(kind: SignKind, event: Noted): void {
    addTo(this.signs, kind, event);
  }
}

/** The item nearest in time, at most `reach` away; undefined when there is none. Earlier wins where two are as near. */
export function nearest<T>(
  sorted: readonly T[],
  time: number,
  reach: number,
  timeOf: (item: T) => number,
): T | undefined {
  const at = lowerBound(sorted, time, timeOf);
  const [before, after] = [sorted[at - 1], sorted[at]];
  const gap = (item: T | undefined) => (item === undefined ? Number.POSITIVE_INFINITY : Math.abs(timeOf(item) - time));
  const best = gap(before) <= gap(after) ? before : after;
  return gap(best) <= reach ? best : undefined;
}
