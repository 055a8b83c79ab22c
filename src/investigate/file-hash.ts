import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import type { Sum } from './same-content.ts';

// Hot path: all bytes of a file pass through here once more.

/** Hashed in one go: this thread reads lines between. */
const STEP_BYTES = 8 * 2 ** 20;
/** Read at a time: it is still in the processor's cache when it is hashed. */
const BLOCK_BYTES = 256 * 1024;

/**
 * The SHA-256 of a file's first `most` bytes, and how many there were, made on this thread between other work. `stopped`: asked now
 * and then; the hash is '' when it says yes before the end. Throws what `fs` throws.
 */
export async function hashFile(path: string, most: number, stopped: () => boolean): Promise<Sum> {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  const handle = openSync(path, 'r');
  try {
    for (let at = 0, next = 0; ; ) {
      if (at >= next) {
        await new Promise((resolve) => setImmediate(resolve));
        if (stopped()) return { size: at, sha256: '' };
        next = at + STEP_BYTES;
      }
      const read = readSync(handle, block, 0, Math.min(BLOCK_BYTES, most - at), at);
      if (read === 0) return { size: at, sha256: hash.digest('hex') };
      hash.update(block.subarray(0, read));
      at += read;
    }
  } finally {
    closeSync(handle);
  }
}
