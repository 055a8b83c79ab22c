import type { ScoreRow } from './row.ts';

/** Is told of each case that came out wrong, in one line of text. */
export type OnMiss = (text: string) => void;

/** Judges the cases of one kind in a corpus folder. Rejects when a file is missing or is not what it should be. */
export type Suite = (corpusDir: string, onMiss: OnMiss) => Promise<ScoreRow[]>;

/** Right values of each field of a kind of event. */
export class FieldTally {
  readonly #counts = new Map<string, { right: number; total: number }>();
  readonly #onMiss: OnMiss;

  constructor(onMiss: OnMiss) {
    this.#onMiss = onMiss;
  }

  /** Counts one expected value under `name`. Values are compared as text, instants as instants. */
  compare(name: string, field: string, wanted: unknown, got: unknown, about: string): void {
    const right =
      field === '@timestamp'
        ? Date.parse(String(got)) === Date.parse(String(wanted))
        : JSON.stringify(got) === JSON.stringify(wanted) || String(got) === String(wanted);
    const count = this.#counts.get(name) ?? { right: 0, total: 0 };
    count.total += 1;
    if (right) count.right += 1;
    else this.#onMiss(`${name} ${field}: want ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}: ${about}`);
    this.#counts.set(name, count);
  }

  rows(suite: string, bar: string): ScoreRow[] {
    return [...this.#counts].map(([name, { right, total }]) => ({ suite, name, right, total, bar }));
  }
}
