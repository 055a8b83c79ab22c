import { median } from './rhythm.ts';

/** A host and an outside end: when it was broken into, seen talking at all, and first seen with that end. All in ms. */
export interface Beginning {
  /** NaN: unknown; of a quiet host always. */
  readonly since: number;
  readonly seen: number;
  readonly first: number;
}

/** Hosts that began with an end at once, however far apart their ways in lie: so begins what an owner rolls out. */
export interface Rollout {
  /** From the first host's beginning to the last one's, ms. */
  readonly withinMs: number;
  /** Quiet hosts that began in the same time. */
  readonly quiet: number;
}

/** A host that was seen so long before is known not to have talked to it. */
const BEFORE_MS = 600_000;
const FEWEST = 3;
/** Ways in that lie closer together than this tell nothing. */
const LEAST_APART_MS = 3_600_000;
/** The beginnings lie so many times closer together than the ways in. */
const CLOSER = 5;

/** Null where the beginnings follow the ways in, or where that cannot be told. */
export function rolloutOf(affected: readonly Beginning[], quiet: readonly Beginning[]): Rollout | null {
  const mine = affected.filter((one) => one.first >= one.since && isFirst(one));
  if (mine.length < FEWEST) return null;
  const firsts = mine.map(({ first }) => first);
  const ways = deviation(mine.map(({ since }) => since));
  const apart = deviation(firsts);
  if (ways < LEAST_APART_MS || apart * CLOSER > ways) return null;
  const [from, to] = ends(firsts);
  const slack = Math.max(BEFORE_MS, to - from);
  const too = quiet.filter((one) => isFirst(one) && one.first >= from - slack && one.first <= to + slack);
  return { withinMs: to - from, quiet: too.length };
}

function isFirst({ seen, first }: Beginning): boolean {
  return seen < first - BEFORE_MS && Number.isFinite(first);
}

function ends(numbers: readonly number[]): [number, number] {
  return numbers.reduce<[number, number]>(
    ([least, most], one) => [Math.min(least, one), Math.max(most, one)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

// Mean distance from the median: one straggler weighs, but does not decide.
function deviation(numbers: readonly number[]): number {
  const middle = median(numbers);
  return numbers.reduce((sum, one) => sum + Math.abs(one - middle), 0) / numbers.length;
}
