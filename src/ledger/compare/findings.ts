import { type Difference, differenceOf } from './likeness.ts';
import { FATES, type Fate, fateCode } from './lines.ts';
import type { Sides } from './read-sides.ts';
import { type Fates, SAME } from './settle.ts';
import type { Texts } from './texts.ts';

/** A record of the ledger. */
export interface RecordFinding {
  readonly index: number;
  /** Its number in the stream. */
  readonly seq: number;
  /** When the ledger received it: microseconds since 1970. */
  readonly receivedUs: number;
  /** As it was received, without framing; at most 8 KiB of it. Null when the ledger cannot show it. */
  readonly text: string | null;
}

/** A line of the host's. */
export interface LineFinding {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** Where something ought to stand: behind this line, or this record. Null: before all that both have. */
export interface MissingRecord extends RecordFinding {
  readonly behind: { readonly file: string; readonly line: number } | null;
}

export interface AddedLine extends LineFinding {
  readonly behindIndex: number | null;
}

/** A record and the line that stands in its place, or the same line elsewhere. */
export interface PairFinding {
  readonly record: RecordFinding;
  readonly line: LineFinding;
}

export interface ChangedLine extends PairFinding {
  readonly difference: Difference;
}

/** What lies outside of what the other side covers, or cannot be judged. */
export interface Outside {
  readonly records: {
    readonly count: number;
    readonly first: RecordFinding | null;
    readonly last: RecordFinding | null;
  };
  readonly lines: { readonly count: number; readonly first: LineFinding | null; readonly last: LineFinding | null };
}

export const OUTSIDE = ['older', 'newer', 'absent', 'unreadable'] as const satisfies readonly Fate[];

/** Places of one fate: how many, and those that are told. */
export interface Places {
  readonly count: number;
  readonly told: readonly number[];
}

/** The first places of each fate, by its number. */
export function placesOf(fates: Uint8Array, most: number): Places[] {
  const all = FATES.map(() => ({ count: 0, told: [] as number[] }));
  for (let at = 0; at < fates.length; at += 1) {
    const places = all[fates[at] as number] as { count: number; told: number[] };
    places.count += 1;
    if (fates[at] !== SAME && places.told.length < most) places.told.push(at);
  }
  return all;
}

/** The first and the last place of a fate. */
export function endsOf(fates: Uint8Array, fate: Fate): readonly number[] {
  const code = fateCode(fate);
  const first = fates.indexOf(code);
  return first === -1 ? [] : [first, fates.lastIndexOf(code)];
}

/** Makes findings of places, whose texts are held. */
export class Teller {
  readonly #sides: Sides;
  readonly #fates: Fates;
  readonly #texts: Texts;
  readonly #behindRecord: Behind;
  readonly #behindLine: Behind;

  constructor(sides: Sides, fates: Fates, texts: Texts) {
    this.#sides = sides;
    this.#fates = fates;
    this.#texts = texts;
    this.#behindRecord = new Behind(fates.ledger);
    this.#behindLine = new Behind(fates.host);
  }

  record(place: number): RecordFinding {
    const { ledger } = this.#sides;
    const index = ledger.index.at(place);
    const { seq, plain } = this.#texts.record(place);
    return { index, seq, receivedUs: ledger.rtUs.at(place), text: plain?.text ?? null };
  }

  line(place: number): LineFinding {
    return { ...this.#where(place), text: this.#texts.line(place)?.text ?? '' };
  }

  #where(place: number): { readonly file: string; readonly line: number } {
    const { files } = this.#sides.host;
    let low = 0;
    let high = files.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((files[middle]?.from as number) <= place) low = middle;
      else high = middle;
    }
    const part = files[low];
    return { file: part?.file ?? '', line: place - (part?.from ?? 0) + 1 };
  }

  missing(place: number): MissingRecord {
    const behind = this.#behindRecord.of(place);
    return {
      ...this.record(place),
      behind: behind === -1 ? null : this.#where(this.#fates.ledgerPartner[behind] as number),
    };
  }

  added(place: number): AddedLine {
    const behind = this.#behindLine.of(place);
    const partner = behind === -1 ? null : this.#sides.ledger.index.at(this.#fates.hostPartner[behind] as number);
    return { ...this.line(place), behindIndex: partner };
  }

  pair(place: number): PairFinding {
    return { record: this.record(place), line: this.line(this.#fates.ledgerPartner[place] as number) };
  }

  changed(place: number): ChangedLine {
    const pair = this.pair(place);
    return { ...pair, difference: differenceOf(pair.record.text ?? '', pair.line.text) };
  }

  outside(fate: Fate): Outside {
    const { ledger, host } = this.#fates;
    const [records, lines] = [endsOf(ledger, fate), endsOf(host, fate)];
    const record = (at: number | undefined) => (at === undefined ? null : this.record(at));
    const line = (at: number | undefined) => (at === undefined ? null : this.line(at));
    return {
      records: { count: countOf(ledger, fate), first: record(records[0]), last: record(records[1]) },
      lines: { count: countOf(host, fate), first: line(lines[0]), last: line(lines[1]) },
    };
  }
}

/** Finds the last place before one that both sides have. Asked for growing places, it steps over each but once. */
class Behind {
  readonly #fates: Uint8Array;
  #asked = 0;
  #found = -1;

  constructor(fates: Uint8Array) {
    this.#fates = fates;
  }

  /** -1 for none. */
  of(place: number): number {
    let at = place - 1;
    while (at >= this.#asked && this.#fates[at] !== SAME) at -= 1;
    if (at >= this.#asked) this.#found = at;
    this.#asked = place;
    return this.#found;
  }
}

function countOf(fates: Uint8Array, fate: Fate): number {
  const code = fateCode(fate);
  let count = 0;
  for (const is of fates) if (is === code) count += 1;
  return count;
}
