import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { devNull } from 'node:os';
import { walk } from './folder.ts';
import { formatOf, HEAD_BYTES } from './formats.ts';
import { CustodyTap, fileAccess, fileSource, openFile, pipeStream, streamSource, systemFailure } from './handed-in.ts';
import type { Custody, Input, Refusal } from './input.ts';
import { Budget, DEFAULT_LIMITS, type Limits } from './limits.ts';
import { changeOf, type Glimpse, glimpse, plainInput } from './plain-file.ts';
import { Reader, type Source } from './source.ts';
import { type Opening, refusalOf, unwrap } from './unwrap.ts';

/** After so many, signals and other work get their turn. */
const FILES_AT_A_STRETCH = 64;

export interface GatherOptions {
  readonly limits?: Partial<Limits>;
  /** What '-' stands for. Default: this process's standard input. */
  readonly stdin?: AsyncIterable<Buffer>;
  /** Ends all reading, quietly: whoever aborts knows that what they have is a part. */
  readonly signal?: AbortSignal;
  /**
   * Called once for each file handed in that was opened here (every container, stdin), when its last byte was hashed: before
   * the next file's inputs come. Not for inputs with a `plainFile`: their reader hashes them.
   */
  readonly onCustody?: (custody: Custody) => void;
  /** Called for what is passed over without a loss: a file that was met before under another name. */
  readonly onSkip?: (path: string) => void;
}

/**
 * The logs in files, folders ('/var/log'), archives and compressed files, in the order handed in; folders by name. '-' is
 * stdin. What cannot be read becomes a Refusal and the rest goes on. Formats are told by content, nothing is unpacked to disk.
 */
export async function* gather(paths: readonly string[], options: GatherOptions = {}): AsyncGenerator<Input | Refusal> {
  const met = new Met();
  for (const path of paths) {
    if (options.signal?.aborted) return;
    if (path === '-') yield* throughPipe(path, options.stdin ?? process.stdin, options);
    else yield* byPath(path, met, options);
  }
}

async function* byPath(path: string, met: Met, options: GatherOptions): AsyncGenerator<Input | Refusal> {
  let kind: Stats;
  try {
    kind = await stat(path);
  } catch (error) {
    yield* refusal(path, systemFailure(error), options);
    return;
  }
  if (kind.isDirectory()) yield* byFolder(path, met, options);
  else if (kind.isFIFO() && /^\/(?:dev|proc\/self)\/(?:fd\/\d+|stdin)$/.test(path))
    yield* throughPipe(path, pipeStream(path, options.signal), options); // the shell's <(command): open already, it has a writer
  else if (path === devNull) yield nothingAt(path);
  else yield* byFile({ path, real: path, follow: true }, met, options);
}

/** What stands for "no log" on a command line is no slip. */
function nothingAt(path: string): Input {
  async function* open(): AsyncGenerator<Buffer> {}
  return { path, container: null, size: 0, mtimeMs: null, plainFile: null, open, changed: () => null };
}

async function* byFolder(folder: string, met: Met, options: GatherOptions): AsyncGenerator<Input | Refusal> {
  for await (const { path, real, failure } of walk(folder)) {
    if (options.signal?.aborted) return;
    if (failure) yield* refusal(path, failure, options);
    else yield* byFile({ path, real, follow: false }, met, options);
  }
}

interface Handed {
  readonly path: string;
  readonly real: string | Buffer;
  readonly follow: boolean;
}

async function* byFile(file: Handed, met: Met, options: GatherOptions): AsyncGenerator<Input | Refusal> {
  const { path, real } = file;
  if (met.count % FILES_AT_A_STRETCH === 0) await new Promise((resolve) => setImmediate(resolve));
  let seen: Glimpse;
  try {
    seen = glimpse(real, file.follow);
  } catch (error) {
    yield* refusal(path, error, options);
    return;
  }
  if (met.before(seen.stat)) options.onSkip?.(path);
  else if (typeof real === 'string' && formatOf(seen.head) === null)
    yield plainInput({ ...file, real }, seen, options.signal);
  else yield* byHandle(file, options);
}

/** Reads a container (and a log whose name is no text, which nobody else could open) through one handle, in custody. */
async function* byHandle(file: Handed, options: GatherOptions): AsyncGenerator<Input | Refusal> {
  const { path } = file;
  let opened: Awaited<ReturnType<typeof openFile>>;
  try {
    opened = await openFile(file.real, file.follow);
  } catch (error) {
    yield* refusal(path, error, options);
    return;
  }
  const { handle, stat: kind } = opened;
  const { size, mtimeMs } = kind;
  try {
    const access = fileAccess(handle, size, options.signal);
    const budget = budgetOf(options);
    const isZip = formatOf(await access.read(0, HEAD_BYTES))?.name === 'zip';
    if (isZip) budget.packedBytes = size; // its files may be read in any order
    const tap = new CustodyTap(fileSource(handle, options.signal, size || undefined), isZip ? null : budget);
    const piece = { path, container: path, size, mtimeMs, depth: 0, decoded: false };
    const opening = openingOf(budget, options);
    const bytes = new Reader(tap);
    yield* inCustody(tap, piece, unwrap({ ...piece, bytes, access: isZip ? access : null }, opening), opening, options);
    const change = size === 0 || options.signal?.aborted ? null : changeOf(kind, await handle.stat(), tap.size);
    if (change !== null) yield { path, code: 'E_UNREADABLE', reason: change };
  } catch (error) {
    yield* refusal(path, error, options);
  } finally {
    await handle.close();
  }
}

/** Files that were met, by what stays the same when they grow or are found by another name. */
class Met {
  /** How many files were asked for. */
  count = 0;
  readonly #known = new Set<string>();

  before({ dev, ino, birthtimeMs }: Stats): boolean {
    this.count += 1;
    const identity = `${dev}:${ino}:${birthtimeMs}`;
    if (this.#known.has(identity)) return true;
    this.#known.add(identity);
    return false;
  }
}

async function* throughPipe(
  path: string,
  stream: AsyncIterable<Buffer>,
  options: GatherOptions,
): AsyncGenerator<Input | Refusal> {
  const budget = budgetOf(options);
  const tap = new CustodyTap(streamSource(stream, options.signal), budget);
  const bytes = new Reader(tap);
  const opening = openingOf(budget, options);
  const piece = { path, container: path, size: null, mtimeMs: null, depth: 0, decoded: false };
  yield* inCustody(tap, piece, unwrap({ ...piece, bytes, access: null }, opening), opening, options);
  await tap.close();
}

/** Passes on what comes out of a file handed in, then reads the file to its end and tells its custody. */
async function* inCustody(
  tap: CustodyTap & Source,
  { path, mtimeMs }: { readonly path: string; readonly mtimeMs: number | null },
  found: AsyncGenerator<Input | Refusal>,
  opening: Opening,
  options: GatherOptions,
): AsyncGenerator<Input | Refusal> {
  yield* found;
  if (options.signal?.aborted) return;
  try {
    const custody = await tap.finish(path, mtimeMs);
    options.onCustody?.(custody);
  } catch (error) {
    const failed = refusalOf(path, error, opening);
    if (failed) yield failed;
  }
}

async function* refusal(path: string, error: unknown, options: GatherOptions): AsyncGenerator<Refusal> {
  const failed = refusalOf(path, error, openingOf(budgetOf(options), options));
  if (failed) yield failed;
}

const budgetOf = (options: GatherOptions) => new Budget({ ...DEFAULT_LIMITS, ...options.limits });

const openingOf = (budget: Budget, { signal }: GatherOptions): Opening => ({ budget, signal, told: new Map() });

/** Is it a refusal, not an input? */
export function isRefusal(found: Input | Refusal): found is Refusal {
  return 'code' in found;
}
