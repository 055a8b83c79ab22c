import { looselyAggregated, sortAddresses } from '../../core/cidr-loose.ts';
import { instant } from '../noted.ts';
import type { Citation, Confidence, Entry, Place } from '../story.ts';
import type { Ref, Tally } from '../tally.ts';
import type { Campaign, CampaignKind } from '../tracks.ts';
import type { Cluster } from './cluster.ts';
import type { Crowd } from './crowd.ts';
import { listReason } from './list-telling.ts';
import { prefixOf } from './networks.ts';
import { LIST } from './profile.ts';
import { ownOf } from './rare.ts';
import { CLIENT, TRAITS } from './traits.ts';

const MAX_NAMES = 64;
const MAX_EVIDENCE = 6;
/** A trait is said to be common when so many have it. */
const MOST = 0.6;
/** Certain is a group of which so many have so many names of their own, or, when there are many, a client of their own. */
const COHERENT = 0.8;
const CERTAIN_NAMES = 8;
const OWN_NAMES = 4;
const SOME = 8;
const MANY = 20;

/** What a campaign is told from. */
export interface Telling {
  readonly crowd: Crowd;
  readonly entries: readonly Entry[];
  readonly placeOf: (address: string) => Place;
  readonly citeRef: (ref: Ref) => Citation;
}

/** A member as it is told. */
interface Member {
  readonly address: string;
  readonly tally: Tally;
  readonly attempts: number;
  /** Its names and paths, as one text; and whatever their order. */
  readonly list: string;
  readonly set: string;
  readonly signs: readonly string[];
}

function membersOf({ members }: Cluster, { addresses, tallies, attempts, words }: Crowd): Member[] {
  return [...members].map((at) => {
    const tally = tallies[at] as Tally;
    const { signs } = tally;
    return {
      address: addresses[at] as string,
      tally,
      attempts: attempts[at] as number,
      list: words.of(at).join(' '),
      set: words.of(at).slice().sort().join(' '),
      signs,
    };
  });
}

/** The campaign of a cluster; its id is given later. */
export function tellCampaign(cluster: Cluster, telling: Telling): Campaign {
  const members = membersOf(cluster, telling.crowd);
  const addresses = sortAddresses(members.map(({ address }) => address));
  const attempts = members.map((member) => member.attempts);
  const tallies = members.map(({ tally }) => tally);
  const names = namesOf(members);
  const within = new Set(addresses);
  const client = clientOf(members);
  const { networks, countries } = spreadOf(addresses, telling.placeOf);
  return {
    id: '',
    kind: kindOf(tallies),
    addresses,
    cidrs: looselyAggregated(addresses),
    networks,
    countries,
    first: instant(firstOf(tallies)),
    last: instant(lastOf(tallies)),
    attempts: attempts.reduce((sum, count) => sum + count, 0),
    mostOfOne: Math.max(...attempts),
    names: names.slice(0, MAX_NAMES),
    namesTotal: names.length,
    client,
    hosts: [...new Set(tallies.flatMap(({ hosts }) => hosts))].sort(),
    entries: telling.entries.filter(({ address }) => within.has(address)).map(({ id }) => id),
    reasons: reasonsOf(cluster.families, members, { names, client, networks }),
    confidence: confidenceOf(cluster, telling.crowd),
    evidence: evidenceOf(members, telling.citeRef),
  };
}

function firstOf(tallies: readonly Tally[]): number {
  return tallies.reduce((least, { first }) => (first > 0 ? Math.min(least, first) : least), Number.POSITIVE_INFINITY);
}

function lastOf(tallies: readonly Tally[]): number {
  return tallies.reduce((most, { last }) => (last > 0 ? Math.max(most, last) : most), Number.NEGATIVE_INFINITY);
}

function kindOf(tallies: readonly Tally[]): CampaignKind {
  let logins = 0;
  let web = 0;
  for (const { failures, invalidNames, requests } of tallies) {
    if (failures + invalidNames > 0) logins += 1;
    else if (requests > 0) web += 1;
  }
  if (logins * 2 >= tallies.length) return 'guessing';
  return web * 2 >= tallies.length ? 'web' : 'scan';
}

/** Names in the order of the average place in which they stand in the members' lists; those that most tried before the others. */
function namesOf(members: readonly Member[]): string[] {
  const known = new Map<string, { count: number; place: number; time: number }>();
  for (const { tally } of members)
    for (const [at, { text, time }] of tally.nameTimes.entries()) {
      const name = known.get(text);
      if (name === undefined) known.set(text, { count: 1, place: at, time });
      else {
        name.count += 1;
        name.place += at;
        name.time = Math.min(name.time, time);
      }
    }
  const place = ({ count, place: sum }: { count: number; place: number }) => sum / count;
  const whole = (count: number) => (count * 2 >= members.length ? 0 : 1);
  return [...known]
    .sort(
      ([a, one], [b, other]) =>
        whole(one.count) - whole(other.count) || place(one) - place(other) || one.time - other.time || (a < b ? -1 : 1),
    )
    .map(([text]) => text);
}

/** What was said by most clients, in their own words. */
export function clientOf(members: readonly { readonly signs: readonly string[] }[]): string {
  const counts = new Map<string, number>();
  for (const { signs } of members)
    for (const sign of signs) {
      const said = inOwnWords(sign);
      if (said !== '') counts.set(said, (counts.get(said) ?? 0) + 1);
    }
  let best = '';
  for (const [said, count] of counts)
    if (count >= members.length * MOST && count > (counts.get(best) ?? 0)) best = said;
  return best;
}

function inOwnWords(sign: string): string {
  return sign.slice(sign.indexOf(' ') + 1).trim();
}

/** In how many networks addresses lie, and in which countries, those of most first. */
export function spreadOf(
  addresses: readonly string[],
  placeOf: (address: string) => Place,
): { readonly networks: number; readonly countries: readonly string[] } {
  const counts = new Map<string, number>();
  const networks = new Set<number>();
  for (const address of addresses) {
    const { country, asn } = placeOf(address);
    networks.add(asn === undefined ? -2 - prefixOf(address) : asn);
    if (country !== undefined) counts.set(country, (counts.get(country) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
  return { networks: networks.size, countries: sorted.map(([country]) => country) };
}

function confidenceOf({ members, families }: Cluster, crowd: Crowd): Confidence {
  const sum = families.reduce((all, score) => all + score, 0);
  const clear = families.filter((score) => score >= 1).length;
  if ((members.length >= 8 && clear >= 3 && sum >= 14) || isCertain(members, crowd)) return 'high';
  return sum >= 9 && members.length >= 5 ? 'medium' : 'low';
}

/** A large group may be a good part of all there are: each kind of evidence says little then, but what is its own alone says it. */
function isCertain(members: Int32Array, crowd: Crowd): boolean {
  const { names, clients } = ownOf(crowd, members);
  const most = Math.ceil(members.length * COHERENT);
  const having = (least: number) => names.filter((count) => count >= least).length >= most;
  if (having(CERTAIN_NAMES) || (members.length >= SOME && having(OWN_NAMES))) return true;
  const same = members.filter((at) => clients.has(crowd.traits[at * TRAITS + CLIENT] as number));
  return members.length >= MANY && same.length >= most;
}

/** Why they are one, the strongest first. */
function reasonsOf(
  families: Float64Array,
  members: readonly Member[],
  {
    names,
    client,
    networks,
  }: { readonly names: readonly string[]; readonly client: string; readonly networks: number },
): string[] {
  const size = number(members.length);
  const all: { readonly score: number; readonly text: string }[] = [];
  const least = Math.min(0.3, Math.max(...families) * 0.5); // of a group that is most of all there is, each says little
  const say = (score: number, text: string) => {
    if (score >= least && text !== '') all.push({ score, text });
  };
  say(families[LIST] as number, listReason(members, names.length));
  say(
    families[1] as number,
    client === '' ? '' : `${number(sayingOf(members, client))} addresses with the same client: ${client}`,
  );
  say(families[2] as number, rhythmReason(members));
  say(families[3] as number, timeReason(members));
  say(families[4] as number, `${size} addresses in ${number(networks)} ${networks === 1 ? 'network' : 'networks'}`);
  return all.sort((a, b) => b.score - a.score).map(({ text }) => text);
}

function number(count: number): string {
  return count.toLocaleString('en');
}

/** How many said it. */
function sayingOf(members: readonly Member[], client: string): number {
  return members.filter(({ signs }) => signs.some((sign) => inOwnWords(sign) === client)).length;
}

function rhythmReason(members: readonly Member[]): string {
  const counts = members.map(({ attempts }) => attempts).sort((a, b) => a - b);
  const [low, high] = [
    counts[Math.floor(counts.length * 0.1)] as number,
    counts[Math.floor(counts.length * 0.9)] as number,
  ];
  const gap = gapOf(members);
  const tries =
    low === high ? `${number(low)} ${low === 1 ? 'try' : 'tries'}` : `${number(low)} to ${number(high)} tries`;
  return gap === null ? `${tries} from each address` : `${tries} from each address, about ${spell(gap)} apart`;
}

function gapOf(members: readonly Member[]): number | null {
  const gaps: number[] = [];
  for (const { tally } of members) {
    const times = tally.failureTimes;
    for (let at = 1; at < times.length; at += 1) gaps.push((times[at] as number) - (times[at - 1] as number));
  }
  if (gaps.length < members.length) return null;
  gaps.sort((a, b) => a - b);
  return gaps[gaps.length >> 1] as number;
}

/** A time in the largest unit that fits. */
export function spell(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

function timeReason(members: readonly Member[]): string {
  const starts = members.map(({ tally }) => tally.first).filter((time) => time > 0);
  starts.sort((a, b) => a - b);
  if (starts.length < 2) return '';
  const [low, high] = [
    starts[Math.floor(starts.length * 0.05)] as number,
    starts[Math.ceil(starts.length * 0.95) - 1] as number,
  ];
  return `nearly all began within ${spell(high - low)}`;
}

/** Lines of several members: the first of each, evenly chosen. */
function evidenceOf(members: readonly Member[], citeRef: (ref: Ref) => Citation): Citation[] {
  const step = Math.max(1, Math.floor(members.length / MAX_EVIDENCE));
  return members
    .filter((_, at) => at % step === 0)
    .slice(0, MAX_EVIDENCE)
    .flatMap(({ tally: { refs } }) => ((refs[1] ?? refs[0]) ? [citeRef((refs[1] ?? refs[0]) as Ref)] : []));
}
