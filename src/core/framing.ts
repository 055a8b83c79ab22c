import { AppError } from './errors.ts';
import { HeldBytes } from './held-bytes.ts';

// Hot path: once per read, and once per frame inside.

const NUL = 0x00;
const LF = 0x0a;
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
const LESS_THAN = 0x3c;
const MOST_DIGITS = 7;

/**
 * What the stream has shown so far. `unknown`: nothing yet. `counted`: every frame so far had its length before it, so a length is believed.
 * `lines`: some frame ended with a line feed or NUL; from then on a length is believed only where nothing could be hidden by it.
 */
type Shown = 'unknown' | 'counted' | 'lines';

/** The rest of a stream that ended within a frame. */
export interface CutFrame {
  /** The frame's bytes, without the length that was before them. */
  readonly bytes: Buffer;
  /** How many bytes it should have had; null for a line, of which nobody knows. */
  readonly length: number | null;
}

/**
 * Cuts a syslog stream into messages (RFC 6587 §3.4, RFC 5425 §4.3): octet counting ("5 hello") and non-transparent framing, where LF or
 * NUL ends a message. Which it is, is told at the start of each frame, so that a line that begins with a number stays a line. Empty frames
 * are skipped. What comes out does not depend on how the stream was cut into chunks.
 *
 * In a stream of lines a length is believed only before "<", and only when no line ends within: otherwise a line feed in a message, with a
 * length after it, would swallow the lines that follow.
 */
export class SyslogFrames {
  readonly #maxBytes: number;
  readonly #held = new HeldBytes();
  #shown: Shown = 'unknown';
  /** Held bytes are looked at again when there are so many of them… */
  #need = 0;
  /** …or when a line's end comes. */
  #lineEnds = false;
  // The next line feed and NUL of the bytes that are being cut.
  #lf = -1;
  #nul = -1;
  /** Frames of both kinds came in this stream. */
  mixed = false;

  /** `maxBytes`: the longest message. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of a frame that is not complete. */
  get held(): number {
    return this.#held.length;
  }

  /**
   * Adds what `chunk` completes to `frames`; they are slices of it or of bytes of their own. Throws E_TOO_LARGE for a frame over the limit:
   * frames before it were added, the stream is lost, and `end` gives the frame's beginning.
   */
  push(chunk: Buffer, frames: Buffer[]): void {
    if (this.#held.length > 0 && this.#held.length + chunk.length < this.#need && !this.#endsLine(chunk)) {
      this.#held.append(chunk);
      this.#checkHeld();
      return;
    }
    const bytes = this.#held.takeWith(chunk);
    const rest = this.#cut(bytes, frames);
    if (rest === bytes.length) return;
    this.#held.append(bytes.subarray(rest));
    this.#checkHeld();
  }

  /** The stream has ended, or is lost: what was left within a frame, or null. A frame that was too large is cut to the limit. */
  end(): CutFrame | null {
    if (this.#held.length === 0) return null;
    const bytes = this.#held.take();
    const length = countOf(bytes, 0);
    if (length === -1 || length === null || this.#need === Infinity) return { bytes, length: null };
    const rest = bytes.subarray(bytes.indexOf(SPACE) + 1);
    const counted = this.#shown === 'counted' || (this.#shown === 'unknown' && rest[0] === LESS_THAN);
    return counted || rest.length === length ? { bytes: rest, length } : { bytes, length: null };
  }

  #endsLine(chunk: Buffer): boolean {
    return this.#lineEnds && (chunk.includes(LF) || chunk.includes(NUL));
  }

  #checkHeld(): void {
    if (this.#need === Infinity && this.#held.length > this.#maxBytes)
      throw tooLarge(`a line of over ${this.#maxBytes} bytes`);
  }

  #wait(need: number, lineEnds: boolean): void {
    this.#need = need;
    this.#lineEnds = lineEnds;
  }

  #refuse(frame: Buffer, what: string): never {
    this.#held.append(frame.subarray(0, this.#maxBytes));
    this.#wait(Infinity, true);
    throw tooLarge(what);
  }

  /** Where the next LF or NUL is, from `at` on; Infinity for nowhere. No byte is searched twice, whatever the stream says. */
  #nextEnd(bytes: Buffer, at: number): number {
    if (this.#lf < at) this.#lf = after(bytes, LF, at);
    if (this.#nul < at) this.#nul = after(bytes, NUL, at);
    return Math.min(this.#lf, this.#nul);
  }

  /** Gives the offset of the first frame that is not complete. */
  #cut(bytes: Buffer, frames: Buffer[]): number {
    this.#lf = -1;
    this.#nul = -1;
    let at = 0;
    while (at < bytes.length) {
      const first = bytes[at] as number;
      if (first === LF || first === NUL) {
        at += 1;
        continue;
      }
      let end = isDigit(first) ? this.#counted(bytes, at, frames) : -1;
      if (end === -1) end = this.#line(bytes, at, frames);
      if (end === at) return at;
      at = end;
    }
    return at;
  }

  /** Takes a line. Gives the offset after its end; `at` when its end has not come. */
  #line(bytes: Buffer, at: number, frames: Buffer[]): number {
    const end = this.#nextEnd(bytes, at);
    if (end === Infinity) {
      this.#wait(Infinity, true);
      return at;
    }
    if (end - at > this.#maxBytes) this.#refuse(bytes.subarray(at, end), `a line of ${end - at} bytes`);
    if (this.#shown === 'counted') this.mixed = true;
    this.#shown = 'lines';
    frames.push(bytes.subarray(at, end));
    return end + 1;
  }

  /** Takes a frame with its length before it. Gives its end; `at` when more has to come before it can be told; -1 for a line. */
  #counted(bytes: Buffer, at: number, frames: Buffer[]): number {
    const length = countOf(bytes, at);
    if (length === -1) return -1;
    const body = length === null ? bytes.length : bytes.indexOf(SPACE, at) + 1;
    if (length === null || (body === bytes.length && this.#shown !== 'counted')) {
      this.#wait(bytes.length - at + 1, false);
      return at;
    }
    const believed = this.#shown === 'counted' || (this.#shown === 'unknown' && bytes[body] === LESS_THAN);
    if (!believed) return this.#doubted(bytes, at, body, length, frames);
    if (length > this.#maxBytes) this.#refuse(bytes.subarray(at), `a frame that says it has ${length} bytes`);
    const end = body + length;
    if (end > bytes.length) {
      this.#wait(end - at, false);
      return at;
    }
    this.#shown = 'counted';
    frames.push(bytes.subarray(body, end));
    return end;
  }

  // In a stream of lines a length needs "<" after it. At the very start, without "<", it needs the next frame's length after the message.
  #doubted(bytes: Buffer, at: number, body: number, length: number, frames: Buffer[]): number {
    const begins = bytes[body] === LESS_THAN;
    if (length > this.#maxBytes || (this.#shown === 'lines' && !begins)) return -1;
    const end = body + length;
    if (this.#nextEnd(bytes, body) < end - 1) return -1;
    const need = begins ? end : end + 1;
    if (need > bytes.length) {
      this.#wait(need - at, true);
      return at;
    }
    if (!begins && !isDigit(bytes[end])) return -1;
    if (this.#shown === 'unknown') this.#shown = 'counted';
    else this.mixed = true;
    frames.push(bytes.subarray(body, end));
    return end;
  }
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte > ZERO && byte <= NINE;

function after(bytes: Buffer, byte: number, at: number): number {
  const found = bytes.indexOf(byte, at);
  return found === -1 ? Infinity : found;
}

/** The number that stands before a space at `at`; null when more bytes have to come, -1 when there is none. */
function countOf(bytes: Buffer, at: number): number | null {
  let count = 0;
  for (let digits = 0; digits <= MOST_DIGITS; digits++) {
    const byte = bytes[at + digits];
    if (byte === undefined) return null;
    if (byte === SPACE && digits > 0) return count;
    if (byte < ZERO || byte > NINE || (digits === 0 && byte === ZERO)) return -1;
    count = count * 10 + byte - ZERO;
  }
  return -1;
}

const tooLarge = (what: string): AppError => new AppError('E_TOO_LARGE', what);
