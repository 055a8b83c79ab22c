import type { Outbound, Talk } from '../outbound-sum.ts';
import type { Ref } from '../tally.ts';
import type { Named } from './commands.ts';
import { type HostNames, isOutside } from './host-names.ts';
import { underNewNames } from './parent-names.ts';

/** What one log saw of one host and one outside end. */
export interface Sight {
  count: number;
  ref: Ref;
  /** Times by port, sorted each. */
  readonly series: (readonly number[])[];
}

/** What one host did with one outside end. */
export interface Contact {
  first: number; // ms; Infinity: no line has a time
  last: number;
  readonly ports: Set<number>;
  /** By the host whose log it is: what a host and its gateway both tell is not told twice. */
  readonly sights: Map<string, Sight>;
  /** Commands that name it. */
  readonly commands: Named[];
}

/** What the log that saw most of it saw; undefined where only commands tell. */
export function mainSight({ sights }: Contact): Sight | undefined {
  let main: Sight | undefined;
  for (const sight of sights.values()) if (main === undefined || sight.count > main.count) main = sight;
  return main;
}

/** How hosts can be seen to talk to somebody. */
export type Lens =
  | 'connections' // packets, calls, requests
  | 'names' // questions to a resolver
  | 'commands';

/** An outside end, and who talks to it. */
export interface Party {
  readonly to: string;
  readonly lens: Lens;
  readonly contacts: ReadonlyMap<string, Contact>;
}

/** Everybody who talks to the outside. */
export interface Talking {
  readonly parties: readonly Party[];
  /** Hosts whose talk is to be seen, by how; and when their first is. */
  readonly seen: Readonly<Record<Lens, ReadonlyMap<string, number>>>;
}

/** Knows hosts by their addresses and logs. */
export interface Whose {
  readonly names: HostNames;
  readonly hostOf: (ref: Ref) => string;
}

interface OpenParty {
  lens: Lens;
  readonly contacts: Map<string, Contact>;
}

/** Sums up talk by outside end and host. `hosts`: whose logs are at hand, and so their commands, if there are any. */
export function gatherParties(
  { talks }: Outbound,
  named: readonly Named[],
  { hosts, ...who }: Whose & { readonly hosts: readonly string[] },
): Talking {
  const parties = new Map<string, OpenParty>();
  const seen = { connections: new Map<string, number>(), names: new Map<string, number>() };
  for (const talk of talks) {
    const host = whose(talk, who);
    if (host === '') continue;
    const lens = lensOf(talk);
    seen[lens].set(host, Math.min(seen[lens].get(host) ?? Number.POSITIVE_INFINITY, talk.first));
    if (who.names.isOurs(talk.to) || !isOutside(talk.to)) continue;
    const party = partyOf(parties, talk.to, lens);
    addTalk(contactOf(party.contacts, host), observerOf(lens, talk, who), talk);
  }
  for (const [parent, under] of underNewNames(talks)) addUnder(parties, parent, under, who);
  addCommands(parties, named, who.names);
  const commands = new Map(hosts.map((host) => [who.names.named(host), Number.NEGATIVE_INFINITY]));
  return { parties: [...parties].map(([to, party]) => ({ to, ...party })), seen: { ...seen, commands } };
}

function addUnder(parties: Map<string, OpenParty>, parent: string, talks: readonly Talk[], who: Whose): void {
  for (const talk of talks) {
    const host = whose(talk, who);
    if (host === '' || who.names.isOurs(talk.to)) continue;
    const lens = lensOf(talk);
    addTalk(contactOf(partyOf(parties, parent, lens).contacts, host), observerOf(lens, talk, who), talk);
  }
}

function lensOf({ protocol }: Talk): 'connections' | 'names' {
  return protocol === 'dns' ? 'names' : 'connections';
}

function observerOf(lens: Lens, { host, ref }: Talk, { hostOf }: Whose): string {
  return `${lens} ${host || hostOf(ref)}`;
}

function addCommands(parties: Map<string, OpenParty>, named: readonly Named[], names: HostNames): void {
  for (const one of named) {
    const host = names.named(one.host);
    if (host !== '' && !names.isOurs(one.to))
      contactOf(partyOf(parties, one.to, 'commands').contacts, host).commands.push(one);
  }
}

function whose({ host, from, ref }: Talk, { names, hostOf }: Whose): string {
  if (from !== '') return names.at(from);
  const own = host || hostOf(ref);
  return names.isOurs(own) ? names.at(own) : names.named(own);
}

// What connections show goes before what was asked for by name.
function partyOf(parties: Map<string, OpenParty>, to: string, lens: Lens): OpenParty {
  let party = parties.get(to);
  if (party === undefined) {
    party = { lens, contacts: new Map() };
    parties.set(to, party);
  } else if (lens === 'connections') party.lens = lens;
  return party;
}

function contactOf(contacts: Map<string, Contact>, host: string): Contact {
  let contact = contacts.get(host);
  if (contact === undefined) {
    const [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    contact = { first, last, ports: new Set(), sights: new Map(), commands: [] };
    contacts.set(host, contact);
  }
  return contact;
}

function addTalk(contact: Contact, observer: string, { port, protocol, count, first, last, times, ref }: Talk): void {
  if (port > 0 && protocol !== 'dns') contact.ports.add(port);
  contact.first = Math.min(contact.first, first);
  contact.last = Math.max(contact.last, last);
  const sight = contact.sights.get(observer);
  if (sight === undefined) contact.sights.set(observer, { count, ref, series: [times] });
  else {
    sight.count += count;
    sight.series.push(times);
  }
}
