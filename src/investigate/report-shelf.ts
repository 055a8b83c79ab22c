import type { Coverage } from '../trace/coverage.ts';
import { Notables } from '../trace/notable.ts';
import type { PieceReport } from './piece.ts';

const NONE: readonly never[] = Object.freeze([]);
const MAX_NAMES = 65_536;

/**
 * Keeps what was read from each piece. Of hundreds of thousands of small files most say the same of themselves, or nothing:
 * that is kept once, because the reports of all have to be in memory together.
 */
export class ReportShelf {
  readonly reports = new Map<number, PieceReport>();
  readonly #notables = new Notables();
  readonly #names = new Map<string, string>();
  readonly #parsers = new Map<string, PieceReport['parsers']>();
  #sifted = 0; // tasks before this one are

  /** How many notable events there were that are no mere routine. */
  get notables(): number {
    return this.#notables.different;
  }

  /** Takes the report of a piece; the tasks of pieces count up from 0, their reports come in any order. */
  add(report: PieceReport): void {
    const { parsers, coverage, audit, samples } = report;
    this.reports.set(report.task, {
      ...report,
      parsers: this.#known(parsers),
      coverage: filled(coverage.map((one) => this.#lean(one))),
      audit: filled(audit),
      samples: filled(samples),
    });
    this.#sift();
  }

  // Keeps of the notable events what is not too much in all, piece after piece in their order.
  #sift(): void {
    for (let report = this.reports.get(this.#sifted); report; report = this.reports.get(this.#sifted)) {
      const before = { crowded: this.#notables.crowded, shortened: this.#notables.shortened };
      const notables = filled(this.#notables.sift(report.notables));
      const crowded = report.crowded + this.#notables.crowded - before.crowded;
      const shortened = report.shortened + this.#notables.shortened - before.shortened;
      this.reports.set(this.#sifted, { ...report, notables, crowded, shortened });
      this.#sifted += 1;
    }
  }

  #known(parsers: PieceReport['parsers']): PieceReport['parsers'] {
    const key = JSON.stringify(parsers);
    const known = this.#parsers.get(key);
    if (known !== undefined) return known;
    if (this.#parsers.size < MAX_NAMES) this.#parsers.set(key, parsers);
    return parsers;
  }

  #lean(coverage: Coverage): Coverage {
    const { host, events, firstRef, lastRef, rhythm, gaps, stepsBack } = coverage;
    return {
      ...coverage,
      host: this.#name(host),
      lastRef: events === 1 && firstRef?.line === lastRef?.line ? firstRef : lastRef,
      rhythm: filled(rhythm) as number[],
      gaps: filled(gaps) as Coverage['gaps'],
      stepsBack: filled(stepsBack) as Coverage['stepsBack'],
    };
  }

  #name(host: string): string {
    const known = this.#names.get(host);
    if (known !== undefined) return known;
    if (this.#names.size < MAX_NAMES) this.#names.set(host, host);
    return host;
  }
}

/** The list, or the one empty list. Nobody writes to a report. */
function filled<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? NONE : list;
}
