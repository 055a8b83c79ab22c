import type { Batch, Protocol, Remark, Sender } from '../stream/protocol.ts';
import { type FrameLimits, FrameReader, type LumberjackFrames } from './frames.ts';

// Hot path: once per read, and once per event inside.

/**
 * The receiving side of one Lumberjack session, version 2 (github.com/elastic/go-lumber). A window is answered with the sequence number of
 * its last event, as Logstash does, when all of it is durable. A window of none is not answered; an event outside of one is, by itself.
 *
 * A sequence number counts within a window. A record's number counts within the session, so that what a sender sends once more after a cut
 * is known to have been sent before.
 */
export class LumberjackSession implements Protocol, LumberjackFrames {
  readonly acknowledges = true;
  readonly goodbye = '';
  isOpen = false;
  readonly #sender: Sender;
  readonly #frames: FrameReader;
  #into: Batch | null = null;
  #receivedAtUs = 0;
  #number = 0;
  /** Of the window's last event so far; -1 before its first. */
  #sequence = -1;
  #left = 0;
  #remarks: Remark[] = [];

  constructor(sender: Sender, limits: FrameLimits) {
    this.#sender = sender;
    this.#frames = new FrameReader(limits, this);
  }

  get held(): number {
    return this.#frames.held;
  }

  read(chunk: Buffer, receivedAtUs: number, into: Batch): void {
    this.#into = into;
    this.#receivedAtUs = receivedAtUs;
    try {
      this.#frames.push(chunk);
    } finally {
      this.#into = null;
    }
  }

  /** What was not complete was not acknowledged, and comes again. */
  end(): void {}

  takeRemarks(): Remark[] {
    if (this.#remarks.length === 0) return this.#remarks;
    const taken = this.#remarks;
    this.#remarks = [];
    return taken;
  }

  window(events: number): void {
    this.isOpen = true;
    if (this.#left > 0) {
      const detail = `a new window began, and the last lacked ${this.#left} events: a fault of the sender`;
      this.#remarks.push({ kind: 'trouble', reason: 'window', detail });
      if (this.#sequence !== -1) this.#acknowledge(this.#sequence, this.#into as Batch);
    }
    this.#sequence = -1;
    this.#left = events;
  }

  event(sequence: number, json: Buffer): void {
    const into = this.#into as Batch;
    this.isOpen = true;
    this.#number += 1;
    this.#sequence = sequence;
    if (this.#left > 0) this.#left -= 1;
    if (json.length === 0) this.#remarks.push({ kind: 'refused', reason: 'empty' });
    else {
      const { stream, via, peer } = this.#sender;
      const receivedAtUs = this.#receivedAtUs;
      into.records.push({ stream, bytes: json, receivedAtUs, via, peer, sourceSeq: this.#number });
      into.bytes += json.length;
    }
    if (this.#left === 0) this.#acknowledge(sequence, into);
  }

  // Sent when all that the batch holds is durable.
  #acknowledge(sequence: number, into: Batch): void {
    const answer = Buffer.from([0x32, 0x41, 0, 0, 0, 0]); // "2A", then the number
    answer.writeUInt32BE(sequence, 2);
    into.reply += answer.toString('latin1');
  }
}
