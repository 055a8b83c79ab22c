const MARK_MS = 5000;
const LATE_MS = 600_000;

/** Of a sum that grows, what was added in the last ten minutes, or since the first mark. */
export class Late {
  readonly #nowMs: () => number;
  /** The oldest first. */
  #marks: { readonly atMs: number; readonly sum: number }[] = [];

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Takes the sum as it is now; gives what came of late, to some seconds. */
  mark(sum: number): number {
    const atMs = this.#nowMs();
    const last = this.#marks.at(-1);
    if (last === undefined || atMs - last.atMs >= MARK_MS) {
      this.#marks.push({ atMs, sum });
      const from = this.#marks.findIndex((mark) => mark.atMs > atMs - LATE_MS);
      if (from > 1) this.#marks = this.#marks.slice(from - 1); // one from before: of all that came since nothing is left out
    }
    return sum - (this.#marks[0]?.sum ?? sum);
  }
}
