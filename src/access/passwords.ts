import { hash, type Options, parseOptions, verify } from '@node-rs/argon2';
import { AppError } from '../core/errors.ts';

/** Argon2id, 19 MiB, two passes, one lane: OWASP Password Storage Cheat Sheet, the first of its equal choices for a server with little to spare. */
const POLICY = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const satisfies Options;
const ARGON2ID = 2;

/** Hashes at once, and tries that may wait: 38 MiB, and a few seconds of waiting. */
const AT_ONCE = 2;
const MOST_WAITING = 50;

export const SHORTEST = 12;
/** Whoever sends a book as a password would have us hash it. */
const LONGEST = 256;

/** Every password of this many characters that a guesser tries first is of these. */
const COMMON =
  /^(?:(.{1,4})\1+|(?:password|passwort|letmein|qwerty(?:uiop)?|welcome|administrator|spoor)[\d!.@#$%^&*]*|(?:0?123456789)0?[\d]*)$/i;

/** What came of a comparison. */
export interface Compared {
  readonly isRight: boolean;
  /** The hash of the same password by today's policy, where the old one was made by another; else null. */
  readonly fresh: string | null;
}

/** Why a password is refused; null when it is not. NIST SP 800-63B §3.1.1.2: long, not known, not the name; no rules about signs. */
export function faultOfPassword(password: string, name: string): string | null {
  const plain = password.normalize('NFKC');
  if (plain.length < SHORTEST) return `the password needs ${SHORTEST} characters or more: a few words will do`;
  if (plain.length > LONGEST) return `the password has more than ${LONGEST} characters`;
  const without = plain.toLowerCase().replaceAll(name.toLowerCase(), '');
  if (COMMON.test(plain) || without.length < SHORTEST / 2) return 'this password is among the first that are tried';
  return null;
}

/** Makes and compares hashes, a few at once: a flood of sign-ins waits, and is then refused, before it can take the memory. */
export class Passwords {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  #dummy: Promise<string> | null = null;

  /** Its hash, as argon2 encodes it. Throws E_BUSY when too many wait. */
  hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(plainOf(password), POLICY));
  }

  /**
   * Is it the password of that hash? With null, for whoever has none or is not there, the same work is done, and the answer is no.
   * Throws E_BUSY when too many wait.
   */
  async compare(password: string, hashed: string | null): Promise<Compared> {
    this.#dummy ??= hash('nobody has this password', POLICY);
    const held = hashed ?? (await this.#dummy);
    const isRight = (await this.#inTurn(() => verify(held, plainOf(password)))) && hashed !== null;
    return { isRight, fresh: isRight && isOld(held) ? await this.hash(password) : null };
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= MOST_WAITING)
        throw new AppError('E_BUSY', 'too many sign in at this moment: try again in a few seconds');
      await new Promise<void>((go) => this.#waiting.push(go));
    } else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next(); // its turn is handed on
    }
  }
}

/** The same password is the same bytes, however a keyboard composes its letters; and a long one is cut off, which no right one is. */
const plainOf = (password: string): string => password.slice(0, LONGEST + 1).normalize('NFKC');

function isOld(hashed: string): boolean {
  const { algorithm, memoryCost, timeCost, parallelism } = parseOptions(hashed);
  const same = memoryCost === POLICY.memoryCost && timeCost === POLICY.timeCost && parallelism === POLICY.parallelism;
  return !(same && (algorithm as number) === ARGON2ID);
}
