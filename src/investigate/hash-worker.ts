import { parentPort, workerData } from 'node:worker_threads';
import { FileHash } from './file-hash.ts';

// A thread that hashes a file. In: how many bytes to go on for, or null for "no more". Out: how many there were, and at the end
// the hash.
const hash = new FileHash((workerData as { path: string }).path);

parentPort?.on('message', (bytes: number | null) => {
  if (bytes !== null) parentPort?.postMessage(hash.read(bytes));
  else {
    parentPort?.postMessage(hash.digest());
    hash.close();
    parentPort?.close();
  }
});
