import { duration } from './clock.ts';
import { bytes, number } from './words.ts';

/** How far a run is. */
export interface Progress {
  readonly lines: number;
  readonly bytes: number;
  /** Bytes that there are to read; null when nobody knows (standard input, compressed files). */
  readonly totalBytes: number | null;
}

/** A standard error stream, or something like it. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const QUIET_MS = 1000;
const TTY_EVERY_MS = 200;
const LOG_EVERY_MS = 10_000;
const ERASE = '\r\u001b[2K';

/** `reading  41 %  870,211 lines  1.2 M lines/s  3 s left`, after `seconds` of work. */
export function formatProgress({ lines, bytes: read, totalBytes }: Progress, seconds: number): string {
  const rate = seconds > 0 ? lines / seconds : 0;
  const speed = rate >= 1e6 ? `${(rate / 1e6).toFixed(1)} M lines/s` : `${number(Math.round(rate))} lines/s`;
  const parts = ['reading', `${number(lines)} lines`, speed];
  if (totalBytes === null || totalBytes <= 0) return [...parts, bytes(read)].join('  ');
  const share = Math.min(1, read / totalBytes);
  const left = share > 0.005 ? `${duration((seconds * (1 - share)) / share)} left` : '';
  return [parts[0], `${Math.floor(share * 100)} %`.padStart(5), ...parts.slice(1), left].filter(Boolean).join('  ');
}

/**
 * Tells the progress of work that takes over a second: on a terminal as one line that rewrites itself, elsewhere as one
 * line every 10 s. Call `update` as often as you like; `end` clears the line.
 */
export class ProgressLine {
  readonly #output: ProgressOutput;
  readonly #now: () => number;
  readonly #begun: number;
  #told: number;
  #shown = false;

  /** `now`: a clock in milliseconds that never runs back. */
  constructor(output: ProgressOutput, now: () => number) {
    this.#output = output;
    this.#now = now;
    this.#begun = now();
    this.#told = this.#begun;
  }

  /** Writes if it is time to. */
  update(progress: Progress): void {
    const now = this.#now();
    const every = this.#output.isTTY ? TTY_EVERY_MS : LOG_EVERY_MS;
    if (now - this.#begun < QUIET_MS || now - this.#told < every) return;
    this.#told = now;
    const text = formatProgress(progress, (now - this.#begun) / 1000);
    if (!this.#output.isTTY) {
      this.#output.write(`${text}\n`);
      return;
    }
    this.#shown = true;
    this.#output.write(`${ERASE}${text.slice(0, (this.#output.columns ?? 80) - 1)}`);
  }

  /** Leaves the terminal as it was before. */
  end(): void {
    if (this.#shown) this.#output.write(ERASE);
    this.#shown = false;
  }
}
