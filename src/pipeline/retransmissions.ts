import { randomBytes } from 'node:crypto';
import type { RawRecord } from '../core/stages.ts';
import { KeyRing } from './key-ring.ts';
import { isStamped, SeenMessages } from './seen-messages.ts';

// Hot path: once per record of a sender that numbers its messages.

/** A sender keeps at most so many messages that were not acknowledged (librelp's window is 128 unless it is configured). */
const KEPT = 1024;
/** Sessions of one stream that are remembered, and messages of all of them. */
const SESSIONS = 16;
const STREAM_KEPT = 2 * KEPT;
/** Streams that are remembered: those that opened a session last. */
const STREAMS = 10_000;
/** Messages of one microsecond stand no further from each other. */
const NEAR = 64;
const MARK = ';again';

/** A place in what a session said. */
interface Place {
  readonly of: Session;
  at: number;
}

/** One connection of a sender, from its first message on. */
interface Session {
  readonly number: number;
  readonly via: string;
  /** What it said last, of its end. */
  readonly keys: KeyRing;
  lastSeq: number;
  /** While all that it said was said before it: where in earlier sessions that may have been, next. Null from its first new message on. */
  places: Place[] | null;
  /** The place of its first new message. */
  firstNew: number;
  /** A session that began after it, and what of that may be said here as well: read late, when the same had come over the new one. */
  newer: Place | null;
}

interface Stream {
  /** Added to what stands for its messages where those of all streams are. */
  readonly salt: number;
  /** In the order in which they began. */
  readonly sessions: Session[];
}

/**
 * Knows messages that a sender sent again after its connection was cut before our acknowledgement reached it. librelp then sends all that was
 * not acknowledged once more at the beginning of the next session, in order and under new numbers (relpsess.c, relpSessTryReestablish). So
 * what a new session begins with was sent before when an earlier session of the stream ended with it: a run of the same messages that goes
 * up to that session's end. Of runs that fit, the longest counts: identical lines just before a cut may be taken for each other.
 *
 * rsyslog itself gives librelp some message once more, at any time after a cut: its queue takes each as sent when the next one was (omrelp.c,
 * doAction: RS_RET_PREVIOUS_COMMITTED), and a queue that is read from the disk after a crash begins some way back; where the cut came before
 * anything was said, that is in one session. Such a one is known where it says its time to the microsecond: then the same bytes are the same
 * message, or stand beside each other.
 *
 * Each is kept as a record; what was seen is said in its `via`, so that whoever reads the ledger counts as we did.
 */
export class Retransmissions {
  readonly #streams = new Map<string, Stream>();
  readonly #seen = new SeenMessages();
  #sessions = 0;
  readonly #keyOf = keyed(randomBytes(8));

  /** The record, marked when it was sent before. Only senders that number their messages can send one again. */
  mark(record: RawRecord): RawRecord {
    const { stream, sourceSeq, bytes } = record;
    if (sourceSeq === undefined) return record;
    const marked = isRetransmission(record.via);
    const via = marked ? record.via.slice(0, -MARK.length) : record.via;
    const key = this.#keyOf(bytes);
    const known = this.#streamOf(stream);
    const session = this.#sessionOf(stream, known, { via, seq: sourceSeq, key });
    const inOrder = session.places === null ? cameOverNewer(session, key) : wasSaid(session, key);
    const isAgain = (isStamped(bytes) && this.#wasSeen(key, known, session)) || inOrder;
    session.lastSeq = sourceSeq;
    session.keys.push(key);
    return isAgain && !marked ? { ...record, via: `${via}${MARK}` } : record;
  }

  #wasSeen(key: number, { salt }: Stream, { number, keys }: Session): boolean {
    const whose = this.#seen.saidBy(key + salt, number);
    if (whose !== number) return whose !== 0; // sessions are numbered from 1: 0 is nobody
    for (let at = Math.max(keys.begin, keys.end - NEAR); at < keys.end; at += 1) if (keys.at(at) === key) return false;
    return true;
  }

  /** The sender took its leave: it has our acknowledgements of all, and sends nothing of this session again. */
  closed(via: string): void {
    for (const { sessions } of this.#streams.values()) {
      const at = sessions.findIndex((session) => session.via === via);
      if (at >= 0) sessions.splice(at, 1);
    }
  }

  #streamOf(name: string): Stream {
    return this.#streams.get(name) ?? { salt: randomBytes(6).readUIntLE(0, 6), sessions: [] };
  }

  #sessionOf(name: string, stream: Stream, { via, seq, key }: { via: string; seq: number; key: number }): Session {
    const { sessions } = stream;
    for (let at = sessions.length - 1; at >= 0; at -= 1) {
      const session = sessions[at] as Session;
      if (session.via !== via) continue;
      if (session.lastSeq < seq) return session;
      break; // numbered from its beginning: another session, from the same port
    }
    this.#sessions += 1;
    const session: Session = {
      number: this.#sessions,
      via,
      keys: new KeyRing(KEPT),
      lastSeq: -1,
      places: sessions.flatMap((of) => placesOf(of, key)),
      firstNew: 0,
      newer: null,
    };
    for (const before of sessions) before.newer = { of: session, at: -1 };
    this.#begin(name, stream, session);
    return session;
  }

  #begin(name: string, stream: Stream, session: Session): void {
    const { sessions } = stream;
    sessions.push(session);
    let kept = sessions.reduce((sum, { keys }) => sum + keys.length, 0);
    while (sessions.length > SESSIONS || (kept > STREAM_KEPT && sessions.length > 2))
      kept -= sessions.shift()?.keys.length ?? 0;
    this.#streams.delete(name);
    this.#streams.set(name, stream);
    if (this.#streams.size > STREAMS) this.#streams.delete(this.#streams.keys().next().value as string);
  }
}

/** Was a record with this `via` marked as sent again? */
export function isRetransmission(via: string): boolean {
  return via.endsWith(MARK);
}

function placesOf(of: Session, key: number): Place[] {
  const places: Place[] = [];
  for (let at = of.keys.begin; at < of.keys.end; at += 1) if (of.keys.at(at) === key) places.push({ of, at });
  return places;
}

/** Goes on along all runs that still fit; false for the session's first new message. */
function wasSaid(session: Session, key: number): boolean {
  const places = (session.places as Place[]).filter(({ of, at }) => of.keys.at(at) === key);
  if (places.length > 0) {
    for (const place of places) place.at += 1;
    session.places = places;
    return true;
  }
  session.places = null;
  session.firstNew = session.keys.end;
  return false;
}

/** Did the message come over a newer session already, before this one was read to its end? */
function cameOverNewer(session: Session, key: number): boolean {
  const { newer } = session;
  if (newer === null || newer.of.places !== null) return false;
  if (newer.at < 0) newer.at = newer.of.firstNew;
  if (newer.of.keys.at(newer.at) === key) {
    newer.at += 1;
    return true;
  }
  session.newer = null; // it goes on beside the other
  return false;
}

/** What stands for the bytes of a message: 52 bits that nobody can foretell who does not know the secret. */
function keyed(secret: Buffer): (bytes: Uint8Array) => number {
  const [a, b] = [secret.readInt32LE(0), secret.readInt32LE(4)];
  return (bytes) => {
    let one = a ^ bytes.length;
    let two = b;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      one = Math.imul(one ^ byte, 0x85ebca6b);
      one ^= one >>> 15;
      two = Math.imul(two + byte, 0xc2b2ae35);
      two ^= two >>> 13;
    }
    return (one >>> 0) * 0x100000 + ((two >>> 0) & 0xfffff);
  };
}
