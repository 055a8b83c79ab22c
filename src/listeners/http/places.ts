import { Refusal } from './problem.ts';

const LATER = { 'retry-after': '1' };

/** How much may be under way at once. */
export interface PlaceLimits {
  readonly maxRequests: number;
  readonly maxRequestsPerSender: number;
  readonly maxHeldBytes: number;
}

/** Places for requests, and room for bodies that are held as a whole. */
export class Places {
  readonly #limits: PlaceLimits;
  readonly #bySender = new Map<string, number>();
  #running = 0;
  #held = 0;

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  /** Takes a place; it must be given back by `leave`. Throws a Refusal (429, 503), both with Retry-After. */
  enter(sender: string): void {
    const own = this.#bySender.get(sender) ?? 0;
    const { maxRequests, maxRequestsPerSender } = this.#limits;
    if (own >= maxRequestsPerSender)
      throw new Refusal(429, 'sender_busy', `you have ${own} requests under way: wait for their answers`, LATER);
    if (this.#running >= maxRequests)
      throw new Refusal(503, 'busy', 'too many requests are under way: try again', LATER);
    this.#running += 1;
    this.#bySender.set(sender, own + 1);
  }

  leave(sender: string): void {
    this.#running -= 1;
    const left = (this.#bySender.get(sender) ?? 1) - 1;
    if (left === 0) this.#bySender.delete(sender);
    else this.#bySender.set(sender, left);
  }

  /** Takes room for bytes; it must be given back by `release`. Throws a Refusal (503). */
  hold(bytes: number): void {
    if (this.#held + bytes > this.#limits.maxHeldBytes)
      throw new Refusal(503, 'no_room', 'too many bytes are under way: try again', LATER);
    this.#held += bytes;
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }
}
