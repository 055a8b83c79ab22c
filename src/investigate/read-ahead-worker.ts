import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { RingFiller } from './block-ring.ts';

const NEWLINE = 0x0a;

interface Asked {
  readonly path: string;
  readonly most: number;
  readonly memory: SharedArrayBuffer;
}

// A thread that reads and hashes a file. In: what is asked for, as its data. Out: blocks of whole lines, through the memory, then the
// sum.
function read({ path, most }: Asked, ring: RingFiller): { size: number; sha256: string } {
  const hash = createHash('sha256');
  const handle = openSync(path, 'r');
  let at = 0;
  try {
    while (at < most) {
      const block = ring.room();
      const length = readSync(handle, block, 0, Math.min(block.length, most - at), at);
      if (length === 0) break; // it was cut while we read
      const lines = at + length === most ? length : block.lastIndexOf(NEWLINE, length - 1) + 1 || length;
      ring.fill(lines);
      hash.update(block.subarray(0, lines)); // others only read it meanwhile
      at += lines;
    }
  } finally {
    closeSync(handle);
  }
  return { size: at, sha256: hash.digest('hex') };
}

const asked = workerData as Asked;
const ring = new RingFiller(asked.memory);
try {
  parentPort?.postMessage(read(asked, ring));
} finally {
  ring.room();
  ring.fill(0);
}
