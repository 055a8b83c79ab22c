import { looselyAggregated, sortAddresses } from '../../core/cidr-loose.ts';
import { instant } from '../noted.ts';
import type { Citation, Entry, Finding, Place } from '../story.ts';
import type { Ref, Tally } from '../tally.ts';
import type { Campaign } from '../tracks.ts';
import { attemptsOf } from './crowd.ts';
import type { Flood, Service } from './floods.ts';
import { clientOf, spell, spreadOf } from './telling.ts';

const MAX_EVIDENCE = 6;
const WHAT: Record<Service, string> = {
  web: 'requests',
  firewall: 'packets that the firewall stopped',
  logins: 'connections without a login',
};
/** ATT&CK: what fills the line, and what exhausts a service. */
const TECHNIQUES: Record<Service, readonly string[]> = { web: ['T1499'], firewall: ['T1498'], logins: ['T1499'] };

interface FloodTelling {
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly entries: readonly Entry[];
  readonly placeOf: (address: string) => Place;
  readonly citeRef: (ref: Ref) => Citation;
}

/** A flood as one campaign; its id is given later. */
export function tellFlood(flood: Flood, { tallies, entries, placeOf, citeRef }: FloodTelling): Campaign {
  const addresses = sortAddresses(flood.members);
  const within = new Set(addresses);
  const others = [...tallies.keys()].filter((address) => !within.has(address));
  const own = addresses.map((address) => tallies.get(address) as Tally);
  const attempts = own.map(attemptsOf);
  const total = attempts.reduce((sum, count) => sum + count, 0);
  const step = Math.max(1, Math.floor(own.length / MAX_EVIDENCE));
  const cited = own.filter((_, at) => at % step === 0).slice(0, MAX_EVIDENCE);
  return {
    id: '',
    kind: 'flood',
    addresses,
    cidrs: looselyAggregated(addresses, others),
    ...spreadOf(addresses, placeOf),
    first: instant(flood.from),
    last: instant(flood.to),
    attempts: total,
    mostOfOne: attempts.reduce((most, count) => Math.max(most, count), 0),
    names: [],
    namesTotal: 0,
    client: clientOf(own.map(({ signs }) => ({ signs }))),
    hosts: [...new Set(own.flatMap(({ hosts }) => hosts))].sort(),
    entries: entries.filter(({ address }) => within.has(address)).map(({ id }) => id),
    reasons: [
      `${number(addresses.length)} addresses within ${spell(flood.to - flood.from)}: ${number(total)} ${WHAT[flood.service]}`,
      `up to ${number(flood.peak)} new addresses in 5 minutes, usually ${number(flood.usual)}`,
    ],
    confidence: 'high',
    evidence: cited.flatMap(({ refs: [ref] }) => (ref === undefined ? [] : [citeRef(ref)])),
  };
}

function number(count: number): string {
  return count.toLocaleString('en');
}

/** Each flood as one finding. */
export function floodFindings(campaigns: readonly Campaign[]): Finding[] {
  return campaigns
    .filter(({ kind }) => kind === 'flood')
    .map(({ first, hosts, reasons, attempts, evidence }) => ({
      id: '',
      title: 'Flood',
      level: 'high',
      techniques: techniquesOf(reasons),
      at: first,
      host: hosts.length === 1 ? (hosts[0] as string) : '',
      session: null,
      detail: reasons[0] ?? '',
      count: attempts,
      evidence: evidence.slice(0, 5),
    }));
}

function techniquesOf([reason = '']: readonly string[]): readonly string[] {
  return reason.endsWith(WHAT.firewall) ? TECHNIQUES.firewall : TECHNIQUES.web;
}
