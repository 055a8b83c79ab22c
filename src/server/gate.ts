import { AppError } from '../core/errors.ts';

/** Lets so many in at once, so many wait, and refuses the rest: questions must not keep inserts from the engine. */
export class Gate {
  readonly #most: number;
  readonly #waiting: number;
  readonly #line: (() => void)[] = [];
  #inside = 0;

  constructor(most: number, waiting: number) {
    this.#most = most;
    this.#waiting = waiting;
  }

  /** Does it when there is room. Throws E_UNAVAILABLE when too many wait, and the signal's reason when it aborts before. */
  async through<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#enter(signal);
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      const next = this.#line.shift();
      if (next === undefined) this.#inside -= 1;
      else next(); // the place is handed on
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#inside < this.#most) {
      this.#inside += 1;
      return;
    }
    if (this.#line.length >= this.#waiting)
      throw new AppError('E_UNAVAILABLE', `${this.#waiting} questions wait already: try again in a moment`);
    await this.#wait(signal);
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#line.splice(this.#line.indexOf(enter), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#line.push(enter);
    });
  }
}
