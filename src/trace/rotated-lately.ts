import { rotationOf } from './log-series.ts';
import type { InputFacts, MissingOptions } from './missing-facts.ts';

const DAY_MS = 86_400_000;
const DATED = /[.-](\d{4})-?(\d\d)-?(\d\d)(?:-\d{2,10})?(?:\.(?:gz|xz|bz2|zst))?$/;

/**
 * Empty logs that were rotated a short while ago, by the date in the name of the rotated file (logrotate's dateext): theirs is
 * the day on which they were made, or their host was not seen to live for long after it.
 */
export class RotatedLately {
  /** Path without the rotation's part → the latest day of a rotated file that holds something. */
  readonly #days = new Map<string, number>();
  readonly #lives = new Map<string, number>();

  constructor({ inputs, parts }: MissingOptions) {
    for (const { path, size } of inputs) {
      const [, year, month, day] = DATED.exec(path) ?? [];
      if (size === 0 || day === undefined) continue;
      const { base } = rotationOf(path);
      this.#days.set(base, Math.max(this.#days.get(base) ?? 0, Date.UTC(Number(year), Number(month) - 1, Number(day))));
    }
    for (const { host, coverage } of parts)
      if (!(coverage.latest <= (this.#lives.get(host) ?? 0))) this.#lives.set(host, coverage.latest);
  }

  has({ path, host, mtimeMs }: InputFacts): boolean {
    const day = this.#days.get(path);
    if (day === undefined) return false;
    // The date is of the host's zone, so that its day begins up to 14 hours before or after ours.
    const isThen = (time: number) => time >= day - DAY_MS && time < day + 2 * DAY_MS;
    return (mtimeMs !== null && isThen(mtimeMs)) || isThen(this.#lives.get(host) ?? Number.NaN);
  }
}
