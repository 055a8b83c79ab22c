import { parseIp } from '../../core/ip.ts';
import type { Place } from '../story.ts';
import type { Tally } from '../tally.ts';
import { Interned } from './interned.ts';

/** What an address is told apart by, each as a number of a class; 0 is "says nothing". */
export const CLIENT = 0;
export const RHYTHM = 1;
export const COUNT = 2;
export const START = 3;
export const NET = 4;
export const MANNER = 5;
export const TRAITS = 6;

const MAX_NAMES = 32;
const BUCKETS = 48;
const LEAST_BUCKET_MS = 1_800_000;
const EXACT = 8;

/** One address as campaigns look at it. */
export interface Actor {
  readonly address: string;
  readonly tally: Tally;
  readonly attempts: number;
  /** Names tried, in their order, and paths asked for; by their numbers. */
  readonly words: Int32Array;
  /** Names that follow each other, by their numbers. */
  readonly pairs: Int32Array;
  readonly traits: Int32Array;
  /** Words go together elsewhere too, as in lists that everybody has: all of them prove no more than the rarest, in nats. */
  rarest: number;
  /** What its clients say of themselves. */
  readonly signs: readonly string[];
}

/** All addresses that may belong to a campaign, and how often each word, pair and trait stands among them. */
export interface Crowd {
  readonly actors: readonly Actor[];
  readonly words: Interned;
  readonly pairs: Interned;
  readonly traits: readonly Interned[];
  /** How many words of each kind of commonness there are in all. */
  readonly kinds: Float64Array;
  readonly wordKinds: Uint8Array;
}

/** Kinds of commonness of words, each twice as common as the one before. */
export const KINDS = 24;

/** The kind of a word that came so often. */
export function kindOf(count: number): number {
  return Math.min(KINDS - 1, Math.round(Math.log2(count)));
}

/** Makes the crowd of addresses. */
export function crowdOf(tallies: readonly (readonly [string, Tally])[]): Crowd {
  const words = new Interned();
  const pairs = new Interned();
  const traits = Array.from({ length: TRAITS }, () => new Interned());
  const bucketMs = bucketOf(tallies);
  const actors = tallies.map(([address, tally]): Actor => {
    const signs = tally.signs;
    const names = tally.failures + tally.invalidNames + tally.probes > 0 ? tally.names().slice(0, MAX_NAMES) : [];
    const own = names.map((name) => words.add(name));
    for (const path of tally.paths) own.push(words.add(path));
    const two: number[] = [];
    for (let at = 1; at < names.length; at += 1) two.push(pairs.add(pairOf(own[at - 1] as number, own[at] as number)));
    const attempts = attemptsOf(tally);
    const said = [
      signs.join('\n'),
      rhythmOf(tally.failureTimes),
      countOf(attempts, names.length),
      Number.isFinite(tally.first) && tally.first > 0 ? Math.floor(tally.first / bucketMs) : '',
      prefixOf(address), // an autonomous system would say more, but to look up all of them takes long
      mannerOf(tally),
    ];
    const own6 = Int32Array.from(said, (text, trait) => (traits[trait] as Interned).add(text));
    return {
      address,
      tally,
      attempts,
      words: Int32Array.from(own),
      pairs: Int32Array.from(two),
      traits: own6,
      signs,
      rarest: 0,
    };
  });
  const kinds = new Float64Array(KINDS);
  for (const count of words.counts) kinds[kindOf(count)] = (kinds[kindOf(count)] as number) + count;
  for (const actor of actors) actor.rarest = rarestOf(actor, words, pairs, actors.length);
  return {
    actors,
    words,
    pairs,
    traits,
    kinds,
    wordKinds: Uint8Array.from(words.counts, (count) => kindOf(count + 1)),
  };
}

// A whole number of 30 bits: those are quick keys, and two of a million pairs hardly ever meet.
function pairOf(first: number, second: number): number {
  const mixed = Math.imul(first ^ 0x9e3779b1, 0x85ebca6b) ^ Math.imul(second + 0x7f4a7c15, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 15)) & 0x3fffffff;
}

function rarestOf(actor: Actor, words: Interned, pairs: Interned, all: number): number {
  let least = all;
  for (const word of actor.words) least = Math.min(least, words.counts[word] as number);
  for (const pair of actor.pairs) least = Math.min(least, pairs.counts[pair] as number);
  return Math.log((all + 1) / least);
}

/** Failed logins, requests, stopped packets, or connections that came and went, whichever are most. */
export function attemptsOf(tally: Tally): number {
  return Math.max(tally.failures, tally.invalidNames, tally.probes, tally.requests, tally.blocked);
}

function bucketOf(tallies: readonly (readonly [string, Tally])[]): number {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const [, tally] of tallies) {
    const begun = tally.first;
    if (!(begun > 0)) continue;
    first = Math.min(first, begun);
    last = Math.max(last, begun);
  }
  return Math.max(LEAST_BUCKET_MS, (last - first) / BUCKETS || LEAST_BUCKET_MS);
}

/** Classes of numbers: exact while they are small, then a third apart. */
function sizeClass(count: number): number {
  return count <= EXACT ? count : EXACT + Math.round(Math.log(count / EXACT) / Math.log(1.3));
}

function countOf(attempts: number, names: number): string {
  return `${sizeClass(attempts)} ${Math.min(4, sizeClass(names))}`;
}

/** The usual time between tries, in classes that are half as long again as the one before; and whether it is kept. */
function rhythmOf(times: readonly number[]): string {
  const gaps: number[] = [];
  for (let at = 1; at < times.length; at += 1) gaps.push((times[at] as number) - (times[at - 1] as number));
  if (gaps.length === 0) return '';
  gaps.sort((a, b) => a - b);
  const middle = gaps[gaps.length >> 1] as number;
  const low = gaps[gaps.length >> 2] as number;
  const high = gaps[(gaps.length * 3) >> 2] as number;
  const kept = gaps.length < 4 ? 'few' : high - low <= middle * 0.5 ? 'even' : 'uneven';
  return `${Math.round(Math.log(Math.max(middle, 500) / 1000) / Math.log(1.6))} ${kept}`;
}

/** Its autonomous system, as `networks` counts them; where that is unknown, its /16 or /32. */
export function networkOf(address: string, placeOf: (address: string) => Place): string {
  const { asn } = placeOf(address);
  return asn === undefined ? prefixOf(address) : `AS${asn}`;
}

function prefixOf(address: string): string {
  const ip = parseIp(address);
  if (ip === null) return '';
  return ip.version === 4 ? `${ip.value >>> 16}` : `v6 ${ip.words[0]}`;
}

/** Which hosts it came to. */
function mannerOf(tally: Tally): string {
  return tally.hosts.join(' ');
}
