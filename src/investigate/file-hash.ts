import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { startThread } from '../core/thread.ts';
import type { Sum } from './same-content.ts';

// Hot path: all bytes of a file pass through here once more.

const THREAD = new URL(import.meta.url.endsWith('.ts') ? './hash-worker.ts' : './hash-worker.js', import.meta.url);
/** Files of this length are hashed by a thread of their own, while others read their lines; to start it for less is not worth it. */
const LONG_BYTES = 128 * 2 ** 20;
/** Hashed in one go: this thread reads lines between. */
const STEP_BYTES = 8 * 2 ** 20;
const LONG_STEP_BYTES = 64 * 2 ** 20;
/** Read at a time: it is still in the processor's cache when it is hashed. */
const BLOCK_BYTES = 256 * 1024;

/** Reads a file for its SHA-256, as far as it is asked to. Throws what `fs` throws. */
export class FileHash {
  readonly #hash = createHash('sha256');
  readonly #block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  readonly #handle: number;
  #at = 0;

  constructor(path: string) {
    this.#handle = openSync(path, 'r');
  }

  /** Goes on for so many bytes. Returns how many there were; fewer at the end of the file. */
  read(bytes: number): number {
    const from = this.#at;
    for (const to = from + bytes; this.#at < to; ) {
      const read = readSync(this.#handle, this.#block, 0, Math.min(BLOCK_BYTES, to - this.#at), this.#at);
      if (read === 0) break;
      this.#hash.update(read === BLOCK_BYTES ? this.#block : this.#block.subarray(0, read));
      this.#at += read;
    }
    return this.#at - from;
  }

  /** The hash of what was read, in lower-case hex. It is not to be asked for more. */
  digest(): string {
    return this.#hash.digest('hex');
  }

  close(): void {
    closeSync(this.#handle);
  }
}

/** As `FileHash`, with time for others. */
interface Hashing {
  read(bytes: number): Promise<number>;
  digest(): Promise<string>;
  close(): Promise<void>;
}

class HashHere implements Hashing {
  readonly #hash: FileHash;

  constructor(path: string) {
    this.#hash = new FileHash(path);
  }

  async read(bytes: number): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.#hash.read(bytes);
  }

  async digest(): Promise<string> {
    return this.#hash.digest();
  }

  async close(): Promise<void> {
    this.#hash.close();
  }
}

class HashThread implements Hashing {
  readonly #worker: Worker;

  constructor(path: string) {
    this.#worker = startThread(THREAD, { path });
  }

  async read(bytes: number): Promise<number> {
    return (await this.#ask(bytes)) as number;
  }

  async digest(): Promise<string> {
    return (await this.#ask(null)) as string;
  }

  async #ask(question: number | null): Promise<unknown> {
    const answers = once(this.#worker, 'message');
    this.#worker.postMessage(question);
    const [answer] = await answers;
    return answer;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/**
 * The SHA-256 of a file's first `most` bytes, and how many there were. `stopped`: asked now and then; the hash is '' when it says
 * yes before the end. `longBytes`: files of this length are hashed by a thread. Throws what `fs` throws.
 */
export async function hashFile(
  path: string,
  most: number,
  stopped: () => boolean,
  longBytes = LONG_BYTES,
): Promise<Sum> {
  const isLong = most >= longBytes;
  const hash = isLong ? new HashThread(path) : new HashHere(path);
  const step = isLong ? LONG_STEP_BYTES : STEP_BYTES;
  try {
    for (let size = 0; ; ) {
      const read = await hash.read(Math.min(step, most - size));
      if (read === 0) return { size, sha256: await hash.digest() };
      if (stopped()) return { size, sha256: '' };
      size += read;
    }
  } finally {
    await hash.close();
  }
}
