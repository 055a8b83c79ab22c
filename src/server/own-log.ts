import { printable } from '../core/text.ts';

export type Level = 'info' | 'warn' | 'error';

const KEPT = 50;
const SAME_MS = 60_000;

/** What went wrong, with when it did last and how often. */
interface Trouble {
  at: string;
  readonly what: string;
  count: number;
}

/** The server's own log: lines for a person on a terminal, JSON lines for everything else. The same trouble is written once a minute. */
export class OwnLog {
  readonly #write: (line: string) => void;
  readonly #json: boolean;
  readonly #nowMs: () => number;
  readonly #written = new Map<string, number>();
  #troubles: Trouble[] = [];

  constructor(options: {
    readonly write: (line: string) => void;
    readonly json: boolean;
    readonly nowMs: () => number;
  }) {
    this.#write = options.write;
    this.#json = options.json;
    this.#nowMs = options.nowMs;
  }

  say(level: Level, part: string, message: string): void {
    const text = printable(message, 2000);
    const at = new Date(this.#nowMs()).toISOString();
    if (level !== 'info' && !this.#isNew(part, text, at)) return;
    this.#write(this.#json ? `${JSON.stringify({ at, level, part, message: text })}\n` : `spoor: ${part}: ${text}\n`);
  }

  #isNew(part: string, text: string, at: string): boolean {
    const what = `${part}: ${text}`;
    const known = this.#troubles.find((trouble) => trouble.what === what);
    this.#troubles = [
      { at, what, count: (known?.count ?? 0) + 1 },
      ...this.#troubles.filter((trouble) => trouble !== known),
    ].slice(0, KEPT);
    const last = this.#written.get(what) ?? Number.NEGATIVE_INFINITY;
    if (Math.abs(this.#nowMs() - last) < SAME_MS) return false; // the clock may have been set back
    if (this.#written.size > 10 * KEPT) this.#written.clear();
    this.#written.set(what, this.#nowMs());
    return true;
  }

  /** What went wrong of late, newest first. */
  get troubles(): readonly { readonly at: string; readonly what: string }[] {
    return this.#troubles.map(({ at, what, count }) => ({ at, what: count > 1 ? `${what} (${count} times)` : what }));
  }
}
