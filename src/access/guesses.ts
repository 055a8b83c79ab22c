import { createHmac } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { parseIp, textOfV6 } from '../core/ip.ts';

// Guessing is slowed down by name and by address. What is remembered has a fixed size: a flood of names or addresses can push nobody out.

/** Slots of a sketch; each guess stands in one of each row, and counts by the least of them (a count-min sketch, Cormode and Muthukrishnan 2005). */
const SLOTS = 1 << 14;
const ROWS = 3;

/** Wrong tries that cost nothing; one is forgotten each `forgetMs`. Then the wait doubles with each, up to `mostMs`. */
interface Slowness {
  readonly free: number;
  readonly forgetMs: number;
  readonly mostMs: number;
}

/** Of a name the wait is short, as anybody can cause it to anybody; of an address it may be long. */
const BY_NAME: Slowness = { free: 5, forgetMs: 5 * 60_000, mostMs: 60_000 };
const BY_ADDRESS: Slowness = { free: 20, forgetMs: 60_000, mostMs: 15 * 60_000 };
/** Of a second factor: whoever is there knows the password. */
const BY_CODE: Slowness = { free: 5, forgetMs: 15 * 60_000, mostMs: 15 * 60_000 };

const MOST_WELL_KNOWN = 5000;

class Sketch {
  readonly #slowness: Slowness;
  readonly #key: Buffer;
  readonly #levels = new Float64Array(SLOTS * ROWS);
  readonly #atMs = new Float64Array(SLOTS * ROWS);

  constructor(slowness: Slowness, key: Buffer) {
    this.#slowness = slowness;
    this.#key = key;
  }

  /** Milliseconds that whoever this is has yet to wait. */
  waitMs(who: string, nowMs: number): number {
    const { free, mostMs } = this.#slowness;
    let wait = Number.POSITIVE_INFINITY;
    for (const slot of this.#slots(who)) {
      const over = this.#level(slot, nowMs) - free;
      const pause = over < 0 ? 0 : Math.min(mostMs, 1000 * 2 ** Math.floor(over));
      wait = Math.min(wait, pause - this.#passed(slot, nowMs));
    }
    return Math.max(0, wait);
  }

  add(who: string, nowMs: number): void {
    for (const slot of this.#slots(who)) {
      this.#levels[slot] = this.#level(slot, nowMs) + 1;
      this.#atMs[slot] = nowMs;
    }
  }

  /** Takes back what was added once. */
  takeBack(who: string): void {
    for (const slot of this.#slots(who)) this.#levels[slot] = Math.max(0, (this.#levels[slot] ?? 0) - 1);
  }

  #level(slot: number, nowMs: number): number {
    return Math.max(0, (this.#levels[slot] ?? 0) - this.#passed(slot, nowMs) / this.#slowness.forgetMs);
  }

  /** Since the slot's last try. When the clock was set back it begins anew: nobody waits for what the clock said before. */
  #passed(slot: number, nowMs: number): number {
    const atMs = Math.min(this.#atMs[slot] ?? 0, nowMs);
    this.#atMs[slot] = atMs;
    return nowMs - atMs;
  }

  /** By a key that nobody knows, so that nobody can find names that share another's slots. */
  #slots(who: string): number[] {
    const mark = createHmac('sha256', this.#key).update(who).digest();
    return Array.from({ length: ROWS }, (_, row) => row * SLOTS + (mark.readUInt32LE(row * 4) % SLOTS));
  }
}

/** What is tried: a password of a name, or a code of somebody whose password was right. */
export type Guessed = 'password' | 'code';

/** Slows guessing down, by name and by address, and says nothing about which names there are. */
export class Guesses {
  readonly #names: Readonly<Record<Guessed, Sketch>>;
  readonly #addresses: Sketch;
  /** Where a name signed in from before: strangers that guess at it elsewhere do not lock its owner out there. */
  readonly #wellKnown = new Set<string>();

  /** `key`: random bytes. */
  constructor(key: Buffer) {
    this.#names = { password: new Sketch(BY_NAME, key), code: new Sketch(BY_CODE, key) };
    this.#addresses = new Sketch(BY_ADDRESS, key);
  }

  /**
   * Counts a try before it is looked at, so that many at once are many. Throws E_BUSY with the seconds to wait, and counts nothing then.
   * Gives what takes the try back when it was right, or, with `unanswered`, when nobody found out whether it was.
   */
  begin(guessed: Guessed, name: string, address: string, nowMs: number): (why?: 'right' | 'unanswered') => void {
    const place = neighbourhoodOf(address);
    const pair = `${name} ${place}`;
    const who = this.#wellKnown.has(pair) ? pair : name;
    const wait = Math.max(this.#names[guessed].waitMs(who, nowMs), this.#addresses.waitMs(place, nowMs));
    if (wait > 0) throw new AppError('E_BUSY', `too many wrong tries: wait ${Math.ceil(wait / 1000)} s, and try again`);
    this.#names[guessed].add(who, nowMs);
    this.#addresses.add(place, nowMs);
    return (why = 'right') => {
      this.#names[guessed].takeBack(who);
      this.#addresses.takeBack(place);
      if (why === 'right') this.#know(pair);
    };
  }

  #know(pair: string): void {
    this.#wellKnown.delete(pair);
    this.#wellKnown.add(pair);
    if (this.#wellKnown.size > MOST_WELL_KNOWN) this.#wellKnown.delete(this.#wellKnown.values().next().value ?? '');
  }
}

/** Of an IPv6 address anybody has a whole /64. */
function neighbourhoodOf(address: string): string {
  const ip = parseIp(address);
  if (ip === null) return address;
  return ip.version === 4 ? ip.text : textOfV6([ip.words[0], ip.words[1], 0, 0]);
}
