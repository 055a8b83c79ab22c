import { createInflateRaw, type InflateRaw } from 'node:zlib';
import { AppError } from '../core/errors.ts';
import type { Reader } from './source.ts';

/** Fed in small pieces: deflate grows at most 1032 times, so one piece never makes more than 33 MB. */
const PIECE_BYTES = 32 * 1024;
const OUTPUT_BYTES = 64 * 1024; // what is lost before a damaged place is less than this

interface Feed {
  readonly reader: Reader;
  readonly engine: InflateRaw;
  readonly ready: Buffer[];
  /** Bytes given to the engine. It says how many it used. */
  given: number;
  last: Buffer;
  done: boolean;
  error: AppError | null;
}

/**
 * Content of one raw deflate stream (RFC 1951). The reader is left just behind it when it is read to its end.
 * E_MALFORMED when it is cut short or damaged, after what could be read. The decoder works on its own thread on the next
 * piece while the last one is being looked at.
 */
export async function* inflate(reader: Reader): AsyncGenerator<Buffer> {
  const feed = start(reader);
  let feeding = giveOne(feed);
  try {
    while (!feed.done) {
      await feeding;
      const batch = feed.ready.splice(0);
      if (!feed.done) {
        feeding = giveOne(feed);
        feeding.catch(() => {}); // awaited at the next turn; this keeps a failure before that from being unhandled
      }
      yield* batch;
    }
    yield* feed.ready.splice(0);
    if (feed.error) throw feed.error;
    reader.unread(feed.last.subarray(feed.last.length - (feed.given - feed.engine.bytesWritten)));
  } finally {
    await feeding.catch(() => {}); // the reader must be at rest before somebody else reads on
    feed.engine.destroy();
  }
}

function start(reader: Reader): Feed {
  const engine = createInflateRaw({ chunkSize: OUTPUT_BYTES });
  const feed: Feed = { reader, engine, ready: [], given: 0, last: Buffer.alloc(0), done: false, error: null };
  // A listener from the start: nothing decoded waits in the stream, where an error would discard it.
  engine.on('data', (piece: Buffer) => feed.ready.push(piece));
  engine.on('end', () => {
    feed.done = true;
  });
  engine.on('error', (cause: NodeJS.ErrnoException) => {
    const isCut = cause.code === 'Z_BUF_ERROR';
    const reason = isCut ? 'compressed data is cut short' : `compressed data is damaged: ${cause.message}`;
    feed.error ??= new AppError('E_MALFORMED', reason, { cause });
    feed.done = true;
  });
  return feed;
}

/** Gives the engine one piece and waits until it is worked off. Rejects only when the source fails. */
async function giveOne(feed: Feed): Promise<void> {
  const piece = await feed.reader.pull(PIECE_BYTES);
  const { engine } = feed;
  await new Promise<void>((resolve) => {
    const settle = () => {
      engine.off('close', settle).off('end', settle);
      resolve();
    };
    engine.once('close', settle).once('end', settle); // after an error, and after the last byte, no callback comes
    if (piece === null) engine.end();
    else {
      feed.last = piece;
      feed.given += piece.length;
      engine.write(piece, settle);
    }
  });
}
