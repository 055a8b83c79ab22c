// Hot path: once per record of a sender that numbers its messages.

/** Messages are remembered in two generations of at most so many, of all streams together (24 bytes each). */
const MOST = 1 << 19;
const FIRST_ROOM = 1 << 10;
const LESS = 0x3c;
const GREATER = 0x3e;
const ZERO = 0x30;
const NINE = 0x39;
const DOT = 0x2e;
const DASH = 0x2d;
const T = 0x54;

/** Keys and whose they are: a table with open addressing, at most half full. */
class Generation {
  #keys = new Float64Array(FIRST_ROOM);
  #sessions = new Uint32Array(FIRST_ROOM);
  size = 0;

  /** Whose the key is; 0 for nobody's. */
  get(key: number): number {
    return this.#sessions[this.#placeOf(key)] as number;
  }

  add(key: number, session: number): void {
    if (2 * this.size >= this.#keys.length) this.#grow();
    this.#put(key, session);
    this.size += 1;
  }

  #placeOf(key: number): number {
    const mask = this.#keys.length - 1;
    let place = key % this.#keys.length;
    while (this.#sessions[place] !== 0 && this.#keys[place] !== key) place = (place + 1) & mask;
    return place;
  }

  #put(key: number, session: number): void {
    const place = this.#placeOf(key);
    this.#keys[place] = key;
    this.#sessions[place] = session;
  }

  #grow(): void {
    const [keys, sessions] = [this.#keys, this.#sessions];
    this.#keys = new Float64Array(2 * keys.length);
    this.#sessions = new Uint32Array(2 * keys.length);
    for (let place = 0; place < keys.length; place += 1)
      if (sessions[place] !== 0) this.#put(keys[place] as number, sessions[place] as number);
  }
}

/** Remembers which session said a message first: half a million messages at least, and a million at most. */
export class SeenMessages {
  readonly #most: number;
  #now = new Generation();
  #before = new Generation();

  constructor(most = MOST) {
    this.#most = most;
  }

  /**
   * Which session said it before? 0: none, and now it is said by this one. `key`: what stands for the message and its stream, a whole number;
   * `session`: a number from 1.
   */
  saidBy(key: number, session: number): number {
    const whose = this.#now.get(key) || this.#before.get(key);
    if (whose !== 0) return whose;
    if (this.#now.size >= this.#most) {
      this.#before = this.#now;
      this.#now = new Generation();
    }
    this.#now.add(key, session);
    return 0;
  }
}

/**
 * Does a message say its time to the microsecond, in its syslog header (RFC 5424 §6.2.3; rsyslog's RSYSLOG_ForwardFormat)? Then no other of
 * its sender has the same bytes, but for one that stands close beside it.
 */
export function isStamped(bytes: Uint8Array): boolean {
  if (bytes[0] !== LESS) return false;
  let at = 2;
  while (at < 5 && bytes[at] !== GREATER) at += 1;
  at += bytes[at + 2] === 0x20 ? 3 : 1; // a version stands before it, or does not
  if (bytes[at + 4] !== DASH || bytes[at + 10] !== T || bytes[at + 19] !== DOT) return false;
  for (let digit = at + 20; digit < at + 26; digit += 1) {
    const byte = bytes[digit] ?? 0;
    if (byte < ZERO || byte > NINE) return false;
  }
  return true;
}
