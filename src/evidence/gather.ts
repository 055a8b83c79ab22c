import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { walk } from './folder.ts';
import { formatOf, HEAD_BYTES } from './formats.ts';
import { CustodyTap, fileAccess, fileSource, openFile, pipeStream, streamSource, systemFailure } from './handed-in.ts';
import type { Custody, Input, Refusal } from './input.ts';
import { Budget, DEFAULT_LIMITS, type Limits } from './limits.ts';
import { Reader, type Source } from './source.ts';
import { type Opening, refusalOf, unwrap } from './unwrap.ts';

export interface GatherOptions {
  readonly limits?: Partial<Limits>;
  /** What '-' stands for. Default: this process's standard input. */
  readonly stdin?: AsyncIterable<Buffer>;
  /** Ends all reading, quietly: whoever aborts knows that what they have is a part. */
  readonly signal?: AbortSignal;
  /**
   * Called once for each file handed in that was opened here (every container, stdin), when its last byte was hashed: before
   * the next file's inputs come. Not for inputs with a `plainFile`: their reader hashes them, see `withCustody` and `custodyOf`.
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
  const met = new Set<string>();
  for (const path of paths) {
    if (options.signal?.aborted) return;
    if (path === '-') yield* throughPipe(path, options.stdin ?? process.stdin, options);
    else yield* byPath(path, met, options);
  }
}

async function* byPath(path: string, met: Set<string>, options: GatherOptions): AsyncGenerator<Input | Refusal> {
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
  else yield* byFile({ path, real: path, follow: true }, met, options);
}

async function* byFolder(folder: string, met: Set<string>, options: GatherOptions): AsyncGenerator<Input | Refusal> {
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

async function* byFile(file: Handed, met: Set<string>, options: GatherOptions): AsyncGenerator<Input | Refusal> {
  const { path } = file;
  let opened: Awaited<ReturnType<typeof openFile>>;
  try {
    opened = await openFile(file.real, file.follow);
  } catch (error) {
    yield* refusal(path, error, options);
    return;
  }
  const { handle, stat: kind } = opened;
  try {
    const identity = `${kind.dev}:${kind.ino}:${kind.size}`;
    if (met.has(identity)) {
      options.onSkip?.(path);
      return;
    }
    met.add(identity);
    const access = fileAccess(handle, kind.size, options.signal);
    const format = formatOf(await access.read(0, HEAD_BYTES));
    if (format === null && typeof file.real === 'string') {
      await handle.close();
      yield plainInput(file.real, file, kind, options);
      return;
    }
    const budget = budgetOf(options);
    const isZip = format?.name === 'zip';
    if (isZip) budget.packedBytes = kind.size; // its files may be read in any order
    const tap = new CustodyTap(fileSource(handle, options.signal), isZip ? null : budget);
    const piece = { path, container: path, size: kind.size, mtimeMs: kind.mtimeMs, depth: 0, decoded: false };
    const opening = openingOf(budget, options);
    const bytes = new Reader(tap);
    yield* inCustody(tap, piece, unwrap({ ...piece, bytes, access: isZip ? access : null }, opening), opening, options);
  } catch (error) {
    yield* refusal(path, error, options);
  } finally {
    await handle.close();
  }
}

function plainInput(plainFile: string, file: Handed, kind: Stats, { signal }: GatherOptions): Input {
  const { size, mtimeMs } = kind;
  const open = () => readFile(plainFile, file.follow, signal);
  return { path: file.path, container: null, size, mtimeMs, plainFile, open };
}

/** Unlike what is in a container, a plain file can be read more than once; it throws when it cannot be read any more. */
async function* readFile(real: string, follow: boolean, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const { handle } = await openFile(real, follow);
  try {
    const source = fileSource(handle, signal);
    for (let piece = await source.pull(); piece !== null; piece = await source.pull()) {
      yield piece;
      if (signal?.aborted) return;
    }
  } finally {
    await handle.close();
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
