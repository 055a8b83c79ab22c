import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Random } from './sealed-cookie.ts';

const NONCE = 16;
const ENDS = 6;
const HEAD = NONCE + ENDS;
const MAC = 32;

/** How long a challenge holds: as long as a person may need to find the phone. */
export const CHALLENGE_MS = 3 * 60_000;

/** What a challenge is for. An answer to one is none to another. */
export interface ChallengeUse {
  readonly purpose: 'register' | 'sign-in' | 'second-factor';
  /** Whoever was asked: a browser, or a person. */
  readonly asked: string;
}

/**
 * Challenges for passkeys. Nothing is kept for one that is asked for, so that a flood of askers costs nothing: it carries its end and our
 * MAC. What is kept until then is that it was answered rightly, which makes it hold once.
 */
export class Challenges {
  readonly #key: Buffer;
  readonly #random: Random;
  /** Nonces that were answered, and when they may be forgotten; oldest first. */
  readonly #used = new Map<string, number>();

  constructor(random: Random) {
    this.#random = random;
    this.#key = random(32);
  }

  /** A new one. */
  make(use: ChallengeUse, nowMs: number): Buffer {
    const head = Buffer.alloc(HEAD);
    this.#random(NONCE).copy(head);
    head.writeUIntBE(nowMs + CHALLENGE_MS, NONCE, ENDS);
    return Buffer.concat([head, this.#mac(head, use)]);
  }

  /** Did we ask this, of these, for this, and not too long ago? `text` is base64url. Uses nothing up. */
  holds(text: string, use: ChallengeUse, nowMs: number): boolean {
    const bytes = Buffer.from(text.slice(0, 200), 'base64url');
    if (bytes.length !== HEAD + MAC || bytes.toString('base64url') !== text) return false;
    const head = bytes.subarray(0, HEAD);
    if (!timingSafeEqual(bytes.subarray(HEAD), this.#mac(head, use))) return false;
    const left = endOf(head) - nowMs;
    return left > 0 && left <= CHALLENGE_MS && !this.#used.has(nonceOf(head)); // more is left of one that is from before the clock was set back
  }

  /** Uses one up that holds, after its answer was found right. Of any number that try at once, one gets true. */
  use(text: string, nowMs: number): boolean {
    for (const [nonce, endsMs] of this.#used) {
      if (endsMs > nowMs) break;
      this.#used.delete(nonce);
    }
    const head = Buffer.from(text, 'base64url');
    const nonce = nonceOf(head);
    if (this.#used.has(nonce)) return false;
    this.#used.set(nonce, endOf(head));
    return true;
  }

  #mac(head: Buffer, { purpose, asked }: ChallengeUse): Buffer {
    return createHmac('sha256', this.#key).update(head).update(`${purpose}\0${asked}`).digest();
  }
}

const endOf = (head: Buffer): number => head.readUIntBE(NONCE, ENDS);

function nonceOf(head: Buffer): string {
  return head.subarray(0, NONCE).toString('base64url');
}
