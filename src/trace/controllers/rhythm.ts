/** How regularly a host came back. */
export interface Rhythm {
  readonly periodMs: number;
  /** Median deviation from the period, ms. */
  readonly jitterMs: number;
  /** How many periods it was seen. */
  readonly beats: number;
}

/** …and together they are this much of the time: what comes in bursts has a rhythm within them only. */
const LEAST_COVERED = 0.3;
/** One long silence is a night; of so many silences one more is. */
const MANY_SILENCES = 20;
/** What comes faster is a transfer. */
const SHORTEST_MS = 4000;

/** Connections closer than this are one visit; what fits best is taken, for one visit may be many connections. */
const TOGETHER_MS = [500, 3000, 15_000, 60_000, 240_000];
/** Visits lie so much farther apart than what is one visit: else beats of one rhythm would be taken together by chance. */
const APART = 1.5;
const FEWEST_BEATS = 5;
/** With so many beats, a jitter of a third is still a rhythm. */
const MANY_BEATS = 10;
const STEADY = 0.12;
const LOOSE = 0.3;
/** Most of all silences are one period long: what is left are nights, and beats that were missed. */
const LEAST_SHARE = 0.6;

/**
 * The rhythm in which a host comes back, by median and median absolute deviation of the silences between its visits, which
 * a few that were missed do not move. Null when there is none, or too little to tell. `times`: sorted, ms.
 */
export function rhythmOf(times: readonly number[]): Rhythm | null {
  let best: Rhythm | null = null;
  const gaps = silencesOf(times);
  for (const together of TOGETHER_MS) {
    if (median(gaps.filter((gap) => gap > together)) < APART * together) continue;
    const visits = visitsOf(times, together);
    if (visits.length <= FEWEST_BEATS) break;
    const rhythm = steady(visits, together);
    if (rhythm !== null && (best === null || share(rhythm) < share(best))) best = rhythm;
  }
  return best;
}

/** Begins of visits: connections that follow each other within `together` ms are one. */
export function visitsOf(times: readonly number[], together: number): number[] {
  const visits: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const time of times) {
    if (time - last > together) visits.push(time);
    last = time;
  }
  return visits;
}

function silencesOf(times: readonly number[]): number[] {
  return times.slice(1).map((time, at) => time - (times[at] as number));
}

function share({ jitterMs, periodMs }: Rhythm): number {
  return jitterMs / periodMs;
}

function steady(visits: readonly number[], together: number): Rhythm | null {
  const silences = silencesOf(visits);
  const periodMs = median(silences);
  if (periodMs < Math.max(2 * together, SHORTEST_MS)) return null;
  const jitterMs = median(silences.map((silence) => Math.abs(silence - periodMs)));
  const near = silences.filter((silence) => Math.abs(silence - periodMs) <= 0.6 * periodMs);
  const most = silences.length >= MANY_BEATS ? LOOSE : STEADY;
  if (jitterMs > most * periodMs || near.length < LEAST_SHARE * silences.length) return null;
  const nights = 1 + Math.floor(silences.length / MANY_SILENCES);
  const awake = [...silences].sort((a, b) => a - b).slice(0, -nights);
  if (sum(near) < LEAST_COVERED * sum(awake)) return null;
  return { periodMs, jitterMs, beats: silences.length };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** The middle of numbers in any order; NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
