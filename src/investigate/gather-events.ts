import { setFlagsFromString } from 'node:v8';
import { AppError, type ErrorCode } from '../core/errors.ts';
import { Zone } from '../core/zone.ts';
import type { Dispatch } from '../decode/dispatch.ts';
import type { Custody, Input, Refusal } from '../evidence/index.ts';
import { type Outbound, sumOutbound } from '../trace/outbound-sum.ts';
import type { Tallies } from '../trace/tally.ts';
import { rootOf, settleHosts } from './hosts.ts';
import { type Intake, takeIn } from './intake.ts';
import type { PieceReport, ScanOptions } from './piece.ts';
import { Pool } from './pool.ts';
import type { PieceBody, Reading } from './reading.ts';
import { ReportShelf } from './report-shelf.ts';
import { KnownContent } from './same-content.ts';
import { namesOf, type Source, sourceOf, talksWithNames, withNames } from './sources.ts';

/** One input and all that was read from it, its pieces in their order. */
export interface ReadInput {
  readonly path: string;
  readonly container: string | null;
  readonly mtimeMs: number | null;
  /** Label of the evidence that it is of; '' for one's own. */
  readonly source: string;
  /** The path that was handed in under that label; '' for one's own. */
  readonly sourceRoot: string;
  size: number;
  sha256: string;
  /** Tasks of its pieces, in order. */
  tasks: number[];
  refused: string | null;
  /** What kind of error that is; null where nothing of it was lost, or it is no error. */
  code: ErrorCode | null;
}

/** Everything that reading gave, before it is understood. */
export interface Gathered {
  readonly inputs: readonly ReadInput[];
  readonly reports: ReadonlyMap<number, PieceReport>;
  readonly tallies: Tallies;
  readonly outbound: Outbound;
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
  /** Called for each input that could not be read, or not to its end, when all is read. */
  readonly onRefusal?: ((refusal: Refusal) => void) | undefined;
  readonly totalBytes: number | null;
  /** Evidence of others, by its label. */
  readonly sources?: readonly Source[];
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
    const { signal, sources = [] } = options;
    const names = sources.length > 0 ? namesOf(read.reports, ownHosts(read)) : null;
    const tallies = await pool.finish(names ? (host) => names.of(host) : undefined);
    const outbound = sumOutbound(pool.outbound);
    if (names === null) return { ...read, tallies, outbound, partial: signal.aborted };
    const reports = new Map([...read.reports].map(([task, report]) => [task, withNames(report, names)]));
    return { ...read, reports, tallies, outbound: talksWithNames(outbound, names), partial: signal.aborted };
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', abort);
    await pool.terminate();
  }
}

function ownHosts({ inputs, reports }: Pick<Gathered, 'inputs' | 'reports'>): string[] {
  return settleHosts(
    inputs.filter(({ source }) => source === ''),
    reports,
  );
}

/** From so many pieces on, memory is what is kept of each: the heap then grows little by little instead of doubling. */
const MANY_TASKS = 20_000;
/** As well with so many notable events, kept or not: those of a flood are garbage soon. */
const MANY_NOTABLES = 100_000;
const LEAN_GROWTH_PERCENT = 30;
const NO_TASKS: number[] = [];

function blank(
  { path, container, mtimeMs, size }: Pick<Input, 'path' | 'container' | 'mtimeMs' | 'size'>,
  sources: readonly Source[] = [],
): ReadInput {
  const { label: source = '', path: sourceRoot = '' } = sourceOf(path, sources) ?? {};
  return {
    path,
    container,
    mtimeMs,
    source,
    sourceRoot,
    size: size ?? 0,
    sha256: '',
    tasks: NO_TASKS,
    refused: null,
    code: null,
  };
}

/** The host whose file system a path lies in, as that file system's folder names it; '' where none does. */
function hostOf(path: string): string {
  if (rootOf(path) === path.slice(0, Math.max(0, path.lastIndexOf('/')))) return '';
  return settleHosts([blank({ path, container: null, mtimeMs: null, size: 0 })], new Map())[0] ?? '';
}

function deny(read: ReadInput, error: unknown): void {
  read.refused = error instanceof Error ? error.message : String(error);
  if (error instanceof AppError) read.code ??= error.code;
}

class IntakeLoop {
  readonly #pool: Pool;
  readonly #options: GatherEventsOptions;
  readonly #reading: Reading;
  readonly #sources: readonly Source[];
  readonly #inputs: ReadInput[] = [];
  /** Inputs that a refusal may still come for, by path. */
  readonly #open = new Map<string, ReadInput>();
  readonly #shelf = new ReportShelf();
  readonly #pending = new Set<Promise<void>>();
  #tasks = 0;
  #bytes = 0;
  #lines = 0;
  #failure: unknown = null;
  #isLean = false;

  constructor(pool: Pool, options: GatherEventsOptions) {
    const { dispatch, scan, endMs, presentMs, signal } = options;
    this.#pool = pool;
    this.#options = options;
    const zone = new Zone(scan.zone);
    this.#sources = options.sources ?? [];
    const whose = (path: string) => `${sourceOf(path, this.#sources)?.label ?? ''}${hostOf(path)}`;
    const known = new KnownContent(zone, whose);
    this.#reading = {
      dispatch,
      zone,
      endMs,
      presentMs,
      known,
      stopped: () => signal.aborted,
      isAlone: (bytes) => pool.isAlone(bytes),
    };
  }

  refuse({ path, code, reason }: Refusal): void {
    let input = this.#open.get(path);
    if (input === undefined) {
      input = blank({ path, container: null, mtimeMs: null, size: 0 }, this.#sources);
      this.#inputs.push(input);
      this.#open.set(path, input);
    }
    input.refused = reason;
    input.code ??= code;
  }

  async take(input: Input): Promise<void> {
    const read = blank(input, this.#sources);
    this.#inputs.push(read);
    if (input.plainFile === null) this.#open.set(input.path, read);
    try {
      const intake = takeIn(input, this.#reading);
      const work: Promise<void>[] = [];
      for await (const piece of intake.pieces) await this.#hand(read, piece, input.size ?? 0, work);
      read.refused = intake.unread();
      this.#track(this.#close(read, intake, work));
    } catch (error) {
      if (this.#failure) throw error;
      deny(read, error);
    }
  }

  // When all of an input is read.
  async #close(read: ReadInput, intake: Intake, work: readonly Promise<void>[]): Promise<void> {
    try {
      await Promise.allSettled(work);
      intake.leave();
      const sum = await intake.hashed();
      await Promise.all(work);
      if (this.#options.signal.aborted) return;
      Object.assign(read, sum);
      read.refused = intake.changed(sum) ?? read.refused;
    } catch (error) {
      deny(read, error);
    }
  }

  async #hand(read: ReadInput, body: PieceBody, ahead: number, work: Promise<void>[]): Promise<void> {
    if (this.#options.signal.aborted && body.bytes === null) return; // what is in memory is still read
    await this.#pool.room();
    const task = this.#tasks++;
    if (task === MANY_TASKS) this.#growLittle();
    if (read.tasks.length === 0)
      read.tasks = [task]; // a pushed one makes room for 16 more
    else read.tasks.push(task);
    const bytes = body.bytes?.length ?? body.file?.length ?? 0;
    const done = this.#pool.read({ task, label: read.source, ...body }, ahead).then((report) => {
      this.#shelf.add(report);
      if (this.#shelf.notables >= MANY_NOTABLES) this.#growLittle();
      if (report.error) deny(read, new AppError('E_UNREADABLE', report.error));
      this.#bytes += bytes;
      this.#lines += report.lines;
      this.#options.onProgress({ bytes: this.#bytes, lines: this.#lines, totalBytes: this.#options.totalBytes });
    });
    this.#track(done);
    work.push(done);
  }

  #growLittle(): void {
    if (this.#isLean) return;
    this.#isLean = true;
    setFlagsFromString(`--heap-growing-percent=${LEAN_GROWTH_PERCENT}`);
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
    for (const { path, code, refused } of this.#inputs)
      if (code !== null && refused !== null) this.#options.onRefusal?.({ path, code, reason: refused });
    const byPath = (a: ReadInput, b: ReadInput) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
    return { inputs: this.#inputs.sort(byPath), reports: this.#shelf.reports }; // the same story in whatever order they came
  }
}
