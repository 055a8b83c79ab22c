import * as z from 'zod';
import { defineSource, type SourceNote } from '../core/stages.ts';
import { Chunks } from './gelf/chunks.ts';
import { unpack } from './gelf/unpack.ts';
import { type Datagrams, serveDatagrams, udpSettings } from './udp/serve.ts';

const MIB = 1 << 20;

/**
 * GELF 1.1 over UDP: plain, gzip or zlib, in one datagram or in up to 128 chunks. A record is the message's JSON, unpacked. Whoever sends is
 * not authenticated, and what is lost on the way nobody knows: prefer gelf-http.
 */
export default defineSource({
  name: 'gelf-udp',
  isUnacknowledged: true,
  config: z.strictObject({
    ...udpSettings(12_201),
    maxMessageBytes: z
      .int()
      .min(1024)
      .max(16 * MIB)
      .default(MIB)
      .describe('The longest message, bytes, packed as well as unpacked.'),
    maxChunkMemoryBytes: z
      .int()
      .min(MIB)
      .max(1 << 30)
      .default(64 * MIB)
      .describe('What messages may hold of which chunks are missing; above it the oldest are dropped, and counted.'),
  }),
  run: ({ maxMessageBytes, maxChunkMemoryBytes, ...settings }, context) =>
    serveDatagrams(settings, context, new GelfDatagrams(maxMessageBytes, maxChunkMemoryBytes)),
});

/** Hot path: once per datagram. */
class GelfDatagrams implements Datagrams {
  readonly #maxBytes: number;
  readonly #chunks: Chunks;
  #empty = 0;
  #damaged = 0;
  #tooLong = 0;

  constructor(maxBytes: number, maxHeld: number) {
    this.#maxBytes = maxBytes;
    this.#chunks = new Chunks({ maxBytes, maxHeld, maxMessages: 10_000 });
  }

  take(bytes: Buffer, address: string, nowMs: number): Buffer | null {
    const isChunk = bytes[0] === 0x1e && bytes[1] === 0x0f;
    const packed = isChunk ? this.#chunks.take(bytes, address, nowMs) : bytes;
    if (packed === null) return null;
    const message = unpack(packed, this.#maxBytes);
    if (message === 'damaged') this.#damaged += 1;
    else if (message === 'too_long') this.#tooLong += 1;
    else if (message.length === 0) this.#empty += 1;
    else return message;
    return null;
  }

  check(nowMs: number): readonly SourceNote[] {
    const limit = `messages that are longer than "maxMessageBytes" (${this.#maxBytes}), or grow more than 100 times`;
    const notes: SourceNote[] = [
      ...this.#chunks.check(nowMs),
      { kind: 'refused', reason: 'empty', count: this.#empty, detail: 'messages without a byte' },
      { kind: 'refused', reason: 'packing', count: this.#damaged, detail: 'messages that could not be unpacked' },
      { kind: 'refused', reason: 'message_too_long', count: this.#tooLong, detail: limit },
    ];
    this.#empty = 0;
    this.#damaged = 0;
    this.#tooLong = 0;
    return notes.filter(({ count = 1 }) => count > 0);
  }
}
