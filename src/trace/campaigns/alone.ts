import type { Tally } from '../tally.ts';
import type { Cluster } from './cluster.ts';
import type { Crowd } from './crowd.ts';
import { COUNT, TRAITS } from './traits.ts';

/** Beyond so many there are others to compare with. */
const MOST_ACTORS = 80;
const LEAST_MEMBERS = 6;
/** Fewer tries have no rhythm, and fewer names are no list. */
const LEAST_TRIES = 3;
const LONG_LIST = 4;
/** Gaps between tries that are alike: the longest over the shortest. */
const ALIKE = 1.6;
/** So many of the names may have been tried from two addresses, and so many lists may differ. */
const TWICE = 0.1;
const SAME = 0.7;
/** Three that begin and end together with one long list in one order are run by one hand. */
const LEAST_IN_STEP = 3;
const STEP_LIST = 6;
const STEP_MS = 5000;
/** Turns come evenly when half of the times between them differ by less than this share of the usual one. */
const EVEN = 0.6;

interface Guesser {
  readonly at: number;
  readonly first: number;
  readonly last: number;
  readonly gap: number;
}

/**
 * Groups in a log in which there is hardly anybody else, so that nothing tells what is usual. What strangers never do, all of a
 * group must do: as many tries each, in the same rhythm, and one list dealt out among them, no name tried twice; or the same
 * list in the same order, one beginning after the other in even turns, or all at once.
 */
export function aloneIn(crowd: Crowd, clusters: readonly Cluster[]): Cluster[] {
  if (crowd.size > MOST_ACTORS) return [];
  const taken = new Set(clusters.flatMap(({ members }) => [...members]));
  const byCount = new Map<number, Guesser[]>();
  for (let at = 0; at < crowd.size; at += 1) {
    if (taken.has(at) || (crowd.attempts[at] as number) < LEAST_TRIES) continue;
    const guesser = guesserOf(at, crowd.tallies[at] as Tally);
    const count = crowd.traits[at * TRAITS + COUNT] as number;
    if (guesser !== null) byCount.set(count, [...(byCount.get(count) ?? []), guesser]);
  }
  const together = inStep(crowd, [...byCount.values()].flat());
  for (const { members } of together) for (const at of members) taken.add(at);
  const groups = [...byCount.values()].map((guessers) => guessers.filter(({ at }) => !taken.has(at)));
  const found = groups.flatMap((guessers) => {
    const group = alike(guessers);
    const families = group.length < LEAST_MEMBERS ? null : judge(crowd, group);
    if (families === null) return [];
    return [{ members: Int32Array.from(group, ({ at }) => at).sort(), families }];
  });
  return [...together, ...found];
}

/** Those with the same long list in the same order who begin and end within seconds of each other. */
function inStep(crowd: Crowd, guessers: readonly Guesser[]): Cluster[] {
  const byList = new Map<string, Guesser[]>();
  for (const guesser of guessers) {
    const list = crowd.words.of(guesser.at);
    if (list.length < STEP_LIST) continue;
    const key = `${list.join(' ')} ${Math.round((guesser.last - guesser.first) / STEP_MS)}`;
    byList.set(key, [...(byList.get(key) ?? []), guesser]);
  }
  return [...byList.values()].flatMap((same) => {
    const [earliest] = [...same].sort((a, b) => a.first - b.first);
    const group = same.filter(({ first }) => first - (earliest as Guesser).first <= STEP_MS);
    if (group.length < LEAST_IN_STEP) return [];
    return [{ members: Int32Array.from(group, ({ at }) => at).sort(), families: Float64Array.of(4, 0, 3, 2, 0) }];
  });
}

function guesserOf(at: number, { failureTimes, first, last }: Tally): Guesser | null {
  const gaps = gapsOf(failureTimes);
  return gaps.length < LEAST_TRIES - 1 ? null : { at, first, last, gap: Math.max(500, middleOf(gaps)) };
}

function gapsOf(times: readonly number[]): number[] {
  return times.slice(1).map((time, at) => time - (times[at] as number));
}

function middleOf(numbers: readonly number[], share = 0.5): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) * share)] as number;
}

/** The most of them whose gaps are alike, in the order of their beginnings. */
function alike(guessers: readonly Guesser[]): Guesser[] {
  const sorted = [...guessers].sort((a, b) => a.gap - b.gap || a.at - b.at);
  let best: Guesser[] = [];
  for (const [from, { gap }] of sorted.entries()) {
    const group = sorted.slice(from).filter((one) => one.gap <= gap * ALIKE);
    if (group.length > best.length) best = group;
  }
  return best.sort((a, b) => a.first - b.first || a.at - b.at);
}

/** Scores by family, as if there were others; null: they may be strangers. */
function judge({ words }: Crowd, group: readonly Guesser[]): Float64Array | null {
  const lists = group.map(({ at }) => words.of(at));
  const turns = gapsOf(group.map(({ first }) => first));
  const usual = middleOf(turns);
  const even = usual > 0 && middleOf(turns, 0.75) - middleOf(turns, 0.25) <= usual * EVEN;
  if (!isDealt(lists) && !(isSame(lists) && even)) return null;
  return Float64Array.of(4, 0, 3, even ? 2 : 0, 0);
}

/** Is it one list, of which each took a part? */
function isDealt(lists: readonly Int32Array[]): boolean {
  const all = lists.flatMap((list) => [...list]);
  return all.length >= lists.length * 2 && new Set(all).size >= all.length * (1 - TWICE);
}

function isSame(lists: readonly Int32Array[]): boolean {
  const counts = new Map<string, number>();
  for (const list of lists) {
    const text = list.length < LONG_LIST ? '' : list.join(' ');
    if (text !== '') counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts.values()].some((count) => count >= lists.length * SAME);
}
