import type { Affected } from './affected.ts';
import type { Field } from './alike.ts';
import { type Beginning, type Rollout, rolloutOf } from './beginnings.ts';
import { chanceLog10 } from './chance.ts';
import { rarePorts, serviceOf } from './known-services.ts';
import { type Contact, mainSight, type Party } from './parties.ts';
import { median, type Rhythm, rhythmOf, visitsOf } from './rhythm.ts';

/** Clocks of hosts differ by so much. */
const SKEW_MS = 180_000;
/** A host that was seen so long before the way in would have been seen to talk to it. */
const BEFORE_MS = 600_000;
const VISIT_MS = 2000;
const HOUR_MS = 3_600_000;
/** Connections in an hour, all the time. */
const BUSY = 60;
const SAME_PERIOD = 0.2;

/** What is known of an outside end, in numbers. */
export interface Measures {
  readonly party: Party;
  /** Affected hosts that talk to it, and how many affected hosts are to be seen talking at all. */
  readonly affected: readonly string[];
  readonly allAffected: number;
  readonly quiet: readonly string[];
  readonly allQuiet: number;
  /** log10 of the chance that one of so many ends looks like this, and has nothing to do with being affected; 0 or below. */
  readonly chance: number;
  /** Hosts that were seen before the way in: how many of them met it only afterwards, and how many before as well. */
  readonly metAfter: number;
  readonly metBefore: number;
  /** From the way in to the first contact, ms, the median of hosts; NaN when unknown. */
  readonly delayMs: number;
  /** They began at once, as when an owner rolls something out; null when not, or unknown. */
  readonly rollout: Rollout | null;
  /** Rhythm common to the hosts; null without one. */
  readonly rhythm: Rhythm | null;
  readonly rhythmic: number; // affected hosts that have it
  /** Visits of an affected host: the median; more than is kept counts as what is kept. */
  readonly visits: number;
  readonly connections: number;
  readonly first: number;
  readonly last: number;
  readonly ports: readonly number[];
  readonly rare: readonly number[];
  readonly service: ReturnType<typeof serviceOf>;
  readonly commands: number; // affected hosts with commands that name it
}

/** Measures an outside end; null when no affected host talks to it. */
export function measure(party: Party, { affected, talking, alike }: Field, affectedSeen: number): Measures | null {
  const of = talking.seen[party.lens];
  const hosts = [...party.contacts.keys()].filter((host) => of.has(host) || party.contacts.get(host)?.commands.length);
  const mine = hosts.filter((host) => affected.has(host)).sort();
  if (mine.length === 0) return null;
  const quiet = hosts.filter((host) => !affected.has(host)).sort();
  const allAffected = Math.max(affectedSeen, mine.length);
  const allQuiet = Math.max(of.size - affectedSeen, quiet.length);
  const contacts = mine.map((host) => party.contacts.get(host) as Contact);
  const ports = new Set(contacts.flatMap((contact) => portsOf(contact)));
  const { rhythm, rhythmic } = commonRhythm(contacts);
  return {
    party,
    affected: mine,
    allAffected,
    quiet,
    allQuiet,
    chance: Math.min(0, chanceLog10(mine.length, allAffected, quiet.length, allQuiet) + Math.log10(alike.of(party))),
    ...meetings(mine, party, affected, of),
    rollout: rolloutOf(beginnings(mine, party, affected, of), beginnings(quiet, party, affected, of)),
    rhythm,
    rhythmic,
    visits: median(contacts.map(visitsTo)),
    connections: contacts.reduce((sum, contact) => sum + (mainSight(contact)?.count ?? contact.commands.length), 0),
    first: contacts.reduce((first, contact) => Math.min(first, firstOf(contact)), Number.POSITIVE_INFINITY),
    last: contacts.reduce((last, contact) => Math.max(last, lastOf(contact)), Number.NEGATIVE_INFINITY),
    ports: [...ports].sort((a, b) => a - b),
    rare: rarePorts(ports),
    service: serviceOf(ports),
    commands: contacts.filter(({ commands }) => commands.length > 0).length,
  };
}

function portsOf({ ports, commands }: Contact): number[] {
  return [...ports, ...commands.map(({ port }) => port).filter((port) => port > 0)];
}

function firstOf({ first, commands }: Contact): number {
  return commands.reduce((least, { noted }) => (noted.time < least ? noted.time : least), first);
}

function lastOf({ last, commands }: Contact): number {
  return commands.reduce((most, { noted }) => (noted.time > most ? noted.time : most), last);
}

// What was asked for by commands alone was a visit each; a log's visits are told by its times.
function visitsTo(contact: Contact): number {
  const sight = mainSight(contact);
  if (sight === undefined) return visitsOf(stamps(contact), VISIT_MS).length || contact.commands.length;
  const series = sight.series.flat().sort((a, b) => a - b);
  return series.length === 0
    ? sight.count
    : Math.max(visitsOf(series, VISIT_MS).length, restless(contact, sight.count));
}

// Who talks without a break never comes back, and did not come once either: each connection is a visit.
function restless({ first, last }: Contact, count: number): number {
  const hours = (last - first) / HOUR_MS;
  return hours >= 1 && count >= BUSY * hours ? count : 0;
}

function stamps({ commands }: Contact): number[] {
  const times = commands.map(({ noted }) => noted.time).filter((time) => !Number.isNaN(time));
  return times.sort((a, b) => a - b);
}

function rhythmOfContact(contact: Contact): Rhythm | null {
  const sight = mainSight(contact);
  if (sight === undefined) return rhythmOf(stamps(contact));
  const all = sight.series.length > 1 ? [sight.series.flat().sort((a, b) => a - b), ...sight.series] : sight.series;
  for (const times of all) {
    const rhythm = rhythmOf(times);
    if (rhythm !== null) return rhythm;
  }
  return null;
}

// The rhythm that most of the hosts share.
function commonRhythm(contacts: readonly Contact[]): { rhythm: Rhythm | null; rhythmic: number } {
  const rhythms = contacts.map(rhythmOfContact).filter((rhythm) => rhythm !== null);
  const periodMs = median(rhythms.map((rhythm) => rhythm.periodMs));
  const alike = rhythms.filter((rhythm) => Math.abs(rhythm.periodMs - periodMs) <= SAME_PERIOD * periodMs);
  const same = alike.length * 2 >= rhythms.length ? alike : [];
  if (same.length === 0 || same.length * 2 < contacts.length) return { rhythm: null, rhythmic: same.length };
  const beats = same.reduce((sum, rhythm) => sum + rhythm.beats, 0);
  const jitterMs = median(same.map((rhythm) => rhythm.jitterMs));
  return { rhythm: { periodMs: median(same.map((one) => one.periodMs)), jitterMs, beats }, rhythmic: same.length };
}

function beginnings(
  hosts: readonly string[],
  { contacts }: Party,
  affected: Affected,
  seen: ReadonlyMap<string, number>,
): Beginning[] {
  return hosts.map((host) => ({
    since: affected.get(host) ?? Number.NaN,
    seen: seen.get(host) ?? Number.NaN,
    first: firstOf(contacts.get(host) as Contact),
  }));
}

function meetings(
  hosts: readonly string[],
  { contacts, lens }: Party,
  affected: Affected,
  seen: ReadonlyMap<string, number>,
): Pick<Measures, 'metAfter' | 'metBefore' | 'delayMs'> {
  let metAfter = 0;
  let metBefore = 0;
  const delays: number[] = [];
  for (const host of hosts) {
    const since = affected.get(host) ?? Number.NaN;
    const first = firstOf(contacts.get(host) as Contact);
    if (Number.isNaN(since) || !Number.isFinite(first)) continue;
    if (first < since - SKEW_MS) metBefore += 1;
    else {
      delays.push(Math.max(0, first - since));
      if (lens !== 'commands' && (seen.get(host) ?? since) < since - BEFORE_MS) metAfter += 1;
    }
  }
  return { metAfter, metBefore, delayMs: median(delays) };
}
