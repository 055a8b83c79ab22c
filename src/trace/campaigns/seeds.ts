import { type Actor, CLIENT, COUNT, type Crowd, NET, RHYTHM, START } from './actor.ts';
import type { Interned } from './interned.ts';

/** Addresses that agree in something that others rarely do: where to look for a campaign. */
export type Seed = readonly number[];

const LEAST_MEMBERS = 3;
/** Keys that come together more often than by chance, by this factor, are looked at. */
const LIFT = 3;
/** Words and pairs of which the rarest are keys. */
const RAREST = 3;
const MIX = 0x9e3779b1;

/** One key of an address: `hash` tells it from others; `expected`: how many addresses chance alone would give it. */
type OnKey = (hash: number, expected: number) => void;

/** Groups of addresses by keys, each key by hash: near-linear in the addresses. */
export function seedsOf(crowd: Crowd): Seed[] {
  const { actors } = crowd;
  const counts = new Map<number, number>();
  for (const actor of actors) keysOf(crowd, actor, (hash) => counts.set(hash, (counts.get(hash) ?? 0) + 1));
  const groups = new Map<number, number[]>();
  for (const [at, actor] of actors.entries())
    keysOf(crowd, actor, (hash, expected) => {
      const count = counts.get(hash) as number;
      if (count < LEAST_MEMBERS || count < LIFT * expected + LEAST_MEMBERS) return;
      const group = groups.get(hash);
      if (group === undefined) groups.set(hash, [at]);
      else if (group.at(-1) !== at) group.push(at);
    });
  return [...groups.values()];
}

function keysOf(crowd: Crowd, actor: Actor, onKey: OnKey): void {
  traitKeys(crowd, actor, onKey);
  wordKeys(crowd, actor, onKey);
}

/** Traits that are looked at together. */
const TOGETHER: readonly (readonly number[])[] = [
  [CLIENT, START],
  [CLIENT, RHYTHM],
  [CLIENT, COUNT],
  [CLIENT, NET],
  [RHYTHM, START],
  [COUNT, START],
  [COUNT, RHYTHM, START],
  [CLIENT, COUNT, START],
  [CLIENT, RHYTHM, COUNT],
  [NET, START],
  [NET, COUNT],
];

function traitKeys({ actors, traits: all }: Crowd, { traits }: Actor, onKey: OnKey): void {
  for (let key = 0; key < TOGETHER.length; key += 1) {
    let hash = key + 1;
    let expected = actors.length;
    for (const trait of TOGETHER[key] as readonly number[]) {
      const value = traits[trait] as number;
      hash = mix(hash, value);
      expected *= ((all[trait] as Interned).counts[value] as number) / actors.length;
    }
    onKey(hash, expected);
  }
  const client = traits[CLIENT] as number;
  const common = (all[CLIENT] as Interned).counts[client] as number;
  if (common * 20 < actors.length) onKey(mix(100, client), 0);
}

function wordKeys(crowd: Crowd, { words, pairs, traits, tally }: Actor, onKey: OnKey): void {
  if (words.length === 0) return;
  const { actors } = crowd;
  const few = Math.max(20, actors.length / 20);
  for (const word of rarest(words, crowd.words, few)) onKey(mix(101, word), 0);
  for (const pair of rarest(pairs, crowd.pairs, few)) onKey(mix(102, pair), 0);
  let list = 103;
  for (const word of words) list = mix(list, word);
  if (words.length >= 2) {
    onKey(list, 0);
    for (const trait of [CLIENT, RHYTHM, COUNT, START]) onKey(mix(mix(list, trait + 7), traits[trait] as number), 0);
  }
  let set = 0;
  for (const word of words) set = (set + mix(104, word)) | 0;
  onKey(mix(105, set), 0);
  const kind = rarity(words, crowd.words);
  for (const trait of [CLIENT, START])
    onKey(mix(mix(106 + trait, kind), mix(traits[trait] as number, tally.hosts.length)), few / 20);
}

/** How rare the most common of its words is: dealt lists have none that is common. */
function rarity(words: Int32Array, { counts }: Interned): number {
  let most = 0;
  for (const word of words) most = Math.max(most, counts[word] as number);
  return Math.round(Math.log2(most));
}

/** The rarest that others have too, and not too many. */
function rarest(numbers: Int32Array, { counts }: Interned, most: number): number[] {
  const shared: number[] = [];
  for (const number of numbers) {
    const count = counts[number] as number;
    if (count >= LEAST_MEMBERS && count <= most) shared.push(number);
  }
  if (shared.length > RAREST) shared.sort((a, b) => (counts[a] as number) - (counts[b] as number) || a - b);
  return shared.slice(0, RAREST);
}

function mix(hash: number, value: number): number {
  const mixed = Math.imul(
    hash ^ Math.imul(value + 0x7f4a7c15, 0x85ebca6b) ^ Math.imul((value / 4_294_967_296) | 0, MIX),
    MIX,
  );
  return (mixed ^ (mixed >>> 15)) | 0;
}
