import { AppError } from '../../core/errors.ts';
import { SyslogFrames } from '../../core/framing.ts';
import { type Batch, type Protocol, Refusal, type Remark, type Sender } from './protocol.ts';

// Hot path: once per read, and once per message inside.

/** Syslog over a stream (RFC 6587, RFC 5425): messages one way, and no answer. */
export class SyslogStream implements Protocol {
  readonly isOpen = true;
  readonly goodbye = '';
  readonly acknowledges = false;
  readonly #frames: SyslogFrames;
  readonly #sender: Sender;
  #cut: Buffer[] = [];
  #remarks: Remark[] = [];
  #saidMixed = false;

  constructor(sender: Sender, maxBytes: number) {
    this.#sender = sender;
    this.#frames = new SyslogFrames(maxBytes);
  }

  get held(): number {
    return this.#frames.held;
  }

  read(chunk: Buffer, receivedAtUs: number, into: Batch): void {
    try {
      this.#frames.push(chunk, this.#cut);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      throw new Refusal('frame_too_long', `${error.message}; its beginning is kept. maxFrameBytes is the limit`);
    } finally {
      this.#take(receivedAtUs, into);
    }
    if (this.#frames.mixed && !this.#saidMixed) {
      this.#saidMixed = true;
      this.#remarks.push({
        kind: 'trouble',
        reason: 'framing_mixed',
        detail: 'lines and counted messages in one connection',
      });
    }
  }

  end(clean: boolean, receivedAtUs: number, into: Batch): void {
    const rest = this.#frames.end();
    if (rest === null) return;
    const { bytes, length } = rest;
    if (bytes.length > 0) this.#cut.push(bytes);
    this.#take(receivedAtUs, into);
    if (length === bytes.length) return;
    if (length === null && clean)
      this.#remarks.push({
        kind: 'trouble',
        reason: 'unended_line',
        detail: 'the last line had no end; it is kept as it came',
      });
    else {
      const of = length === null ? 'of a line' : `of ${length}`;
      const detail = `the connection ended within a message; ${bytes.length} bytes ${of} are kept`;
      this.#remarks.push({ kind: 'lost', reason: 'cut_frame', detail });
    }
  }

  takeRemarks(): Remark[] {
    if (this.#remarks.length === 0) return this.#remarks;
    const taken = this.#remarks;
    this.#remarks = [];
    return taken;
  }

  #take(receivedAtUs: number, into: Batch): void {
    const { stream, via, peer } = this.#sender;
    for (const bytes of this.#cut) {
      into.records.push({ stream, bytes, receivedAtUs, via, peer });
      into.bytes += bytes.length;
    }
    if (this.#cut.length > 0) this.#cut = [];
  }
}
