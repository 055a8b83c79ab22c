import { hash } from 'node:crypto';
import type { RawRecord } from '../core/stages.ts';

/** A sender keeps at most so many messages that were not acknowledged (librelp's window is 128 unless it is configured). */
const KEPT = 1024;
const MARK = ';again';

const SHORT = 256;

interface Sent {
  readonly via: string;
  readonly said: string;
}

/**
 * Knows a message that a sender sent again after its connection was cut before our acknowledgement reached it: the same number and the same
 * bytes, on another connection of the same stream. It is kept as a record, and what was seen is said in its `via`, so that whoever reads the
 * ledger counts as we did.
 */
export class Retransmissions {
  readonly #streams = new Map<string, Map<number, Sent>>();

  /** The record, marked when it was sent before. Only senders that number their messages can send one again. */
  mark(record: RawRecord): RawRecord {
    const { stream, via, sourceSeq, bytes } = record;
    if (sourceSeq === undefined) return record;
    let sent = this.#streams.get(stream);
    if (sent === undefined) {
      sent = new Map();
      this.#streams.set(stream, sent);
    }
    const before = sent.get(sourceSeq);
    const said = keyOf(bytes);
    if (before !== undefined && before.via !== via && before.said === said) return { ...record, via: `${via}${MARK}` };
    sent.delete(sourceSeq);
    sent.set(sourceSeq, { via, said });
    if (sent.size > KEPT) sent.delete(sent.keys().next().value as number);
    return record;
  }
}

/** Was a record with this `via` marked as sent again? */
export function isRetransmission(via: string): boolean {
  return via.endsWith(MARK);
}

/** The bytes as text, or what stands for them: nothing of the block that they came in is kept alive. */
function keyOf(bytes: Uint8Array): string {
  if (bytes.length > SHORT) return hash('sha256', bytes, 'hex');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
