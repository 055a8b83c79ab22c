import { createReadStream, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import * as z from 'zod';
import { linesOf } from '../core/byte-lines.ts';
import { AppError } from '../core/errors.ts';
import type { IndexRange } from '../ledger/log.ts';
import { RecordBatches } from '../pipeline/record-batches.ts';
import { holdingServer } from './holding-server.ts';
import type { WritingLedger } from './ledger-writing.ts';
import { askServer } from './server-client.ts';

const SEAL_MS = 1000;

/** Where lines are from. */
function inputOf(path: string): { blocks: AsyncIterable<Buffer>; via: string; inode: bigint | null } {
  if (path === '-') return { blocks: process.stdin as AsyncIterable<Buffer>, via: 'stdin', inode: null };
  try {
    const found = statSync(path, { bigint: true });
    if (found.isDirectory()) throw new AppError('E_USAGE', `"${path.slice(0, 80)}" is a folder`);
    const blocks = createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
    return { blocks, via: `file:${path.slice(-512)}`, inode: found.isFile() ? found.ino : null };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('E_NOT_FOUND', `cannot read "${path.slice(0, 80)}": ${(cause as Error).message}`, { cause });
  }
}

const answerSchema = z.object({ range: z.object({ first: z.int(), last: z.int() }).nullable() });

/**
 * Gives each line of a file to the server that holds the folder, which appends them as `appendLines` does. Undefined when no server holds it.
 */
export async function appendThroughServer(
  folder: string,
  path: string,
  stream: string,
  erasable = false,
): Promise<IndexRange | null | undefined> {
  const places = await holdingServer(folder);
  if (places === null) return undefined;
  const { blocks, via, inode } = inputOf(path);
  const query = new URLSearchParams({
    stream,
    via,
    ...(inode !== null && { inode: String(inode) }),
    ...(erasable && { erasable: 'true' }),
  });
  const answer = await askServer(places, 'POST', `/api/v1/records?${query}`, Readable.from(blocks));
  return answerSchema.parse(answer).range;
}

/**
 * Appends each line of a file (`-`: standard input) as a record; sealed every second and at the end. Resolves with where they stand,
 * once all are durable; null without a line.
 */
export async function appendLines(
  { ledger }: WritingLedger,
  path: string,
  stream: string,
  signal: AbortSignal,
  erasable = false,
): Promise<IndexRange | null> {
  const { blocks, via, inode } = inputOf(path);
  const queue = new RecordBatches((records) => (erasable ? ledger.appendErasable(records) : ledger.append(records)));
  const sealing = new Sealing(async () => {
    await ledger.seal();
    await ledger.pack();
  });
  try {
    for await (const { bytes, at } of linesOf(blocks)) {
      if (signal.aborted) break;
      const position = inode === null ? {} : { position: `${inode}:${at}` };
      await queue.add({ stream, bytes, receivedAtUs: Date.now() * 1000, via, peer: 'none', ...position });
      sealing.check();
    }
    return await queue.end();
  } finally {
    await sealing.stop();
    await ledger.seal();
    await ledger.pack();
  }
}

/** Does a piece of work every second, one at a time; an error of it ends the next `check`. */
class Sealing {
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | null = null;
  #failure: unknown = null;

  constructor(work: () => Promise<void>) {
    this.#timer = setInterval(() => {
      this.#running ??= work()
        .catch((error: unknown) => {
          this.#failure = error;
        })
        .finally(() => {
          this.#running = null;
        });
    }, SEAL_MS);
  }

  check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }
}
