import { parentPort, workerData } from 'node:worker_threads';
import { createDispatch } from '../decode/dispatch.ts';
import { parsers } from '../parsers/index.ts';
import { buffersOf, packTallies } from '../trace/tally-pack.ts';
import type { Piece, ScanOptions } from './piece.ts';
import { Scanner } from './scan.ts';

// A reading thread. In: a Piece, or null for "no more". Out: a PieceReport each, and at the end the packed tallies.
const { options, stop } = workerData as { options: ScanOptions; stop: SharedArrayBuffer };
const flag = new Int32Array(stop);
const scanner = new Scanner(createDispatch(parsers), options, () => Atomics.load(flag, 0) !== 0);

parentPort?.on('message', (piece: Piece | null) => {
  if (piece) parentPort?.postMessage(scanner.scan(piece));
  else {
    const packed = packTallies(scanner.tallies);
    parentPort?.postMessage({ ...packed, outbound: scanner.outbound.pack() }, buffersOf(packed));
    parentPort?.close();
  }
});
