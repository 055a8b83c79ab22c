import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { AppError } from '../core/errors.ts';
import { startThread } from '../core/thread.ts';
import type { Dispatch } from '../decode/dispatch.ts';
import type { PackedOutbound } from '../trace/outbound-table.ts';
import { Tallies } from '../trace/tally.ts';
import { type PackedTallies, packTallies } from '../trace/tally-pack.ts';
import type { Piece, PieceReport, ScanOptions } from './piece.ts';
import { Scanner } from './scan.ts';

const OWN_THREAD = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
const MAX_WORKERS = 8;
/**
 * There is another thread for each so many bytes: it compiles the code, learns the lines and counts the addresses by itself, which
 * costs a second of CPU and more. With less to read it saves hardly more time than that; `--threads` asks for them anyway.
 */
const BYTES_A_THREAD = 2 ** 30;
const QUEUE_PER_WORKER = 3;
/** A thread with fewer is fed before this one reads. */
const FED = 2;

interface Lane {
  readonly worker: Worker;
  readonly waiting: Set<(error: Error) => void>;
  load: number;
  /** Set when the thread is gone. */
  failure: Error | null;
}

/** Reads pieces: on this thread while there is little, then on this one and on others beside it. */
export class Pool {
  readonly #scanner: Scanner;
  readonly #options: ScanOptions;
  readonly #stop = new SharedArrayBuffer(4);
  readonly #workers: number;
  readonly #bytesAThread: number;
  readonly #lanes: Lane[] = [];
  readonly #waiting: (() => void)[] = [];
  #reading = false; // on this thread
  #bytes = 0;
  /** Connections outward, by thread; filled by `finish`. */
  outbound: readonly PackedOutbound[] = [];

  /** `workers`: threads beside this one; absent: up to one for each core, by how much there is to read. */
  constructor(dispatch: Dispatch, options: ScanOptions, workers?: number) {
    const flag = new Int32Array(this.#stop);
    this.#options = options;
    this.#workers = workers ?? Math.min(availableParallelism() - 1, MAX_WORKERS);
    this.#bytesAThread = workers === undefined ? BYTES_A_THREAD : 0;
    this.#scanner = new Scanner(dispatch, options, () => Atomics.load(flag, 0) !== 0);
  }

  /** Makes every reader end at its next block. */
  stop(): void {
    Atomics.store(new Int32Array(this.#stop), 0, 1);
  }

  get stopped(): boolean {
    return Atomics.load(new Int32Array(this.#stop), 0) !== 0;
  }

  /** Resolves when a further piece may be handed over: readers lag by a bounded number of pieces. */
  async room(): Promise<void> {
    while (this.#reading && this.#lanes.every(({ load }) => load >= QUEUE_PER_WORKER))
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Will there be no thread beside this one until so many more bytes are read? */
  isAlone(more: number): boolean {
    return this.#lanes.length === 0 && this.#wanted(this.#bytes + more) < 1;
  }

  // Threads beside this one for so much.
  #wanted(bytes: number): number {
    return Math.min(this.#workers, bytes / this.#bytesAThread);
  }

  /** `ahead`: bytes that are known to come, this piece included. */
  async read(piece: Piece, ahead: number): Promise<PieceReport> {
    this.#bytes += piece.bytes?.length ?? piece.file?.length ?? 0;
    const wanted = this.#wanted(Math.max(this.#bytes, ahead));
    while (this.#lanes.length + 1 <= wanted) this.#lanes.push(this.#start());
    const lane = this.#leastLoaded();
    const isAhead = (piece.file?.ahead ?? null) !== null;
    const here = lane === null || isAhead || (!this.#reading && lane.load >= FED);
    return here ? this.#readHere(piece) : this.#hand(lane, piece);
  }

  #leastLoaded(): Lane | null {
    let least: Lane | null = null;
    for (const lane of this.#lanes) if (least === null || lane.load < least.load) least = lane;
    return least;
  }

  async #readHere(piece: Piece): Promise<PieceReport> {
    this.#reading = true;
    await new Promise((resolve) => setImmediate(resolve)); // lets signals, progress and the other threads' answers through
    try {
      return this.#scanner.scan(piece);
    } finally {
      this.#reading = false;
      this.#goOn();
    }
  }

  #goOn(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #start(): Lane {
    const worker = startThread(OWN_THREAD, { options: this.#options, stop: this.#stop });
    const lane: Lane = { worker, waiting: new Set(), load: 0, failure: null };
    const fail = (cause: Error) => {
      lane.failure ??= new AppError('E_UNAVAILABLE', `a reading thread ended: ${cause.message}`, { cause });
      for (const reject of lane.waiting) reject(lane.failure);
      lane.waiting.clear();
    };
    worker.on('error', fail);
    worker.on('exit', (code) => fail(new Error(`exit code ${code}`)));
    worker.setMaxListeners(0);
    return lane;
  }

  #hand(lane: Lane, piece: Piece): Promise<PieceReport> {
    lane.load += 1;
    return this.#ask<PieceReport>(lane, piece, (answer) => (answer as PieceReport).task === piece.task).finally(() => {
      lane.load -= 1;
      this.#goOn();
    });
  }

  #ask<T>(lane: Lane, message: Piece | null, mine: (answer: unknown) => boolean): Promise<T> {
    if (lane.failure !== null) return Promise.reject(lane.failure);
    return new Promise<T>((resolve, reject) => {
      const onMessage = (answer: unknown) => {
        if (!mine(answer)) return;
        lane.worker.off('message', onMessage);
        lane.waiting.delete(reject);
        resolve(answer as T);
      };
      lane.waiting.add(reject);
      lane.worker.on('message', onMessage);
      lane.worker.postMessage(message);
    });
  }

  /** Ends the threads and gives the counts of all. `nameOf`: how a host is to be told. */
  async finish(nameOf?: (host: string) => string): Promise<Tallies> {
    const packed = await Promise.all(
      this.#lanes.map((lane) =>
        this.#ask<PackedTallies & { readonly outbound: PackedOutbound }>(
          lane,
          null,
          (answer) => (answer as PackedTallies).addresses !== undefined,
        ),
      ),
    );
    this.outbound = [...packed.map(({ outbound }) => outbound), this.#scanner.outbound.pack()];
    const all = [...packed, packTallies(this.#scanner.tallies)];
    return new Tallies(nameOf ? all.map((one) => ({ ...one, hostTexts: one.hostTexts.map(nameOf) })) : all);
  }

  /** Ends the threads at once; for errors. */
  async terminate(): Promise<void> {
    await Promise.all(this.#lanes.map(({ worker }) => worker.terminate()));
  }
}
