import type { Tally } from '../tally.ts';
import { attemptsOf } from './crowd.ts';

/** What a flood comes down on. */
export type Service = 'web' | 'firewall' | 'logins';

/** Far more new addresses within minutes than ever else. */
export interface Flood {
  readonly service: Service;
  readonly members: readonly string[];
  readonly from: number;
  readonly to: number;
  /** New addresses in five minutes, usually. */
  readonly usual: number;
  /** Most new addresses in five minutes of it. */
  readonly peak: number;
}

const SLOT_MS = 300_000;
/** Fewer new addresses in five minutes are no flood, however quiet it was before. */
const LEAST = 1000;
/** And so many times what is usual. */
const TIMES = 8;
/** Who belongs to a flood comes and goes; who stays for hours was there before the log began, or lives with the service. */
const LIFE_MS = 3_600_000;
const LONG_LIFE_MS = 24 * LIFE_MS;
/** The shoulders of a flood. */
const SHOULDER = 3;
const ROUNDS = 4;
const TRAITS = 5;

interface Found {
  readonly address: string;
  readonly tally: Tally;
  readonly first: number;
  readonly last: number;
  /** As browsers ask. */
  readonly visits: number;
}

/** The floods in the counts: at most one for each service and time. */
export function findFloods(tallies: ReadonlyMap<string, Tally>): Flood[] {
  const found: Record<Service, Found[]> = { web: [], firewall: [], logins: [] };
  for (const [address, tally] of tallies) {
    const service = serviceOf(tally);
    if (service === null) continue;
    const { first, last, visits } = tally;
    if (first > 0 && first <= last) found[service].push({ address, tally, first, last, visits });
  }
  const services: Service[] = ['web', 'firewall', 'logins'];
  return services.flatMap((service) => (found[service].length < LEAST ? [] : floodsOf(service, found[service])));
}

function serviceOf(tally: Tally): Service | null {
  const { requests, blocked, probes } = tally;
  if (requests + blocked + probes === 0 || tally.successes > 0) return null;
  if (requests > 0 && requests >= blocked) return 'web';
  if (blocked > 0 && blocked >= probes) return 'firewall';
  return probes > tally.failures ? 'logins' : null;
}

/**
 * Who stays for hours lives with the service, or was there before its log begins. But bots stay as long as a flood lasts: who
 * asks for no pages, and had been away for longer than it stayed, is new.
 */
function withoutRegulars(all: readonly Found[]): Found[] {
  const begun = all.reduce((least, { first }) => Math.min(least, first), Number.POSITIVE_INFINITY);
  return all.filter(({ first, last, visits }) => {
    const stay = last - first;
    return stay <= LIFE_MS || (visits === 0 && stay <= Math.min(LONG_LIFE_MS, first - begun));
  });
}

function floodsOf(service: Service, all: readonly Found[]): Flood[] {
  const own = withoutRegulars(all);
  const slots = new Map<number, number>();
  for (const { first } of own) {
    const slot = Math.floor(first / SLOT_MS);
    slots.set(slot, (slots.get(slot) ?? 0) + 1);
  }
  if (slots.size === 0) return [];
  const usual = usualOf(slots);
  return windowsOf(slots, usual).flatMap(([from, to]) => {
    const isInside = ({ first }: Found) => first >= from * SLOT_MS && first < (to + 1) * SLOT_MS;
    const inside = own.filter(isInside);
    const outside = own.filter((one) => !isInside(one));
    const expected = usual * (to - from + 1);
    const members = membersOf(inside, outside, expected, service);
    if (members.length < Math.max(LEAST, TIMES * expected * 0.5)) return [];
    return [
      {
        service,
        members: members.map(({ address }) => address),
        from: members.reduce((least, { first }) => Math.min(least, first), Number.POSITIVE_INFINITY),
        to: members.reduce((most, { last }) => Math.max(most, last), Number.NEGATIVE_INFINITY),
        usual: Math.round(usual),
        peak: Math.max(...Array.from({ length: to - from + 1 }, (_, at) => slots.get(from + at) ?? 0)),
      },
    ];
  });
}

/** New addresses in a slot: the median of the slots between the first and the last, quiet ones too. */
function usualOf(slots: ReadonlyMap<number, number>): number {
  const numbers = [...slots.keys()];
  const length = numbers.reduce((a, b) => Math.max(a, b)) - numbers.reduce((a, b) => Math.min(a, b)) + 1;
  const counts = [...slots.values()].sort((a, b) => a - b);
  const quiet = length - counts.length;
  const middle = Math.floor(length / 2) - quiet;
  return length < 4 ? 0 : middle < 0 ? 0 : (counts[middle] as number);
}

/** First and last slots of the times when far more came than usual. */
function windowsOf(slots: ReadonlyMap<number, number>, usual: number): [number, number][] {
  const windows: [number, number][] = [];
  const high = [...slots].filter(([, count]) => count >= LEAST && count >= TIMES * usual).map(([slot]) => slot);
  const shoulder = (slot: number) => (slots.get(slot) ?? 0) > Math.max(SHOULDER * usual, LEAST / 20);
  for (const slot of high.sort((a, b) => a - b)) {
    const before = windows.at(-1);
    if (before && slot <= before[1] + 2) {
      before[1] = Math.max(before[1], slot);
      continue;
    }
    let [from, to] = [slot, slot];
    while (shoulder(from - 1)) from -= 1;
    while (shoulder(to + 1)) to += 1;
    windows.push([from, to]);
  }
  return windows;
}

/** What an address of a flood is told from a visitor by. */
function traitsOf({ tally, first, last }: Found, service: Service): string[] {
  const attempts = attemptsOf(tally);
  const span = Math.min(8, Math.ceil((last - first) / SLOT_MS));
  const classes = tally.pathClasses;
  const paths = service === 'web' ? `${bitsOf(classes) > 2 ? 'many' : classes}` : tally.paths.slice(0, 3).join(' ');
  return [
    tally.signs.join('\n'),
    paths,
    String(Math.round(Math.log2(attempts) * 2)),
    tally.visits === 0 ? 'none' : tally.visits * 2 < tally.requests ? 'few' : 'many',
    span > 3 ? 'stays' : 'goes',
  ];
}

function bitsOf(mask: number): number {
  let bits = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) bits += 1;
  return bits;
}

/**
 * Those that came in the flood's time and are of the flood: a mixture of what is usual at other times and of what is new, fitted
 * by turns (expectation and maximisation). At first what asks as browsers do is taken for visitors.
 */
function membersOf(inside: readonly Found[], outside: readonly Found[], expected: number, service: Service): Found[] {
  const rows = inside.map((found) => traitsOf(found, service));
  const visitors = countsOf(outside.map((found) => traitsOf(found, service)));
  const plain = rows.map((row) => service !== 'web' || row[3] === 'none');
  const share = Math.min(0.5, (expected + 1) / inside.length);
  if (service === 'web' && plain.filter(Boolean).length * 2 < inside.length) return []; // a rush of people
  let members = plain;
  for (let round = 0; round < ROUNDS; round += 1) {
    const flood = countsOf(rows.filter((_, at) => members[at]));
    const guests = visitors.size >= 200 ? visitors : countsOf(rows.filter((_, at) => !members[at]));
    members = rows.map((row) => Math.log((1 - share) / share) + ratio(row, flood, guests) > 0);
  }
  return inside.filter((_, at) => members[at]);
}

interface TraitCounts {
  readonly size: number;
  readonly counts: readonly ReadonlyMap<string, number>[];
}

function countsOf(rows: readonly (readonly string[])[]): TraitCounts {
  const counts = Array.from({ length: TRAITS }, () => new Map<string, number>());
  for (const row of rows)
    for (const [trait, value] of row.entries()) {
      const own = counts[trait] as Map<string, number>;
      own.set(value, (own.get(value) ?? 0) + 1);
    }
  return { size: rows.length, counts };
}

function ratio(row: readonly string[], flood: TraitCounts, guests: TraitCounts): number {
  let sum = 0;
  for (const [trait, value] of row.entries()) {
    const here = ((flood.counts[trait]?.get(value) ?? 0) + 0.5) / (flood.size + 10);
    const usual = ((guests.counts[trait]?.get(value) ?? 0) + 0.5) / (guests.size + 10);
    sum += Math.log(here / usual);
  }
  return sum;
}
