/** So far a number may come late: datagrams overtake each other. What is further back is a sender that began anew. */
const SLIP = 1024;
/** So far a series may jump ahead by a loss. What is further ahead is another series. */
const LEAP = 10_000_000;

/** Numbers that are missing in front of a record. */
export interface SequenceHole {
  /** The number before, and the one that came instead. */
  readonly after: number;
  readonly next: number;
  /** Ledger index of the record with the latter. */
  readonly index: number;
}

/** What was seen of one series of numbers, since its sender began it last. Plain data: it goes from thread to thread. */
export interface SequenceRun {
  readonly first: number;
  readonly firstIndex: number;
  readonly min: number;
  readonly max: number;
  /** How many numbers came; and about how many of them after a greater one. */
  readonly count: number;
  readonly late: number;
  /** The widest hole; null when there was none. It may have been filled since. */
  readonly hole: SequenceHole | null;
  /** How often the series began anew. */
  readonly resets: number;
}

/** The run that one number begins. */
export function beginRun(number: number, index: number, resets = 0): SequenceRun {
  return { first: number, firstIndex: index, min: number, max: number, count: 1, late: 0, hole: null, resets };
}

/** The run with what came after it. Runs of records that follow each other may be joined in any grouping: nothing but `hole` and `late` differs. */
export function joinRuns(before: SequenceRun, after: SequenceRun): SequenceRun {
  if (after.resets > 0) return { ...after, resets: before.resets + after.resets };
  if (!goesOn(before, after.first)) return { ...after, resets: before.resets + 1 };
  const here = after.first > before.max + 1 ? { after: before.max, next: after.first, index: after.firstIndex } : null;
  return {
    ...before,
    min: Math.min(before.min, after.min),
    max: Math.max(before.max, after.max),
    count: before.count + after.count,
    late: before.late + after.late + (after.first <= before.max ? 1 : 0),
    hole: wider(wider(before.hole, here), after.hole),
  };
}

/** How many numbers did not come, of those between the least and the greatest. Below zero: some came twice. */
export function missingIn({ min, max, count }: SequenceRun): number {
  return max - min + 1 - count;
}

function goesOn({ max }: SequenceRun, number: number): boolean {
  return number >= max - SLIP && number <= max + LEAP && !(number === 1 && max > 1); // RFC 5424 §7.3.1: from 1 after a restart
}

function wider(one: SequenceHole | null, other: SequenceHole | null): SequenceHole | null {
  if (one === null || other === null) return one ?? other;
  return other.next - other.after > one.next - one.after ? other : one;
}
