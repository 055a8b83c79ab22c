import { parseIp } from '../core/ip.ts';
import type { Judged } from './attackers.ts';
import { affectedHosts } from './controllers/affected.ts';
import { Alike } from './controllers/alike.ts';
import { namedIn } from './controllers/commands.ts';
import { HostNames } from './controllers/host-names.ts';
import { isLoginPort, isPublicName, isShared } from './controllers/known-services.ts';
import { type Measures, measure } from './controllers/measure.ts';
import { type Contact, gatherParties, type Talking } from './controllers/parties.ts';
import { median } from './controllers/rhythm.ts';
import { tellController } from './controllers/tell.ts';
import { type Surroundings, weigh } from './controllers/weigh.ts';
import type { StepDraft } from './draft.ts';
import type { NamedSession } from './findings.ts';
import { type Citer, cite } from './noted.ts';
import type { Outbound } from './outbound-sum.ts';
import type { Citation, Entry, Finding, Place } from './story.ts';
import type { Ref } from './tally.ts';
import type { Controller, Hop } from './tracks.ts';

/** What controllers are found from. */
export interface ControllerFacts {
  readonly entries: readonly Entry[];
  readonly hops: readonly Hop[];
  readonly findings: readonly Finding[];
  /** Hosts whose logs are at hand. */
  readonly hosts: readonly string[];
  /** Hosts whose owners handed in their logs (`--source`), by their names; or what they are labelled with. */
  readonly labelled: readonly string[];
  /** Who talked to whom outside. */
  readonly outbound: Outbound;
  readonly sessions: readonly NamedSession[];
  readonly loose: readonly StepDraft[];
  /** Every address that attacked. */
  readonly judged: readonly Judged[];
  readonly placeOf: (address: string) => Place;
  readonly citeRef: (ref: Ref) => Citation;
  readonly citer: Citer;
  /** The host of a log whose lines name none; '' when nobody knows. */
  readonly hostOf: (ref: Ref) => string;
}

const MOST_TOLD = 16;
/** What stands out less is not told: a false accusation is worse than silence. */
const TOLD_FROM = 0.5;
const TOLD_FROM_FEW = 0.15;

/** Outside addresses that affected hosts talk to and quiet ones do not, the likeliest first. */
export function findControllers(facts: ControllerFacts): Controller[] {
  const { own, arrivals } = facts.outbound;
  const logins = arrivals.size === 0 ? [] : facts.sessions.map(({ draft }) => draft);
  const names = new HostNames({ own, arrivals, logins, hosts: facts.hosts, hops: facts.hops });
  const affected = affectedHosts(facts, names);
  if (affected.size === 0) return [];
  const named = namedIn(stepsOf(facts));
  const talking = gatherParties(facts.outbound, named, { names, hostOf: facts.hostOf, hosts: facts.hosts });
  const seen = {
    connections: affectedIn(talking, 'connections', affected),
    names: affectedIn(talking, 'names', affected),
    commands: affectedIn(talking, 'commands', affected),
  };
  const entries = new Set(facts.entries.map(({ address }) => address));
  const knocks = knocksOf(talking);
  const answered = isAnswered(talking, affected, facts.outbound);
  const field = { affected, talking, alike: new Alike(talking) };
  const weighed: Weighed[] = [];
  for (const party of talking.parties) {
    const measures = measure(party, field, seen[party.lens]);
    if (measures === null) continue;
    const around = surroundings(measures, facts, entries, knocks, answered ? talking : null);
    const score = weigh(measures, around);
    if (isTold(measures, score)) weighed.push({ measures, around, score });
  }
  weighed.sort(byScore);
  return foldNames(weighed, facts.outbound.names)
    .slice(0, MOST_TOLD)
    .map((one) => told(one, facts));
}

interface Weighed {
  readonly measures: Measures;
  readonly around: Surroundings;
  readonly score: number;
}

function byScore(a: Weighed, b: Weighed): number {
  const [one, other] = [a.measures, b.measures];
  return (
    b.score - a.score ||
    other.affected.length - one.affected.length ||
    other.connections - one.connections ||
    (one.party.to < other.party.to ? -1 : 1)
  );
}

// With one or two affected hosts, what they talk to is told only where more speaks against it than that.
function isTold({ allAffected, rhythm, metBefore, commands, rare }: Measures, score: number): boolean {
  if (allAffected > 2) return score >= TOLD_FROM;
  return score >= TOLD_FROM_FEW && metBefore === 0 && (rhythm !== null || commands > 0 || rare.length > 0);
}

function* stepsOf({ sessions, loose }: ControllerFacts): Iterable<StepDraft> {
  for (const { draft } of sessions) yield* draft.steps;
  yield* loose;
}

function affectedIn({ seen }: Talking, lens: keyof Talking['seen'], affected: ReadonlyMap<string, number>): number {
  return [...affected.keys()].filter((host) => seen[lens].has(host)).length;
}

/** How many addresses each host knocks at on each port that attackers knock at: "host port". */
function knocksOf({ parties }: Talking): Map<string, number> {
  const knocks = new Map<string, number>();
  for (const { contacts } of parties)
    for (const [host, { ports }] of contacts)
      for (const port of ports)
        if (isLoginPort(port)) knocks.set(`${host} ${port}`, (knocks.get(`${host} ${port}`) ?? 0) + 1);
  return knocks;
}

const FEWEST_ANSWERED = 5;
const MOST_ANSWERED = 0.6;

/** Are resolvers' answers at hand, so that an end without one stands out? By the ends that quiet hosts talk to. */
function isAnswered({ parties }: Talking, affected: ReadonlyMap<string, number>, { names }: Outbound): boolean {
  if (names.size < FEWEST_ANSWERED) return false;
  const ends = parties.filter(
    ({ to, lens, contacts }) =>
      lens === 'connections' && parseIp(to) !== null && [...contacts.keys()].some((host) => !affected.has(host)),
  );
  const answered = ends.filter(({ to }) => names.has(to)).length;
  return answered >= FEWEST_ANSWERED && answered >= MOST_ANSWERED * ends.length;
}

// Resolvers hear of every host that talks to it.
function isHeard(hosts: readonly string[], answered: Talking | null): boolean {
  return answered !== null && hosts.every((host) => answered.seen.names.has(host));
}

function surroundings(
  { party, ports, affected }: Measures,
  { outbound, placeOf }: ControllerFacts,
  entries: ReadonlySet<string>,
  knocks: ReadonlyMap<string, number>,
  answered: Talking | null,
): Surroundings {
  const { to } = party;
  const names = outbound.names.get(to) ?? [];
  const targets = ports.map((port) => median(affected.map((host) => knocks.get(`${host} ${port}`) ?? 0)));
  return {
    entry: entries.has(to),
    everybodys: isPublicName(to) || (names.length > 0 && names.every(isPublicName)),
    shared: isShared(placeOf(to)),
    unnamed: names.length === 0 && party.lens === 'connections' && isHeard(affected, answered),
    targets: targets.length > 0 ? Math.min(...targets) : 0,
  };
}

/** A name and the address that resolvers gave for it are one end: the address is told, where hosts talk to it. */
function foldNames(weighed: readonly Weighed[], names: ReadonlyMap<string, readonly string[]>): Weighed[] {
  const folded = new Set(weighed.flatMap(({ measures }) => names.get(measures.party.to) ?? []));
  return weighed.filter(({ measures }) => !folded.has(measures.party.to));
}

function told(
  { measures, around, score }: Weighed,
  { outbound, placeOf, citeRef, citer }: ControllerFacts,
): Controller {
  const { to } = measures.party;
  const citeCommand = ({ commands }: Contact) => (commands[0] === undefined ? null : cite(citer, commands[0].noted));
  const names = outbound.names.get(to) ?? [];
  return tellController(measures, around, { place: placeOf(to), score, names, citeRef, citeCommand });
}
