import { AppError } from '../../core/errors.ts';
import { HeldBytes } from '../../core/held-bytes.ts';

// Hot path: once per read, and once per frame inside.

const LF = 0x0a;
const SPACE = 0x20;
const ZERO = 0x30;
const MOST_DIGITS = 9;
const LONGEST_COMMAND = 32;

/** Is given each frame. `data` is a slice of what was pushed, or of bytes of its own. */
export interface RelpCommands {
  command(txnr: number, name: string, data: Buffer): void;
}

/**
 * Cuts a RELP stream into frames (librelp, doc/relp.md, "RELP FRAME"): TXNR SP COMMAND SP DATALEN [SP DATA] LF. As librelp does, a space
 * may stand before the end of a frame without data.
 */
export class RelpFrames {
  readonly #maxBytes: number;
  readonly #commands: RelpCommands;
  readonly #held = new HeldBytes();
  #need = 0;
  // Where the number or word ended that was read last.
  #end = 0;

  /** `maxBytes`: the most data in one frame. */
  constructor(maxBytes: number, commands: RelpCommands) {
    this.#maxBytes = maxBytes;
    this.#commands = commands;
  }

  get held(): number {
    return this.#held.length;
  }

  /** Throws E_TOO_LARGE for a frame over the limit and E_MALFORMED for what is no frame: the stream is lost. */
  push(chunk: Buffer): void {
    if (this.#held.length > 0 && this.#held.length + chunk.length < this.#need) {
      this.#held.append(chunk);
      return;
    }
    const bytes = this.#held.takeWith(chunk);
    let at = 0;
    while (at < bytes.length) {
      const end = this.#frame(bytes, at);
      if (end === at) {
        this.#held.append(bytes.subarray(at));
        return;
      }
      at = end;
    }
  }

  /** Gives the offset after the frame; `at` when it is not complete. */
  #frame(bytes: Buffer, at: number): number {
    const txnr = this.#number(bytes, at);
    if (txnr !== -1 && bytes[this.#end] !== SPACE) throw broken(bytes, at);
    const name = txnr === -1 ? '' : this.#word(bytes, this.#end + 1);
    const length = name === '' ? -1 : this.#number(bytes, this.#end + 1);
    if (length === -1) return this.#wait(at, bytes.length + 1);
    if (length > this.#maxBytes) throw new AppError('E_TOO_LARGE', `a frame that says it has ${length} bytes`);
    const data = bytes[this.#end] === SPACE ? this.#end + 1 : this.#end;
    if (length > 0 && data === this.#end) throw broken(bytes, at);
    const end = data + length;
    if (end >= bytes.length) return this.#wait(at, end + 1);
    if (bytes[end] !== LF) throw broken(bytes, at);
    this.#commands.command(txnr, name, bytes.subarray(data, end));
    return end + 1;
  }

  #wait(at: number, need: number): number {
    this.#need = need - at;
    return at;
  }

  /** A number of up to nine digits that a space or a line's end follows; -1 when more has to come. */
  #number(bytes: Buffer, at: number): number {
    let value = 0;
    for (let digits = 0; digits <= MOST_DIGITS; digits++) {
      const byte = bytes[at + digits];
      if (byte === undefined) return -1;
      if (digits > 0 && (byte === SPACE || byte === LF)) {
        this.#end = at + digits;
        return value;
      }
      const digit = byte - ZERO;
      if (digit < 0 || digit > 9) throw broken(bytes, at);
      value = value * 10 + digit;
    }
    throw broken(bytes, at);
  }

  /** A word of up to 32 letters that a space follows; empty when more has to come. */
  #word(bytes: Buffer, at: number): string {
    for (let letters = 0; letters <= LONGEST_COMMAND; letters++) {
      const byte = bytes[at + letters];
      if (byte === undefined) return '';
      if (byte === SPACE && letters > 0) {
        this.#end = at + letters;
        return bytes.toString('latin1', at, at + letters);
      }
      const letter = byte | 0x20;
      if (letter < 0x61 || letter > 0x7a) throw broken(bytes, at);
    }
    throw broken(bytes, at);
  }
}

const broken = (bytes: Buffer, at: number): AppError =>
  new AppError(
    'E_MALFORMED',
    `no RELP frame: ${JSON.stringify(bytes.toString('latin1', at, Math.min(at + 40, bytes.length)))}`,
  );
