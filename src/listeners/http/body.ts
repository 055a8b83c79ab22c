import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Refusal } from './problem.ts';

const TYPE = /^(?:application\/(?:x-)?ndjson|application\/jsonl|text\/plain)(?:\s*;[^\r\n]{0,200})?$/i;
const CHUNK = 64 << 10;

/** Limits of one body. */
export interface BodyLimits {
  /** The longest body, bytes, after it was unpacked. */
  readonly maxBytes: number;
  /** How long the next piece may take, milliseconds. */
  readonly idleMs: number;
}

/** Throws a Refusal (415, 413) for a body that is not to be read, before any of it is. */
export function checkHead({ headers }: IncomingMessage, maxBytes: number): void {
  if (!TYPE.test(headers['content-type'] ?? ''))
    throw new Refusal(415, 'content_type', 'send lines as application/x-ndjson or text/plain', {
      accept: 'application/x-ndjson, text/plain',
    });
  const encoding = (headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding !== 'gzip' && encoding !== 'identity')
    throw new Refusal(415, 'content_encoding', 'send the lines as they are, or with "Content-Encoding: gzip"', {
      'accept-encoding': 'gzip, identity',
    });
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

/** The body's bytes, unpacked, in pieces of their own memory. Throws a Refusal; the request can be answered then, and drained. */
export async function* bodyOf(request: IncomingMessage, { maxBytes, idleMs }: BodyLimits): AsyncGenerator<Buffer> {
  const isPacked = (request.headers['content-encoding'] ?? '').toLowerCase() === 'gzip';
  const source = isPacked ? unpacked(request) : request;
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
function unpacked(request: IncomingMessage): Readable {
  const gunzip = createGunzip({ chunkSize: CHUNK });
  request.once('error', (error) => gunzip.destroy(error));
  return request.pipe(gunzip);
}

function refusalOf({ code = '' }: NodeJS.ErrnoException): Refusal {
  if (code.startsWith('Z_'))
    return new Refusal(400, 'gzip', 'the body says that it is gzip, and is damaged or cut short');
  return cutOff();
}

const cutOff = () => new Refusal(400, 'cut_off', 'the body ended before it was complete');
const slow = (ms: number) => new Refusal(408, 'slow', `nothing came for ${ms / 1000} seconds`);
const tooLarge = (bytes: number) =>
  new Refusal(
    413,
    'body_too_long',
    `the body is longer than ${bytes} bytes (after unpacking): send it in several requests`,
  );
