import { setTimeout as sleep } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';

// A thread of the engine's process. Its parent's end is on standard input too, but nobody reads that while chDB, called by the main thread,
// does not come back: the folder would stay locked for ever.

/** What this thread is given. */
export interface ParentWatch {
  /** The parent's process id. */
  readonly parent: number;
  /** How long the process may take to end by itself after its parent, milliseconds. */
  readonly endMs: number;
}

const LOOK_MS = 500;
const { parent, endMs } = workerData as ParentWatch;

while (process.ppid === parent) await sleep(LOOK_MS);
await sleep(endMs);
process.kill(process.pid, 'SIGKILL');
