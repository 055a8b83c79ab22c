import { Distinct } from './distinct.ts';
import type { Grouped } from './pair-table.ts';
import { inOrder, type Ref } from './ref.ts';
import { CITED, refAt, refsOf } from './ref-store.ts';
import { hashOf } from './sign.ts';
import { peakOf, slotsOf, slotTotal } from './slots.ts';
import { SummedRows } from './summed-rows.ts';
import type { Part } from './tally-part.ts';
import * as row from './tally-row.ts';
import { isRush } from './web-logins.ts';
import { PANEL } from './web-tally.ts';

interface Name {
  readonly text: string;
  time: number;
  /** Of its first try in the evidence, among those of this time. */
  place: number;
  /** How often it was guessed for; 0: it was only mentioned. */
  count: number;
}

/** Counts of one address, added up over the threads that saw it, in whatever order. Times are ms since 1970. */
export class Counts {
  /** Its rows in the threads' counts, in whatever order. */
  readonly parts: readonly Part[];
  #names: readonly Name[] | null = null;
  #namesTotal = -1;
  #goodNames: ReadonlySet<string> | null = null;
  #hosts: readonly string[] | null = null;
  #astray = -1;

  // Its row, or what its rows add up to: asked for often, of each address.
  readonly #cells: Float64Array;
  readonly #at: number;

  /** `sums`: where rows of more than one thread are added up. */
  constructor(parts: readonly Part[], sums = new SummedRows(1)) {
    this.parts = parts;
    const [only] = parts;
    const isOne = parts.length === 1 && only !== undefined;
    this.#at = isOne ? only.row * row.ROW : sums.add(parts);
    this.#cells = isOne ? only.packed.cells : sums.cells;
  }

  #cell(cell: number): number {
    return this.#cells[this.#at + cell] as number;
  }

  get first(): number {
    return this.#cell(row.FIRST);
  }

  get last(): number {
    return this.#cell(row.LAST);
  }

  /** Infinity when there is none; so for the first success. */
  get firstFailure(): number {
    return this.#cell(row.FIRST_FAILURE);
  }

  get firstSuccess(): number {
    return this.#cell(row.FIRST_SUCCESS);
  }

  /** -Infinity when there is none. */
  get lastSuccess(): number {
    return this.#cell(row.LAST_SUCCESS);
  }

  get failures(): number {
    return this.#cell(row.FAILURES);
  }

  /** Those of them that only offered a key or nothing: no guesses. */
  get offers(): number {
    return this.#cell(row.OFFERS);
  }

  get successes(): number {
    return this.#cell(row.SUCCESSES);
  }

  /** "Invalid user" notices. */
  get invalidNames(): number {
    return this.#cell(row.INVALID_NAMES);
  }

  /** Connections that ended before any login. */
  get probes(): number {
    return this.#cell(row.PROBES);
  }

  get requests(): number {
    return this.#cell(row.REQUESTS);
  }

  /** Requests answered with 4xx. */
  get refused(): number {
    return this.#cell(row.REFUSED);
  }

  get hostile(): number {
    return this.#cell(row.HOSTILE);
  }

  /** Guesses at logins of web pages. */
  get webFailures(): number {
    const challenged = this.#cell(row.CHALLENGED);
    return this.#cell(row.WEB_FAILURES) + (challenged > 0 && isRush(this, challenged) ? challenged : 0);
  }

  get blocked(): number {
    return this.#cell(row.BLOCKED);
  }

  /** Failures that guessed. */
  get guesses(): number {
    return this.failures - this.offers;
  }

  /** Guesses for one name. */
  guessesFor(name: string): number {
    return this.#kept.find(({ text }) => text === name)?.count ?? 0;
  }

  /** Guesses for names that never got in from here. */
  get guessesAstray(): number {
    const good = this.#good;
    if (this.#astray === -1)
      this.#astray = this.#kept.reduce((sum, { text, count }) => sum + (good.has(text) ? 0 : count), 0);
    return this.#astray;
  }

  get hosts(): readonly string[] {
    this.#hosts ??= this.#hostsOfAll(); // asked for with each login from here
    return this.#hosts;
  }

  #hostsOfAll(): readonly string[] {
    const [only] = this.parts;
    if (this.parts.length === 1 && only !== undefined && sizeOf(only.packed.hosts, only.row) === 1)
      return [
        only.packed.hostTexts[only.packed.hosts.keys[only.packed.hosts.starts[only.row] as number] as number] as string,
      ];
    const hosts = this.parts.flatMap(({ packed, row: at }) =>
      keysOf(packed.hosts, at).map((host) => packed.hostTexts[host] as string),
    );
    return [...new Set(hosts)].sort();
  }

  /** The first event, then some failures (up to 4), then the first hostile requests (4 with the first event). */
  get refs(): Ref[] {
    const firsts = this.parts.map(({ packed: { cells, refs }, row: at }) =>
      refAt(refs, cells[at * row.ROW + row.FIRST_REF] as number),
    );
    const [first] = firsts.sort(inOrder);
    if (first === undefined) return [];
    const failed = this.parts.flatMap(({ packed: { refs }, row: at }) => refsOf(refs, at, CITED));
    const others = [failed.sort(inOrder).slice(0, row.MAX_REFS), this.#hostile().slice(0, row.MAX_REFS)];
    return [first, ...others.flatMap((refs) => refs.filter((ref) => inOrder(first, ref) !== 0))];
  }

  /** What its clients say of themselves: at most 4 signs, in the order of the alphabet. */
  get signs(): string[] {
    const signs = new Set<string>();
    for (const { packed, row: at } of this.parts)
      for (let cell = at * row.ROW + row.SIGNS; cell < at * row.ROW + row.SIGNS + row.MAX_SIGNS; cell += 1) {
        const number = packed.cells[cell] as number;
        if (number !== 0) signs.add(packed.signTexts[number] as string);
      }
    const all = [...signs].sort();
    if (all.length <= row.MAX_SIGNS) return all;
    return all
      .sort((a, b) => hashOf(a) - hashOf(b))
      .slice(0, row.MAX_SIGNS)
      .sort();
  }

  /** Requests as browsers make them. */
  get visits(): number {
    return this.#cell(row.VISITS);
  }

  /** A bit for each of 32 classes of paths that it asked for. */
  get pathClasses(): number {
    return this.parts.reduce((all, { packed, row: at }) => all | (packed.cells[at * row.ROW + row.PATHS] as number), 0);
  }

  /** Paths that were not there, that attack or log in, and shut ports: up to 64, in the order of the alphabet. */
  get paths(): string[] {
    const paths = this.parts.flatMap(({ packed, row: at }) => [
      ...(packed.targets.get(at) ?? []),
      ...(packed.asked.get(at) ?? []),
    ]);
    return paths.length === 0 ? paths : [...new Set(paths)].sort().slice(0, row.MAX_TARGETS);
  }

  /** Of them, administration pages that the server showed. */
  get panels(): string[] {
    const paths = this.parts.flatMap(({ packed, row: at }) => [...(packed.asked.get(at) ?? [])]);
    const shown = paths.filter((path) => path.startsWith(PANEL)).map((path) => path.slice(PANEL.length));
    return [...new Set(shown)].sort();
  }

  /** Times of its first failures, up to 64, in their order. */
  get failureTimes(): number[] {
    const times = this.parts.flatMap(({ packed: { times: kept }, row: at }) => [
      ...kept.times.subarray(kept.starts[at], kept.starts[at + 1]),
    ]);
    return times.sort((a, b) => a - b).slice(0, row.MAX_TIMES);
  }

  /** Names with the times of their first tries, in that order; the first 256. */
  get nameTimes(): readonly { readonly text: string; readonly time: number }[] {
    return this.#kept;
  }

  #hostile(): Ref[] {
    return this.parts.flatMap(({ packed, row: at }) => packed.hostile.get(at) ?? []).sort(inOrder);
  }

  /** Names in the order of their first try; the first 256. */
  names(): string[] {
    return this.#kept.map(({ text }) => text);
  }

  /** How many names its parts have; one in two of them counts twice. */
  get #entries(): number {
    return this.parts.reduce((sum, { packed, row: at }) => sum + sizeOf(packed.names, at), 0);
  }

  #eachName(see: (name: string) => void): void {
    for (const { packed, row: at } of this.parts) {
      const { starts, keys } = packed.names;
      for (let entry = starts[at] as number; entry < (starts[at + 1] as number); entry += 1)
        see(packed.nameTexts[keys[entry] as number] as string);
    }
  }

  get #kept(): readonly Name[] {
    this.#names ??= this.#gatherNames();
    return this.#names;
  }

  #gatherNames(): readonly Name[] {
    const known = new Map<string, Name>();
    for (const { packed, row: at } of this.parts) {
      const { starts, keys, counts } = packed.names;
      for (let entry = starts[at] as number; entry < (starts[at + 1] as number); entry += 1) {
        const text = packed.nameTexts[keys[entry] as number] as string;
        const time = packed.nameTimes[entry] as number;
        const count = counts[entry] as number;
        const name = known.get(text);
        const place = packed.namePlaces[entry] as number;
        if (name === undefined) known.set(text, { text, time, place, count });
        else {
          if (time < name.time || (time === name.time && place < name.place)) Object.assign(name, { time, place });
          name.count += count;
        }
      }
    }
    const names = [...known.values()].sort(
      (a, b) => a.time - b.time || a.place - b.place || (a.text < b.text ? -1 : 1),
    );
    return names.slice(0, row.MAX_NAMES);
  }

  /** How many names there were; about, when there were more than 256. */
  get namesTotal(): number {
    if (this.#namesTotal === -1) this.#namesTotal = this.#countNames(); // asked for with each login from here
    return this.#namesTotal;
  }

  #countNames(): number {
    const entries = this.#entries;
    if (entries < row.MAX_NAMES && this.parts.length === 1) return entries;
    if (entries < row.MAX_NAMES) {
      const names = new Set<string>(); // most addresses: no need to gather their names in order
      this.#eachName((name) => names.add(name));
      return names.size;
    }
    const kept = this.#kept;
    if (kept.length < row.MAX_NAMES) return kept.length;
    const all = new Distinct();
    for (const { packed, row: at } of this.parts) {
      for (const key of keysOf(packed.names, at)) all.add(packed.nameTexts[key] as string);
      const beyond = packed.many.get(at);
      if (beyond !== undefined) all.merge(new Distinct(new Uint8Array(beyond)));
    }
    return Math.max(kept.length, all.estimate);
  }

  /** Names that were guessed for and never got in from here. */
  get namesFailed(): number {
    const kept = this.#kept;
    const good = this.#good;
    const failed = kept.filter(({ text, count }) => count > 0 && !good.has(text)).length;
    return failed + this.namesTotal - kept.length;
  }

  /** Of them and of names that were only mentioned, those that came for the first time after one instant, up to another. */
  namesAstray(after: number, until: number): number {
    const kept = this.#kept;
    const astray = this.#astrayBetween(after, until).length;
    const last = kept.at(-1)?.time ?? Number.NaN; // what is beyond those that are kept came after them
    return astray + (last <= until && last > after ? this.namesTotal - kept.length : 0);
  }

  /** Guesses for names that never got in from here and came for the first time after one instant, up to another. */
  guessesAstrayBetween(after: number, until: number): number {
    return this.#astrayBetween(after, until).reduce((sum, { count }) => sum + count, 0);
  }

  #astrayBetween(after: number, until: number): Name[] {
    const good = this.#good;
    return this.#kept.filter(({ text, time }) => time > after && time <= until && !good.has(text));
  }

  /** Names that got in from here. */
  get #good(): ReadonlySet<string> {
    this.#goodNames ??= new Set(this.parts.flatMap(({ packed, row: at }) => packed.good.get(at) ?? []));
    return this.#goodNames;
  }

  /** These counts and others', as if of one address. */
  static joined(all: readonly Counts[]): Counts {
    return new Counts(all.flatMap((counts) => counts.parts));
  }

  /** How often a category of request came. */
  countOf(category: string): number {
    return this.parts.reduce((sum, { packed, row: at }) => sum + (packed.categories.get(at)?.get(category) ?? 0), 0);
  }

  get categories(): string[] {
    if (this.hostile === 0) return [];
    return [...new Set(this.parts.flatMap(({ packed, row: at }) => [...(packed.categories.get(at)?.keys() ?? [])]))];
  }

  /** How many paths were not there, and ports shut; up to 64. */
  get targets(): number {
    if (this.refused === 0 && this.blocked === 0) return 0;
    return Math.min(this.targetTexts.length, row.MAX_TARGETS);
  }

  /** Those of them that were kept, of each thread's part as many. */
  get targetTexts(): string[] {
    return [...new Set(this.parts.flatMap(({ packed, row: at }) => [...(packed.targets.get(at) ?? [])]))];
  }

  /** Slots of five minutes, and the attempts (or requests, or stopped packets) in each. */
  slots(): Map<number, number> {
    return slotsOf(this.parts);
  }

  /** Most of them in ten minutes that begin at a full five. */
  peak(): number {
    return peakOf(this.parts);
  }

  /** Is the peak this high? Most addresses have fewer in all. */
  peaksAt(least: number): boolean {
    return slotTotal(this.parts) >= least && this.peak() >= least;
  }

  /** Guesses up to an instant: exact while they are few, else by the share of its five minutes. */
  failuresUntil(time: number): number {
    const guesses = this.failures - this.offers;
    if (time < this.firstFailure) return 0;
    const times = this.parts.map(({ packed: { times: kept }, row: at }) =>
      kept.times.subarray(kept.starts[at], kept.starts[at + 1]),
    );
    const known = times.reduce((sum, { length }) => sum + length, 0);
    if (guesses <= row.MAX_TIMES && known === guesses)
      return times.reduce((sum, part) => sum + part.filter((failed) => failed <= time).length, 0);
    let sum = 0;
    for (const [slot, count] of this.slots()) {
      const share = Math.min(1, (time - slot * row.SLOT_MS) / row.SLOT_MS);
      if (share > 0) sum += count * share;
    }
    return Math.min(Math.floor(sum), guesses);
  }
}

function keysOf({ starts, keys }: Grouped, at: number): number[] {
  return [...keys.subarray(starts[at], starts[at + 1])];
}

function sizeOf({ starts }: Grouped, at: number): number {
  return (starts[at + 1] as number) - (starts[at] as number);
}
