import { startThread } from '../core/thread.ts';
import { RingEmptier, ringMemory } from './block-ring.ts';
import type { Sum } from './same-content.ts';

// Hot path: all bytes of a long file pass through here.

const THREAD = new URL(
  import.meta.url.endsWith('.ts') ? './read-ahead-worker.ts' : './read-ahead-worker.js',
  import.meta.url,
);
/** A thread that gives nothing for so long is not waited for: its disk hangs, or it died. */
const PATIENCE_MS = 30_000;
/** How often it is looked whether the run is over. */
const LOOK_MS = 100;
const NOTHING = Buffer.alloc(0);

/**
 * A thread that reads a file from its beginning and hashes it, while this one takes the same bytes from it: what is hashed is what
 * was read, and it is read once.
 */
export class ReadAhead {
  /** The SHA-256 of all that the thread has read, and how much that was; '' when it was stopped. Rejects with what `fs` throws. */
  readonly sum: Promise<Sum>;
  readonly #ring = new RingEmptier(ringMemory());
  #block: Buffer = NOTHING; // what is left of the block that is being emptied
  #at = 0;
  #isLeft = false;

  /** `most`: bytes of the file that are read. `stopped`: asked now and then; a yes ends the thread. */
  constructor(path: string, most: number, stopped: () => boolean) {
    const worker = startThread(THREAD, { path, most, memory: this.#ring.memory });
    const timer = setInterval(() => {
      if (!stopped()) return;
      this.leave(); // before it is gone: who takes would wait for it, and hear of nothing meanwhile
      void worker.terminate();
    }, LOOK_MS);
    this.sum = new Promise<Sum>((resolve, reject) => {
      worker.on('message', resolve);
      worker.on('error', reject);
      worker.on('exit', () => {
        clearInterval(timer);
        this.leave(); // there is nothing to wait for
        resolve({ size: this.#at, sha256: '' }); // unless it is told already
      });
    });
    this.sum.catch(() => {}); // who asks for it is told
  }

  /**
   * Whole lines of the file at `offset`, at most so many bytes that end with a line; good until the next call. Null when they are
   * not to be had here: they are taken in order, once.
   */
  take(offset: number, most: number): Buffer | null {
    if (this.#isLeft || offset !== this.#at) return null;
    if (this.#block.length === 0 && !this.#next()) return null;
    const taken = this.#block.subarray(0, most);
    this.#block = this.#block.subarray(taken.length);
    this.#at += taken.length;
    return taken;
  }

  #next(): boolean {
    if (this.#at > 0) this.#ring.empty();
    const block = this.#ring.next(PATIENCE_MS);
    if (block === null || block.length === 0) {
      this.leave();
      return false;
    }
    this.#block = block;
    return true;
  }

  /** Nobody takes any more: the thread goes on to the end for the hash alone. */
  leave(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#ring.leave();
  }
}
