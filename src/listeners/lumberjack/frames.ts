import { inflateSync } from 'node:zlib';
import { HeldBytes } from '../../core/held-bytes.ts';
import { Refusal } from '../stream/protocol.ts';

// Hot path: once per read, and once per frame inside.

const VERSION = 0x32; // '2'
const WINDOW = 0x57; // 'W': how many events follow until we answer
const JSON_EVENT = 0x4a; // 'J': sequence number, length, JSON
const COMPRESSED = 0x43; // 'C': length, zlib of frames
const DATA = 0x44; // 'D': an event of version 1, as names and values

/** Frames that one read may give: a compressed frame of some kilobytes can hold millions, and all others would wait for them. */
const MOST_FRAMES = 65_536;

/** Is given what frames say. `json` is a slice of what was pushed, or of bytes of its own. */
export interface LumberjackFrames {
  window(events: number): void;
  event(sequence: number, json: Buffer): void;
}

/** How much one frame may hold. */
export interface FrameLimits {
  /** The longest event, bytes. */
  readonly maxEvent: number;
  /** The longest compressed frame, bytes, packed as well as unpacked. */
  readonly maxCompressed: number;
}

/** Cuts a Lumberjack stream of version 2 into frames (github.com/elastic/go-lumber, protocol/v2). */
export class FrameReader {
  readonly #limits: FrameLimits;
  readonly #frames: LumberjackFrames;
  readonly #held = new HeldBytes();
  #need = 0;
  /** Frames of this read. */
  #count = 0;

  constructor(limits: FrameLimits, frames: LumberjackFrames) {
    this.#limits = limits;
    this.#frames = frames;
  }

  /** Bytes of a frame that is not complete. */
  get held(): number {
    return this.#held.length;
  }

  /** Throws a Refusal for what is no frame, or passes a limit: the stream is lost. */
  push(chunk: Buffer): void {
    if (this.#held.length > 0 && this.#held.length + chunk.length < this.#need) {
      this.#held.append(chunk);
      return;
    }
    this.#count = 0;
    const bytes = this.#held.takeWith(chunk);
    const at = this.#cut(bytes, false);
    if (at < bytes.length) this.#held.append(bytes.subarray(at));
  }

  /** Gives the offset after the last whole frame. */
  #cut(bytes: Buffer, isUnpacked: boolean): number {
    let at = 0;
    while (at < bytes.length) {
      const size = this.#frame(bytes, at, isUnpacked);
      if (at + size > bytes.length) {
        this.#need = size;
        return at;
      }
      at += size;
      this.#count += 1;
      if (this.#count > MOST_FRAMES) throw tooMany();
    }
    return at;
  }

  /** The size of the frame at `at`, as far as it can be told; it was handed over when all of it is there. */
  #frame(bytes: Buffer, at: number, isUnpacked: boolean): number {
    if (bytes[at] !== VERSION) throw noVersion(bytes[at] as number);
    const kind = bytes[at + 1];
    if (kind === undefined) return 2;
    if (kind === WINDOW) return this.#window(bytes, at);
    if (kind === JSON_EVENT) return this.#event(bytes, at);
    if (kind === COMPRESSED && !isUnpacked) return this.#compressed(bytes, at);
    throw new Refusal('protocol', wrongFrame(kind));
  }

  #window(bytes: Buffer, at: number): number {
    if (bytes.length - at >= 6) this.#frames.window(bytes.readUInt32BE(at + 2));
    return 6;
  }

  #event(bytes: Buffer, at: number): number {
    if (bytes.length - at < 10) return 10;
    const length = bytes.readUInt32BE(at + 6);
    const { maxEvent } = this.#limits;
    if (length > maxEvent)
      throw new Refusal('frame_too_long', `an event of ${length} bytes: "maxFrameBytes" is ${maxEvent}`);
    const end = at + 10 + length;
    if (end <= bytes.length) this.#frames.event(bytes.readUInt32BE(at + 2), bytes.subarray(at + 10, end));
    return 10 + length;
  }

  #compressed(bytes: Buffer, at: number): number {
    if (bytes.length - at < 6) return 6;
    const length = bytes.readUInt32BE(at + 2);
    const { maxCompressed } = this.#limits;
    if (length > maxCompressed)
      throw new Refusal('frame_too_long', `compressed, ${length} bytes: "maxCompressedBytes" is ${maxCompressed}`);
    const end = at + 6 + length;
    if (end <= bytes.length) this.#unpack(bytes.subarray(at + 6, end));
    return 6 + length;
  }

  #unpack(packed: Buffer): void {
    const { maxCompressed } = this.#limits;
    let frames: Buffer;
    try {
      frames = inflateSync(packed, { maxOutputLength: maxCompressed });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE')
        throw new Refusal('packing', 'a compressed frame is damaged: it is no zlib');
      const advice = 'lower bulk_max_size at the sender, or raise "maxCompressedBytes"';
      throw new Refusal('frame_too_long', `a compressed frame holds more than ${maxCompressed} bytes: ${advice}`);
    }
    if (this.#cut(frames, true) < frames.length)
      throw new Refusal('protocol', 'a compressed frame ends within a frame that it holds');
  }
}

const noVersion = (byte: number): Refusal =>
  byte === 0x31
    ? new Refusal('version', 'Lumberjack version 1 is not spoken here: use Beats, or Logstash 5 or later (version 2)')
    : new Refusal('protocol', `no Lumberjack: a frame begins with byte ${byte}${byte === 0x16 ? ' (TLS)' : ''}`);

const tooMany = (): Refusal =>
  new Refusal('too_many_frames', `more than ${MOST_FRAMES} frames at once: lower bulk_max_size at the sender`);

const wrongFrame = (kind: number): string =>
  kind === DATA
    ? 'an event of version 1 in a frame of version 2'
    : `no Lumberjack: a frame of kind ${JSON.stringify(String.fromCharCode(kind))}`;
