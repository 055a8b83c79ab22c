import { HeldBytes } from '../../core/held-bytes.ts';
import { type Batch, type Protocol, Refusal, type Remark, type Sender } from '../stream/protocol.ts';

// Hot path: once per read, and once per message inside.

const NUL = 0x00;
const BLANK = /^[ \t\r\n]*$/;
const LONGEST_BLANK = 16;

/** GELF over a stream: JSON, and a NUL after each message; nothing is packed (GELF 1.1, "GELF via TCP"). There is no answer. */
export class GelfStream implements Protocol {
  readonly isOpen = true;
  readonly goodbye = '';
  readonly acknowledges = false;
  readonly #sender: Sender;
  readonly #maxBytes: number;
  readonly #open = new HeldBytes();
  #remarks: Remark[] = [];

  constructor(sender: Sender, maxBytes: number) {
    this.#sender = sender;
    this.#maxBytes = maxBytes;
  }

  get held(): number {
    return this.#open.length;
  }

  read(chunk: Buffer, receivedAtUs: number, into: Batch): void {
    let from = 0;
    for (let end = chunk.indexOf(NUL); end !== -1; end = chunk.indexOf(NUL, from)) {
      this.#check(chunk.subarray(from, end));
      this.#add(this.#open.takeWith(chunk.subarray(from, end)), receivedAtUs, into);
      from = end + 1;
    }
    if (from === chunk.length) return;
    const rest = chunk.subarray(from);
    this.#check(rest);
    this.#open.append(rest);
  }

  end(clean: boolean, receivedAtUs: number, into: Batch): void {
    const rest = this.#open.take();
    if (!this.#add(rest, receivedAtUs, into)) return;
    const detail = `${rest.length} bytes without a NUL after them; they are kept as they came`;
    this.#remarks.push(
      clean ? { kind: 'trouble', reason: 'unended_message', detail } : { kind: 'lost', reason: 'cut_frame', detail },
    );
  }

  takeRemarks(): Remark[] {
    if (this.#remarks.length === 0) return this.#remarks;
    const taken = this.#remarks;
    this.#remarks = [];
    return taken;
  }

  #check(more: Buffer): void {
    const room = this.#maxBytes - this.#open.length;
    if (more.length <= room) return;
    this.#open.append(more.subarray(0, room)); // `end` gives it
    throw new Refusal(
      'frame_too_long',
      `no NUL within ${this.#maxBytes} bytes: end each message with one, or raise "maxFrameBytes"; the beginning is kept`,
    );
  }

  /** False for what is no message: senders that end it with a line feed and a NUL, or with two. */
  #add(bytes: Buffer, receivedAtUs: number, into: Batch): boolean {
    if (bytes.length <= LONGEST_BLANK && BLANK.test(bytes.toString('latin1'))) return false;
    const { stream, via, peer } = this.#sender;
    into.records.push({ stream, bytes, receivedAtUs, via, peer });
    into.bytes += bytes.length;
    return true;
  }
}
