import type { Batch, Protocol, Remark, Sender } from '../stream/protocol.ts';
import { type FrameLimits, FrameReader, type LumberjackFrames } from './frames.ts';

// Hot path: once per read, and once per event inside.

const CUT_WINDOW = 'a new window began, and the last lacked events: a fault of the sender';

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
  /** Events without a byte, and windows that were not full when the next began. */
  #empty = 0;
  #cutWindows = 0;

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
    const remarks: Remark[] = [];
    if (this.#empty > 0) remarks.push({ kind: 'refused', reason: 'empty', count: this.#empty });
    if (this.#cutWindows > 0)
      remarks.push({ kind: 'trouble', reason: 'window', count: this.#cutWindows, detail: CUT_WINDOW });
    this.#empty = 0;
    this.#cutWindows = 0;
    return remarks;
  }

  window(events: number): void {
    this.isOpen = true;
    if (this.#left > 0) {
      this.#cutWindows += 1;
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
    if (json.length === 0) this.#empty += 1;
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
