import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { Refusal } from './problem.ts';

const CHUNK = 64 << 10;

/** Limits of one body. */
export interface BodyLimits {
  /** The longest body, bytes, after it was unpacked. */
  readonly maxBytes: number;
  /** How long the next piece may take, milliseconds. */
  readonly idleMs: number;
}

/** Codings (RFC 9110 §8.4.1); `x-gzip` is gzip. What is `snappy` the protocol unpacks itself. */
export type Coding = 'gzip' | 'deflate' | 'snappy';

/** How the body is packed; null when it is not. Throws a Refusal (415) for a coding that is not one of `accepted`. */
export function codingOf({ headers }: IncomingMessage, accepted: readonly Coding[]): Coding | null {
  const given = (headers['content-encoding'] ?? '').toLowerCase();
  if (given === '' || given === 'identity') return null;
  const coding = accepted.find((one) => one === given || `x-${one}` === given);
  if (coding !== undefined) return coding;
  const words = accepted.map((one) => `"Content-Encoding: ${one}"`).join(' or ');
  throw new Refusal(415, 'content_encoding', `send the body as it is${words && `, or with ${words}`}`, {
    'accept-encoding': [...accepted, 'identity'].join(', '),
  });
}

/** The body's bytes, unpacked, in pieces of their own memory. Throws a Refusal; the request can be answered then, and drained. */
export async function* bodyOf(
  request: IncomingMessage,
  coding: Coding | null,
  { maxBytes, idleMs }: BodyLimits,
): AsyncGenerator<Buffer> {
  const source = coding === null || coding === 'snappy' ? request : unpacked(request, coding);
  const pieces = source.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  let bytes = 0;
  try {
    for (;;) {
      const piece = await nextPiece(pieces, idleMs);
      if (piece === null) break;
      bytes += piece.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      yield piece;
    }
  } finally {
    void pieces.return?.().catch(() => {}); // lets go of the request; what it had to say was said
    if (source !== request) {
      request.unpipe();
      source.destroy();
    }
  }
  if (!request.complete) throw cutOff();
}

// Only the wait for the sender is measured, not ours for the disk.
async function nextPiece(pieces: AsyncIterator<Buffer>, idleMs: number): Promise<Buffer | null> {
  let timer: NodeJS.Timeout | undefined;
  const idle = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(slow(idleMs)), idleMs);
  });
  try {
    const { done, value } = await Promise.race([pieces.next(), idle]);
    return done === true ? null : value;
  } catch (error) {
    throw error instanceof Refusal ? error : refusalOf(error as NodeJS.ErrnoException);
  } finally {
    clearTimeout(timer);
  }
}

/** What unpacks; the request is read only as fast as it is taken. */
function unpacked(request: IncomingMessage, coding: Coding): Readable {
  const unpack = coding === 'gzip' ? createGunzip({ chunkSize: CHUNK }) : createInflate({ chunkSize: CHUNK });
  request.once('error', (error) => unpack.destroy(error));
  return request.pipe(unpack);
}

function refusalOf({ code = '' }: NodeJS.ErrnoException): Refusal {
  if (code.startsWith('Z_'))
    return new Refusal(400, 'gzip', 'the body says that it is packed, and is damaged or cut short');
  return cutOff();
}

const cutOff = () => new Refusal(400, 'cut_off', 'the body ended before it was complete');
const slow = (ms: number) => new Refusal(408, 'slow', `nothing came for ${ms / 1000} seconds`);
/** Refuses a body that is too long. */
export const tooLarge = (bytes: number) =>
  new Refusal(
    413,
    'body_too_long',
    `the body is longer than ${bytes} bytes (after unpacking): send it in several requests`,
  );
