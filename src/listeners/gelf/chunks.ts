import type { SourceNote } from '../../core/stages.ts';

// Hot path: once per datagram that is a chunk.

/** Magic bytes, message id, sequence number, sequence count (GELF 1.1, "Chunking"). */
const CHUNK_HEADER = 12;
const MOST_CHUNKS = 128;
/** All chunks must come within five seconds of the first, as the specification says; else they are thrown away. */
const WAIT_MS = 5000;
/** Messages that are complete are remembered as long: a chunk that comes again begins none. */
const MOST_DONE = 100_000;
/** What a chunk costs beside its bytes. */
const CHUNK_COST = 256;

/** What chunks may hold in memory. */
export interface ChunkLimits {
  /** The longest message, bytes, before it is unpacked. */
  readonly maxBytes: number;
  /** Bytes of all messages that are not complete. */
  readonly maxHeld: number;
  /** Messages that are not complete, of all senders. */
  readonly maxMessages: number;
}

interface Open {
  readonly pieces: (Buffer | undefined)[];
  readonly sinceMs: number;
  missing: number;
  bytes: number;
  cost: number;
}

/** Puts messages together whose chunks come in any order. A message is its sender's: nobody else's chunks are mixed in. */
export class Chunks {
  readonly #limits: ChunkLimits;
  /** By sender and message id, oldest first. */
  readonly #open = new Map<string, Open>();
  readonly #done = new Map<string, number>();
  readonly #counts = new Map<string, number>();
  #held = 0;

  constructor(limits: ChunkLimits) {
    this.#limits = limits;
  }

  /** What messages hold that are not complete, bytes. */
  get held(): number {
    return this.#held;
  }

  /** Takes a datagram that begins with the magic bytes; gives the message that it completes, or null. Keeps no part of `bytes`. */
  take(bytes: Buffer, sender: string, nowMs: number): Buffer | null {
    const [at = 0, of = 0] = bytes.subarray(10, CHUNK_HEADER);
    if (bytes.length <= CHUNK_HEADER || of === 0 || of > MOST_CHUNKS || at >= of) return this.#no('chunk_malformed');
    const key = `${sender} ${bytes.toString('latin1', 2, 10)}`;
    if (this.#done.has(key)) return this.#no('chunk_repeated');
    const open = this.#open.get(key) ?? this.#begin(key, of, nowMs);
    if (open.pieces.length !== of) return this.#no('chunk_mismatched');
    if (open.pieces[at] !== undefined) return this.#no('chunk_repeated');
    const piece = Buffer.from(bytes.subarray(CHUNK_HEADER)); // a copy: the datagram's buffer may be a large one
    if (open.bytes + piece.length > this.#limits.maxBytes) {
      this.#drop(key, open);
      return this.#no('message_too_long');
    }
    open.pieces[at] = piece;
    open.bytes += piece.length;
    open.cost += piece.length + CHUNK_COST;
    open.missing -= 1;
    this.#held += piece.length + CHUNK_COST;
    if (open.missing > 0) return null;
    this.#drop(key, open);
    this.#remember(key, nowMs);
    return Buffer.concat(open.pieces as Buffer[]);
  }

  /** Lets go of what did not become complete in time, and says what was not taken. */
  check(nowMs: number): readonly SourceNote[] {
    for (const [key, open] of this.#open) {
      if (nowMs - open.sinceMs <= WAIT_MS) break;
      this.#drop(key, open);
      this.#no('chunks_missing');
    }
    for (const [key, sinceMs] of this.#done) {
      if (nowMs - sinceMs <= WAIT_MS) break;
      this.#done.delete(key);
    }
    const notes = [...this.#counts].map(([reason, count]) => ({ ...SAID[reason as Reason], reason, count }));
    this.#counts.clear();
    return notes;
  }

  #begin(key: string, of: number, nowMs: number): Open {
    const { maxMessages, maxHeld } = this.#limits;
    while (this.#open.size >= maxMessages || this.#held > maxHeld) {
      const [oldest] = this.#open;
      if (oldest === undefined) break;
      this.#drop(...oldest);
      this.#no('chunks_displaced');
    }
    const open: Open = { pieces: new Array<Buffer | undefined>(of), sinceMs: nowMs, missing: of, bytes: 0, cost: 0 };
    this.#open.set(key, open);
    return open;
  }

  #drop(key: string, open: Open): void {
    this.#open.delete(key);
    this.#held -= open.cost;
  }

  #remember(key: string, nowMs: number): void {
    if (this.#done.size >= MOST_DONE) this.#done.delete(this.#done.keys().next().value as string);
    this.#done.set(key, nowMs);
  }

  #no(reason: Reason): null {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    return null;
  }
}

type Reason = keyof typeof SAID;

const SAID = {
  chunk_malformed: { kind: 'refused', detail: 'a chunk without a body, or of more than 128, or outside of its count' },
  chunk_mismatched: { kind: 'refused', detail: 'a chunk that gives another count than the first of its message' },
  chunk_repeated: { kind: 'refused', detail: 'chunks that came again: nothing is lost' },
  chunks_missing: { kind: 'lost', detail: 'messages of which not all chunks came within 5 seconds' },
  chunks_displaced: { kind: 'lost', detail: 'messages that were not complete made room for newer ones' },
  message_too_long: { kind: 'refused', detail: 'messages that are longer than "maxMessageBytes"' },
} as const;
