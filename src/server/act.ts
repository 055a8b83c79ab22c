import type { KeepAct } from './enrolment.ts';
import type { Server } from './serve.ts';

const MOST = 20_000;

/** Where the ledger has what was done of late: these records are of Spoor itself, and no answer waits for them. */
export class NotedActs {
  #at: number[] = [];

  add(index: number): void {
    this.#at.push(index);
    if (this.#at.length > MOST) this.#at = this.#at.slice(-MOST / 2);
  }

  /** How many there are in [from, to); those before are forgotten. */
  within(from: number, to: number): number {
    this.#at = this.#at.filter((index) => index >= from);
    return this.#at.filter((index) => index < to).length;
  }
}

/** Keeps in the ledger what somebody does; resolves when it is durable, and only then it is done. */
export function actOf(server: Server): KeepAct {
  return async (who, what, about, detail) => {
    const index = await server.keeper.note('act', { who, what, about }, Buffer.from(JSON.stringify(detail)));
    server.disclosure.noted.add(index);
  };
}
