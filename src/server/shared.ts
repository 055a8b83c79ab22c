import { setTimeout as sleep } from 'node:timers/promises';
import type { Gate } from './gate.ts';

/** How long an answer is given again, counted from when its question was begun: times such as "the last hour" go on meanwhile. */
export const FRESH_MS = 1000;
/** Answers that are kept at once. */
const MOST_KEPT = 64;

/**
 * Asks through a gate; all who ask the same of the same state of what is asked are answered by one question, and none may change the answer.
 * `asked` is plain data and says all that the answer depends on beside that state, who may see what included.
 */
export function sharing<A, T>(
  gate: Gate,
  stateOf: () => string,
  work: (asked: A, signal: AbortSignal) => Promise<T>,
): (asked: A, signal: AbortSignal) => Promise<T> {
  const shared = new Shared<T>(gate, stateOf);
  return (asked, signal) => shared.ask(JSON.stringify(asked), signal, (any) => work(asked, any));
}

interface Question<T> {
  readonly answer: Promise<T>;
  /** Aborts when nobody waits for the answer any more. */
  readonly left: AbortController;
  waiting: number;
  /** When it was begun, and of which state; null while it waits at the gate. */
  begun: { readonly state: string; readonly atMs: number } | null;
}

/**
 * Equal questions that wait at a gate are asked once, and all have the answer: after a restart of the server its clients all come back at once.
 * One that was begun is joined, and its answer given again, for a moment, while the state is what it was: no answer is older than who asks.
 */
export class Shared<T> {
  readonly #gate: Gate;
  readonly #stateOf: () => string;
  readonly #nowMs: () => number;
  readonly #questions = new Map<string, Question<T>>();

  constructor(gate: Gate, stateOf: () => string, nowMs: () => number = () => performance.now()) {
    this.#gate = gate;
    this.#stateOf = stateOf;
    this.#nowMs = nowMs;
  }

  /** Asks, or waits with those who wait for the same `key`. Throws as the gate and `work` do, and the signal's reason when it aborts before. */
  async ask(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const question = this.#joined(key) ?? this.#begin(key, work);
    question.waiting += 1;
    let leave = () => {};
    const gone = new Promise<never>((_, reject) => {
      leave = () => reject(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
    });
    try {
      return await Promise.race([question.answer, gone]);
    } finally {
      signal.removeEventListener('abort', leave);
      question.waiting -= 1;
      if (question.waiting === 0 && signal.aborted) {
        this.#forget(key, question);
        question.left.abort(signal.reason);
      }
    }
  }

  #joined(key: string): Question<T> | undefined {
    const question = this.#questions.get(key);
    if (question === undefined || question.begun === null) return question;
    const { state, atMs } = question.begun;
    return this.#nowMs() - atMs < FRESH_MS && state === this.#stateOf() ? question : undefined;
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<T>): Question<T> {
    const left = new AbortController();
    const answer = this.#gate.through(left.signal, () => {
      question.begun = { state: this.#stateOf(), atMs: this.#nowMs() };
      return work(left.signal);
    });
    const question: Question<T> = { answer, left, waiting: 0, begun: null };
    this.#questions.set(key, question);
    answer.then(
      () => this.#keep(key, question),
      () => this.#forget(key, question), // said to those who wait
    );
    return question;
  }

  async #keep(key: string, question: Question<T>): Promise<void> {
    if (this.#questions.size <= MOST_KEPT) await sleep(FRESH_MS, undefined, { ref: false });
    this.#forget(key, question);
  }

  #forget(key: string, question: Question<T>): void {
    if (this.#questions.get(key) === question) this.#questions.delete(key);
  }
}
