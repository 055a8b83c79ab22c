import { createReadStream, statSync } from 'node:fs';
import { linesOf } from '../core/byte-lines.ts';
import { AppError } from '../core/errors.ts';
import type { RawRecord } from '../core/stages.ts';
import type { IndexRange } from '../ledger/log.ts';
import type { WritingLedger } from './ledger-writing.ts';

const BATCH_RECORDS = 1000;
const BATCH_BYTES = 1 << 20;
const IN_FLIGHT = 4;
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
  const queue = new Batches((records) => (erasable ? ledger.appendErasable(records) : ledger.append(records)));
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

/** Gathers records into batches, a few of which may be under way. */
class Batches {
  readonly #append: (records: readonly RawRecord[]) => Promise<IndexRange>;
  #records: RawRecord[] = [];
  #bytes = 0;
  readonly #under: Promise<IndexRange>[] = [];
  #range: IndexRange | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(append: (records: readonly RawRecord[]) => Promise<IndexRange>) {
    this.#append = append;
  }

  async add(record: RawRecord): Promise<void> {
    this.#records.push(record);
    this.#bytes += record.bytes.length;
    this.#timer ??= setTimeout(() => this.#send(), 20); // a slow sender's lines are not to wait for more
    if (this.#records.length < BATCH_RECORDS && this.#bytes < BATCH_BYTES) return;
    this.#send();
    while (this.#under.length >= IN_FLIGHT) await this.#settle();
  }

  #send(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#records.length === 0) return;
    const sent = this.#append(this.#records);
    sent.catch(() => {}); // it is told when it is waited for
    this.#under.push(sent);
    [this.#records, this.#bytes] = [[], 0];
  }

  async #settle(): Promise<void> {
    const range = await (this.#under.shift() as Promise<IndexRange>);
    this.#range = { first: this.#range?.first ?? range.first, last: range.last };
  }

  async end(): Promise<IndexRange | null> {
    this.#send();
    while (this.#under.length > 0) await this.#settle();
    return this.#range;
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
