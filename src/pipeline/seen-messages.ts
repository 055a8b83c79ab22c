// Hot path: once per record of a sender that numbers its messages.

/** A power of two: about so many messages are remembered, of all streams together (12 bytes each). */
const ROOM = 1 << 18;
const LESS = 0x3c;
const GREATER = 0x3e;
const ZERO = 0x30;
const NINE = 0x39;
const DOT = 0x2e;
const DASH = 0x2d;
const T = 0x54;

/** Remembers which session said a message first. One that was long ago is forgotten: its place goes to another. */
export class SeenMessages {
  readonly #keys = new Float64Array(ROOM);
  readonly #sessions = new Uint32Array(ROOM);

  /** Did another session say it? `key`: what stands for the message and its stream; `session`: a number from 1. */
  isOfAnother(key: number, session: number): boolean {
    const place = key % ROOM;
    if (this.#keys[place] === key && this.#sessions[place] !== 0) return this.#sessions[place] !== session;
    this.#keys[place] = key;
    this.#sessions[place] = session;
    return false;
  }
}

/**
 * Does a message say its time to the microsecond, in its syslog header (RFC 5424 §6.2.3; rsyslog's RSYSLOG_ForwardFormat)? Then no other of
 * its sender has the same bytes.
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
