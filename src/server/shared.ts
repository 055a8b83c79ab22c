import type { Gate } from './gate.ts';

/**
 * Asks through a gate; all who wait for the same are answered by one question, and none may change the answer. `asked` is plain data and says all that
 * the answer depends on, who may see what included.
 */
export function sharing<A, T>(
  gate: Gate,
  work: (asked: A, signal: AbortSignal) => Promise<T>,
): (asked: A, signal: AbortSignal) => Promise<T> {
  const shared = new Shared<T>(gate);
  return (asked, signal) => shared.ask(JSON.stringify(asked), signal, (any) => work(asked, any));
}

interface Question<T> {
  readonly answer: Promise<T>;
  /** Aborts when nobody waits for the answer any more. */
  readonly left: AbortController;
  waiting: number;
}

/**
 * Equal questions that wait at a gate are asked once, and all have the answer: after a restart of the server its clients all come back at once.
 * A question that was begun is joined by nobody, for its answer may be older than who comes.
 */
export class Shared<T> {
  readonly #gate: Gate;
  readonly #questions = new Map<string, Question<T>>();

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  /** Asks, or waits with those who wait for the same `key`. Throws as the gate and `work` do, and the signal's reason when it aborts before. */
  async ask(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const question = this.#questions.get(key) ?? this.#begin(key, work);
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
      if (question.waiting === 0) this.#end(key, question, signal.reason);
    }
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<T>): Question<T> {
    const left = new AbortController();
    const answer = this.#gate.through(left.signal, () => {
      if (this.#questions.get(key) === question) this.#questions.delete(key);
      return work(left.signal);
    });
    answer.catch(() => {}); // said to those who wait
    const question: Question<T> = { answer, left, waiting: 0 };
    this.#questions.set(key, question);
    return question;
  }

  #end(key: string, question: Question<T>, reason: unknown): void {
    if (this.#questions.get(key) === question) this.#questions.delete(key);
    question.left.abort(reason);
  }
}
