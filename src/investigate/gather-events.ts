import { Zone } from '../core/zone.ts';
import type { Dispatch } from '../decode/dispatch.ts';
import type { Custody, Input, Refusal } from '../evidence/index.ts';
import { Notables } from '../trace/notable.ts';
import type { Tallies } from '../trace/tally.ts';
import { type PieceBody, takeIn } from './intake.ts';
import type { PieceReport, ScanOptions } from './piece.ts';
import { Pool } from './pool.ts';

/** One input and all that was read from it, its pieces in their order. */
export interface ReadInput {
  readonly path: string;
  readonly container: string | null;
  readonly mtimeMs: number | null;
  size: number;
  sha256: string;
  /** Tasks of its pieces, in order. */
  readonly tasks: number[];
  refused: string | null;
}

/** Everything that reading gave, before it is understood. */
export interface Gathered {
  readonly inputs: readonly ReadInput[];
  readonly reports: ReadonlyMap<number, PieceReport>;
  readonly tallies: Tallies;
  /** True when it was ended before all was read. */
  readonly partial: boolean;
}

/** Told now and then while reading. */
export type OnProgress = (progress: Reached) => void;

export interface Reached {
  readonly bytes: number;
  readonly lines: number;
  /** Bytes that there are to read; null when nobody can know (standard input, compressed files). */
  readonly totalBytes: number | null;
}

export interface GatherEventsOptions {
  readonly dispatch: Dispatch;
  readonly scan: ScanOptions;
  /** The instant that no stamp without a year lies after; null: each input's mtime, else `presentMs`. */
  readonly endMs: number | null;
  readonly presentMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  readonly totalBytes: number | null;
  /** Reading threads; 0 reads on this one; absent: one for each core. */
  readonly workers?: number | undefined;
  /** Hashes of files handed in as containers, filled while they are read. */
  readonly custody: ReadonlyMap<string, Custody>;
}

/** After an abort, readers have this long for what was handed to them. */
const DRAIN_MS = 500;

/** Reads all inputs into counts and notable events. Ends early, with what is known, when `signal` aborts. */
export async function gatherEvents(
  inputs: AsyncIterable<Input | Refusal>,
  options: GatherEventsOptions,
): Promise<Gathered> {
  const pool = new Pool(options.dispatch, options.scan, options.workers);
  let timer: NodeJS.Timeout | undefined;
  const abort = () => {
    timer = setTimeout(() => pool.stop(), DRAIN_MS);
  };
  options.signal.addEventListener('abort', abort, { once: true });
  try {
    const intake = new IntakeLoop(pool, options);
    for await (const input of inputs) {
      if (options.signal.aborted) break;
      if ('reason' in input) intake.refuse(input);
      else await intake.take(input);
    }
    const read = await intake.finish();
    return { ...read, tallies: await pool.finish(), partial: options.signal.aborted };
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', abort);
    await pool.terminate();
  }
}

class IntakeLoop {
  readonly #pool: Pool;
  readonly #options: GatherEventsOptions;
  readonly #inputs: ReadInput[] = [];
  readonly #reports = new Map<number, PieceReport>();
  readonly #pending = new Set<Promise<void>>();
  #tasks = 0;
  readonly #notables = new Notables();
  #sifted = 0; // tasks before this one are
  #bytes = 0;
  #lines = 0;
  #failure: unknown = null;

  constructor(pool: Pool, options: GatherEventsOptions) {
    this.#pool = pool;
    this.#options = options;
  }

  refuse({ path, reason }: Refusal): void {
    const known = this.#inputs.find((input) => input.path === path);
    if (known) known.refused = reason;
    else this.#inputs.push({ path, container: null, mtimeMs: null, size: 0, sha256: '', tasks: [], refused: reason });
  }

  async take(input: Input): Promise<void> {
    const { path, container, mtimeMs } = input;
    const read: ReadInput = { path, container, mtimeMs, size: input.size ?? 0, sha256: '', tasks: [], refused: null };
    this.#inputs.push(read);
    const { dispatch, scan, endMs, presentMs, signal } = this.#options;
    try {
      const reading = { dispatch, zone: new Zone(scan.zone), endMs, presentMs, stopped: () => signal.aborted };
      const { pieces, hashed, unread } = takeIn(input, reading);
      for await (const piece of pieces) await this.#hand(read, piece, input.size ?? 0);
      read.refused = unread();
      this.#track(hashed().then((result) => signal.aborted || Object.assign(read, result)));
    } catch (error) {
      if (this.#failure) throw error;
      read.refused = error instanceof Error ? error.message : String(error);
    }
  }

  async #hand(read: ReadInput, body: PieceBody, ahead: number): Promise<void> {
    if (this.#options.signal.aborted && body.bytes === null) return; // what is in memory is still read
    await this.#pool.room();
    const task = this.#tasks++;
    read.tasks.push(task);
    const bytes = body.bytes?.length ?? body.file?.length ?? 0;
    this.#track(
      this.#pool.read({ task, ...body }, ahead).then((report) => {
        this.#reports.set(task, report);
        this.#sift();
        if (report.error) read.refused = report.error;
        this.#bytes += bytes;
        this.#lines += report.lines;
        this.#options.onProgress({ bytes: this.#bytes, lines: this.#lines, totalBytes: this.#options.totalBytes });
      }),
    );
  }

  // Keeps of the notable events what is not too much in all, piece after piece in their order.
  #sift(): void {
    for (let report = this.#reports.get(this.#sifted); report; report = this.#reports.get(this.#sifted)) {
      const before = this.#notables.folded;
      const notables = this.#notables.sift(report.notables);
      const folded = report.folded + this.#notables.folded - before;
      this.#reports.set(this.#sifted, { ...report, notables, folded });
      this.#sifted += 1;
    }
  }

  #track(work: Promise<unknown>): void {
    const tracked: Promise<void> = work.then(
      () => void this.#pending.delete(tracked),
      (error) => {
        this.#pending.delete(tracked);
        this.#failure ??= error;
      },
    );
    this.#pending.add(tracked);
  }

  async finish(): Promise<{ inputs: readonly ReadInput[]; reports: ReadonlyMap<number, PieceReport> }> {
    await Promise.all(this.#pending);
    if (this.#failure) throw this.#failure;
    for (const input of this.#inputs) {
      const outer = this.#options.custody.get(input.container ?? input.path);
      if (outer) input.sha256 = outer.sha256;
    }
    const byPath = (a: ReadInput, b: ReadInput) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
    return { inputs: this.#inputs.sort(byPath), reports: this.#reports }; // the same story in whatever order they came
  }
}
