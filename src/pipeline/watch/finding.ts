import type { SourceEventKind } from '../../state/tables.ts';

/** Something that is told of a source. Times in milliseconds since 1970, our clock. */
export interface Finding {
  readonly stream: string;
  readonly kind: SourceEventKind;
  /** `once`: it has no length. */
  readonly phase: 'once' | 'begin' | 'end';
  readonly atMs: number;
  /** The record at which it was found. */
  readonly ledgerIndex?: number;
  /** One sentence for people. */
  readonly words: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What a watcher of one thing found: the stream is known to whom it tells. */
export type Found = Omit<Finding, 'stream' | 'kind'>;

const UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1000, 'second'],
] as const;

/** A time's length in words, in its largest unit: `3 hours`. */
export function lengthWords(ms: number): string {
  const [size, unit] = UNITS.find(([least]) => ms >= least * 2) ?? UNITS[3];
  const count = Math.max(1, Math.round(ms / size));
  return `${count.toLocaleString('en')} ${unit}${count === 1 ? '' : 's'}`;
}
