import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { replaceFileSync } from '../core/durable-file.ts';
import { counted } from '../core/text.ts';
import type { Damage } from '../ledger/readable.ts';

const MOST = 1000;
const schema = z.strictObject({
  damage: z.array(z.strictObject({ from: z.int().nonnegative(), to: z.int().positive(), why: z.string() })).max(MOST),
});

/**
 * Records of the ledger that were found not to be as they were sealed, in order and apart from each other; kept in a file, so that they are told
 * until somebody put them back and they were read again.
 */
export class DamageBook {
  readonly #path: string;
  readonly #onFound: (damage: Damage) => void;
  #ranges: readonly Damage[] = [];

  /** `onFound` is told once of what was not known before. */
  constructor(path: string, onFound: (damage: Damage) => void) {
    this.#path = path;
    this.#onFound = onFound;
    if (!existsSync(path)) return;
    try {
      const known = schema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
      if (known.success) this.#ranges = known.data.damage;
    } catch {} // torn by a disk that failed: what is damaged is found again
  }

  get ranges(): readonly Damage[] {
    return this.#ranges;
  }

  /** Records that cannot be read. */
  get records(): number {
    return this.#ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  }

  /** In a sentence; null when all that was read is as it was sealed. */
  get words(): string | null {
    const [first] = this.#ranges;
    if (first === undefined) return null;
    const more = this.#ranges.length - 1;
    const others = more === 0 ? '' : ` and ${more} other ${more === 1 ? 'range' : 'ranges'}`;
    return `${counted(this.records, 'record is not as it was sealed, and no search finds it', 'records are not as they were sealed, and no search finds them')}: ${rangeWords(first)}${others}: ${first.why}`;
  }

  /** Takes note of damaged records. */
  found(damage: readonly Damage[]): void {
    const before = this.#ranges;
    for (const one of damage) this.#find(one);
    this.#keepSince(before);
  }

  /** Takes note of what was found on reading records from one index up to, not with, another: all but these are as they were sealed. */
  read(from: number, to: number, damage: readonly Damage[]): void {
    const before = this.#ranges;
    let at = from;
    for (const one of [...damage].sort((a, b) => a.from - b.from)) {
      this.#mend(at, one.from);
      this.#find(one);
      at = Math.max(at, one.to);
    }
    this.#mend(at, to);
    this.#keepSince(before);
  }

  #find(damage: Damage): void {
    const { from, to, why } = damage;
    if (this.#ranges.some((known) => known.from <= from && to <= known.to)) return;
    const near = this.#ranges.filter((known) => known.from <= to && from <= known.to);
    const joined = {
      from: Math.min(from, ...near.map((known) => known.from)),
      to: Math.max(to, ...near.map((known) => known.to)),
      why: near[0]?.why ?? why.slice(0, 300),
    };
    const apart = this.#ranges.filter((known) => !near.includes(known));
    this.#ranges = fewer([...apart, joined].sort((a, b) => a.from - b.from));
    this.#onFound(damage);
  }

  #mend(from: number, to: number): void {
    if (!this.#ranges.some((known) => known.from < to && from < known.to)) return;
    const left = this.#ranges.flatMap((known) => [
      ...(known.from < from ? [{ ...known, to: Math.min(known.to, from) }] : []),
      ...(known.to > to ? [{ ...known, from: Math.max(known.from, to) }] : []),
    ]);
    this.#ranges = fewer(left);
  }

  #keepSince(before: readonly Damage[]): void {
    if (before === this.#ranges) return;
    try {
      replaceFileSync(this.#path, `${JSON.stringify({ damage: this.#ranges })}\n`);
    } catch {} // a full disk: it is known while the server runs, and found again after
  }
}

/** `record 7`, `records 256..511`. */
export function rangeWords({ from, to }: Pick<Damage, 'from' | 'to'>): string {
  return to - from === 1 ? `record ${from}` : `records ${from}..${to - 1}`;
}

/** Of very many the two that are nearest to each other are taken as one: nothing that is damaged is left out. */
function fewer(ranges: readonly Damage[]): readonly Damage[] {
  if (ranges.length <= MOST) return ranges;
  let near = 1;
  const gap = (nth: number) => (ranges[nth] as Damage).from - (ranges[nth - 1] as Damage).to;
  for (let nth = 2; nth < ranges.length; nth += 1) if (gap(nth) < gap(near)) near = nth;
  const [one, other] = [ranges[near - 1] as Damage, ranges[near] as Damage];
  return fewer([...ranges.slice(0, near - 1), { ...one, to: other.to }, ...ranges.slice(near + 1)]);
}
