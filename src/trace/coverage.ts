import type { Event } from '../core/event.ts';
import { isPlaced, type Ref, refOf } from './ref.ts';
import { isWindows } from './windows.ts';

// Hot path: once per event.

const MAX_GAPS = 8;
const MAX_STEPS = 8;
const MAX_HOSTS = 4096;
/** Steps back in time that are no mere disorder of a queue. */
const STEP_BACK_MS = 120_000;

/** A silence between two lines of one host in one log. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly before: Ref;
  readonly after: Ref;
}

/** A place where time runs back. */
export interface StepBack {
  readonly from: number;
  readonly to: number;
  readonly at: Ref;
}

/** What one log (or a piece of it) says of one host: when it spoke, in which rhythm, and where it fell silent. Plain data. */
export interface Coverage {
  readonly host: string;
  events: number;
  first: number;
  last: number;
  /** Latest time so far; `last` is that of the last line. */
  latest: number;
  firstRef: Ref | null;
  lastRef: Ref | null;
  /** How many silences lasted 2^n to 2^(n+1) seconds. */
  readonly rhythm: number[];
  gaps: Gap[];
  stepsBack: StepBack[];
}

/** A host's lines, and the last of them. */
class Held {
  readonly coverage: Coverage;
  /** Of the last line: NaN when there is none. */
  time = Number.NaN;
  line = 0;
  #raw = '';
  // Where its text stands, until the block is written over.
  #block: Buffer | null = null;
  #start = 0;
  #end = 0;

  constructor(coverage: Coverage) {
    this.coverage = coverage;
  }

  keep(event: Event): void {
    this.time = event.time;
    this.line = event.line;
    if (isPlaced(event)) {
      this.#block = event.block;
      this.#start = event.start;
      this.#end = event.end;
      return;
    }
    this.#block = null;
    this.#raw = event.raw;
  }

  get raw(): string {
    return this.#block === null ? this.#raw : this.#block.toString('utf8', this.#start, this.#end);
  }

  settle(): void {
    this.#raw = this.raw;
    this.#block = null;
  }
}

/** Follows each host's lines through a log. */
export class CoverageTally {
  readonly #byHost = new Map<string, Held>();
  readonly #task: number;
  #current: Held | null = null;

  constructor(task: number) {
    this.#task = task;
  }

  add(event: Event): void {
    if (Number.isNaN(event.time)) return;
    const held = this.#of(event.host);
    const { coverage } = held;
    if (Number.isNaN(held.time)) {
      coverage.first = event.time;
      coverage.latest = event.time;
      coverage.firstRef = refOf(this.#task, event);
    } else this.#between(coverage, held, event);
    coverage.events += event.count;
    held.keep(event);
  }

  /** Keeps no text in the bytes of a block: the block is about to be written over. */
  settle(): void {
    for (const held of this.#byHost.values()) held.settle();
  }

  #of(host: string): Held {
    if (this.#current !== null && this.#current.coverage.host === host) return this.#current;
    let held = this.#byHost.get(host);
    if (held === undefined) {
      held = new Held(emptyCoverage(this.#byHost.size < MAX_HOSTS ? host : ''));
      this.#byHost.set(held.coverage.host, held);
    }
    this.#current = held;
    return held;
  }

  #between(coverage: Coverage, previous: Held, event: Event): void {
    const silence = event.time - coverage.latest;
    if (silence > 0) {
      if (silence >= 1000) {
        const exponent = 31 - Math.clz32(Math.min(silence / 1000, 0x7fffffff));
        coverage.rhythm[exponent] = (coverage.rhythm[exponent] ?? 0) + 1;
        if (silence >= 60_000) this.#gap(coverage, previous, event);
      } else coverage.rhythm[0] = (coverage.rhythm[0] ?? 0) + 1;
      coverage.latest = event.time;
    } else if (silence < -STEP_BACK_MS && event.time < previous.time - STEP_BACK_MS && !isWindows(event)) {
      // Windows' events pass through a collector's queues, which have an order of their own.
      if (coverage.stepsBack.length < MAX_STEPS)
        coverage.stepsBack.push({ from: previous.time, to: event.time, at: refOf(this.#task, event) });
    }
  }

  #gap(coverage: Coverage, previous: Held, event: Event): void {
    const { gaps } = coverage;
    const length = event.time - coverage.latest;
    const shortest = gaps[gaps.length - 1];
    if (gaps.length >= MAX_GAPS && shortest && length <= shortest.to - shortest.from) return;
    const before = refOf(this.#task, previous);
    gaps.push({ from: coverage.latest, to: event.time, before, after: refOf(this.#task, event) });
    gaps.sort(longestFirst).splice(MAX_GAPS);
  }

  finish(): Coverage[] {
    return [...this.#byHost.values()].map((held) => {
      const { coverage } = held;
      if (!Number.isNaN(held.time)) {
        coverage.last = held.time;
        coverage.lastRef = refOf(this.#task, held);
      }
      return coverage;
    });
  }
}

function longestFirst(a: Gap, b: Gap): number {
  return b.to - b.from - (a.to - a.from) || a.from - b.from;
}

function emptyCoverage(host: string): Coverage {
  const never = { first: Number.NaN, last: Number.NaN, latest: Number.NaN, firstRef: null, lastRef: null };
  return { host: Buffer.from(host).toString(), events: 0, ...never, rhythm: [], gaps: [], stepsBack: [] };
}

/** Joins a log's pieces in their order: the silence between two pieces is a silence too. */
export function joinCoverage(pieces: readonly (readonly Coverage[])[]): Coverage[] {
  const joined = new Map<string, Coverage>();
  for (const piece of pieces)
    for (const next of piece) {
      const known = joined.get(next.host);
      if (known) append(known, next);
      else
        joined.set(next.host, {
          ...next,
          rhythm: [...next.rhythm],
          gaps: [...next.gaps],
          stepsBack: [...next.stepsBack],
        });
    }
  return [...joined.values()];
}

function append(known: Coverage, next: Coverage): void {
  const silence = next.first - known.latest;
  if (silence >= 60_000 && known.lastRef && next.firstRef) {
    const exponent = 31 - Math.clz32(Math.min(silence / 1000, 0x7fffffff));
    known.rhythm[exponent] = (known.rhythm[exponent] ?? 0) + 1;
    known.gaps.push({ from: known.latest, to: next.first, before: known.lastRef, after: next.firstRef });
  }
  known.events += next.events;
  known.last = next.last;
  known.latest = Math.max(known.latest, next.latest);
  known.lastRef = next.lastRef;
  for (const [exponent, count] of next.rhythm.entries())
    known.rhythm[exponent] = (known.rhythm[exponent] ?? 0) + (count ?? 0);
  known.gaps = [...known.gaps, ...next.gaps].sort(longestFirst).slice(0, MAX_GAPS);
  known.stepsBack = [...known.stepsBack, ...next.stepsBack].slice(0, MAX_STEPS);
}
