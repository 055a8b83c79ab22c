import { instant } from '../noted.ts';
import type { Citation, Place } from '../story.ts';
import type { Ref } from '../tally.ts';
import type { Controller } from '../tracks.ts';
import type { Rollout } from './beginnings.ts';
import type { Measures } from './measure.ts';
import { type Contact, mainSight } from './parties.ts';
import type { Surroundings } from './weigh.ts';

const MAX_EVIDENCE = 6;
const MAX_PORTS = 16;

export interface TellOptions {
  readonly place: Place;
  readonly score: number;
  /** Names that resolvers gave it for. */
  readonly names: readonly string[];
  readonly citeRef: (ref: Ref) => Citation;
  readonly citeCommand: (contact: Contact) => Citation | null;
}

/** An outside end as the story tells it. */
export function tellController(measures: Measures, around: Surroundings, options: TellOptions): Controller {
  const { party, affected, quiet, ports, first, last, connections, rhythm } = measures;
  const { place, score } = options;
  const contacts = affected.map((host) => party.contacts.get(host) as Contact);
  const evidence = contacts.flatMap((contact) => cited(contact, options)).slice(0, MAX_EVIDENCE);
  return {
    address: party.to,
    place,
    score,
    affected,
    quiet,
    ports: ports.slice(0, MAX_PORTS),
    first: instant(first),
    last: instant(last),
    connections,
    period: rhythm === null ? null : rounded(rhythm.periodMs / 1000),
    reasons: reasonsFor(measures, around, options),
    evidence,
  };
}

function cited(contact: Contact, { citeRef, citeCommand }: TellOptions): Citation[] {
  const sight = mainSight(contact);
  const command = citeCommand(contact);
  return [...(sight === undefined ? [] : [citeRef(sight.ref)]), ...(command === null ? [] : [command])];
}

function reasonsFor(measures: Measures, around: Surroundings, { names }: TellOptions): string[] {
  return [
    ...whoReasons(measures),
    ...whenReasons(measures),
    ...whatReasons(measures, names),
    ...doubts(measures, around),
  ];
}

function whoReasons({ affected, allAffected, quiet, allQuiet, party }: Measures): string[] {
  const how = party.lens === 'names' ? 'ask for it' : party.lens === 'commands' ? 'name it in commands' : 'talk to it';
  const who = `${affected.length} of ${allAffected} affected hosts ${how}`;
  if (allQuiet === 0) return [`${who}; there is no quiet host to compare with`];
  return [`${who}, ${quiet.length === 0 ? 'none' : quiet.length} of ${allQuiet} quiet ones`];
}

function rolloutReasons({ withinMs, quiet }: Rollout): string[] {
  const reasons = [`they began within ${span(withinMs)}, though their ways in lie far apart`];
  if (quiet > 0) reasons.push(`${quiet} quiet hosts began in the same time`);
  return reasons;
}

function whenReasons({
  rhythm,
  rhythmic,
  metAfter,
  metBefore,
  delayMs,
  rollout,
  visits,
  affected,
}: Measures): string[] {
  const reasons: string[] = [];
  if (rhythm !== null)
    reasons.push(
      `every ${span(rhythm.periodMs)}, give or take ${span(rhythm.jitterMs)}, on ${rhythmic} of ${affected.length} hosts`,
    );
  if (!Number.isNaN(delayMs) && metBefore === 0)
    reasons.push(`first contact ${span(delayMs)} after the way in (median)`);
  if (rollout !== null) reasons.push(...rolloutReasons(rollout));
  if (metAfter > 0 && metBefore === 0)
    reasons.push(`${metAfter} hosts were seen before the way in and did not know it`);
  if (metBefore > 0) reasons.push(`${metBefore} hosts talked to it before the way in as well`);
  if (visits <= 1) reasons.push('only once from each host: rather a place to download from than one to report to');
  else if (rhythm === null) reasons.push(`without a rhythm, ${visits} times from each host (median)`);
  return reasons;
}

function whatReasons({ rare, commands }: Measures, names: readonly string[]): string[] {
  const reasons: string[] = [];
  if (rare.length > 0) reasons.push(`on port ${rare.slice(0, 4).join(', ')}, which no everyday service has`);
  if (commands > 0) reasons.push(`named in commands on ${commands} affected hosts`);
  if (names.length > 0) reasons.push(`resolvers gave it for ${names.slice(0, 3).join(', ')}`);
  return reasons;
}

const SERVICES = { time: 'time', names: 'name resolution', mail: 'mail' } as const;

function doubts(
  { service, allAffected }: Measures,
  { entry, everybodys, shared, targets, unnamed }: Surroundings,
): string[] {
  const reasons: string[] = [];
  if (unnamed) reasons.push('no resolver gave it, as they did for what others talk to');
  if (entry) reasons.push('the intruder came in from it as well');
  if (service !== '') reasons.push(`all of it is ${SERVICES[service]}, as ordinary hosts do it`);
  if (everybodys) reasons.push('its name is one that ordinary hosts ask for');
  if (shared) reasons.push('its network serves many sites from the same addresses');
  if (targets > 1) reasons.push(`one of ${targets} addresses that the same hosts knock at on this port`);
  if (allAffected === 1) reasons.push('only one host is affected: it may be what this host alone uses');
  if (allAffected === 2) reasons.push('only two hosts are affected: that is little to compare');
  return reasons;
}

/** "45 s", "20 minutes", "3 hours", "2 days". */
function span(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 120) return `${rounded(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} hours` : `${Math.round(seconds / 86_400)} days`;
}

function rounded(seconds: number): number {
  return seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds);
}
