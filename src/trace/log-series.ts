import { grouped } from '../core/grouped.ts';
import type { Coverage, Gap, StepBack } from './coverage.ts';
import type { Ref } from './tally.ts';

/** One input's coverage of one host, with what its name tells. */
export interface LogPart {
  readonly path: string;
  readonly host: string;
  readonly coverage: Coverage;
}

/** A log through its rotations, for one host: auth.log.2.gz, auth.log.1, auth.log. */
export interface LogSeries {
  /** Path without the rotation's part. */
  readonly base: string;
  readonly host: string;
  readonly parts: readonly LogPart[];
  readonly first: number;
  readonly last: number;
  readonly events: number;
  /** How long its ordinary silences are at most, in ms: nine tenths of its time lie in silences no longer. */
  readonly rhythmMs: number;
  readonly gaps: readonly Gap[];
  readonly stepsBack: readonly StepBack[];
  readonly lastRef: Ref | null;
}

const COVERED = 0.9;
const ROTATION = /(?:[.-](?:\d{1,4}|\d{8}(?:-\d{2,10})?|\d{4}-\d\d-\d\d))?(?:\.(?:gz|xz|bz2|zst))?$/;

/** "a/auth.log.2.gz" → "a/auth.log", 2. The number is null for the file being written, and for dated names. */
export function rotationOf(path: string): { readonly base: string; readonly number: number | null } {
  const inner = path.slice(path.lastIndexOf('!/') + 1);
  const base = path.slice(0, path.length - inner.length) + inner.replace(ROTATION, '');
  const number = /\.(\d{1,3})(?:\.(?:gz|xz|bz2|zst))?$/.exec(path)?.[1];
  return { base, number: number === undefined ? null : Number(number) };
}

/** Joins the rotations of each log, host by host, in the order of time. */
export function joinSeries(parts: readonly LogPart[]): LogSeries[] {
  const timed = parts.filter(({ coverage }) => !Number.isNaN(coverage.first));
  return [...grouped(timed, ({ path, host }) => `${rotationOf(path).base}\n${host}`).values()].map(join);
}

function join(unordered: readonly LogPart[]): LogSeries {
  const parts = [...unordered].sort((a, b) => a.coverage.first - b.coverage.first);
  const first = parts[0] as LogPart;
  const last = parts.reduce((late, part) => (part.coverage.latest > late.coverage.latest ? part : late), first);
  const gaps = parts.flatMap(({ coverage }) => coverage.gaps);
  const between: number[] = []; // a log that speaks in bursts may have one in each of its files, and its silences between them
  for (const [at, { coverage }] of parts.entries()) {
    const next = parts[at + 1]?.coverage;
    if (next?.firstRef && coverage.lastRef && next.first - coverage.latest >= 60_000) {
      gaps.push({ from: coverage.latest, to: next.first, before: coverage.lastRef, after: next.firstRef });
      between.push(next.first - coverage.latest);
    }
  }
  return {
    base: rotationOf(first.path).base,
    host: first.host,
    parts,
    first: first.coverage.first,
    last: last.coverage.latest,
    events: parts.reduce((sum, { coverage }) => sum + coverage.events, 0),
    rhythmMs: rhythmOf(parts, between),
    gaps: gaps.sort((a, b) => b.to - b.from - (a.to - a.from)),
    stepsBack: parts.flatMap(({ coverage }) => coverage.stepsBack),
    lastRef: last.coverage.lastRef,
  };
}

function rhythmOf(parts: readonly LogPart[], between: readonly number[]): number {
  const counts: number[] = [];
  for (const silence of between) {
    const exponent = 31 - Math.clz32(Math.min(silence / 1000, 0x7fffffff));
    counts[exponent] = (counts[exponent] ?? 0) + 1;
  }
  for (const { coverage } of parts)
    for (const [exponent, count] of coverage.rhythm.entries()) {
      counts[exponent] = (counts[exponent] ?? 0) + (count ?? 0);
    }
  // By time, not by count: a burst of guesses has thousands of short silences, and is no rhythm.
  const spent = counts.map((count, exponent) => (count ?? 0) * 1.5 * 2 ** exponent);
  const whole = spent.reduce((sum, seconds) => sum + (seconds ?? 0), 0);
  let seen = 0;
  for (const [exponent, seconds] of spent.entries()) {
    seen += seconds ?? 0;
    if (whole > 0 && seen >= whole * COVERED) return 2 ** (exponent + 1) * 1000;
  }
  return 0;
}
