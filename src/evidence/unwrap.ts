import { AppError } from '../core/errors.ts';
import { type Codec, formatOf, HEAD_BYTES } from './formats.ts';
import { gzipMtimeMs } from './gzip.ts';
import type { Input, Refusal } from './input.ts';
import type { Budget } from './limits.ts';
import type { Member } from './member.ts';
import { fromGenerator, Reader, type Source } from './source.ts';
import { tarMembers } from './tar.ts';
import type { RandomAccess } from './zip.ts';

/** Names longer than a path can be are cut in labels. */
const MAX_NAME_CHARS = 4096;

/** Bytes that may be a log or a container, and what is known of them. */
export interface Piece {
  readonly path: string;
  readonly container: string | null;
  readonly size: number | null;
  readonly mtimeMs: number | null;
  /** How many containers it is in. */
  readonly depth: number;
  /** Did it come out of a codec at this depth? An archive in it is then not one level deeper. */
  readonly decoded: boolean;
  readonly bytes: Reader;
  /** The same bytes in any order, where that can be had. */
  readonly access: RandomAccess | null;
}

/** What is told for one file handed in, whatever the depth. */
export interface Opening {
  readonly budget: Budget;
  readonly signal: AbortSignal | undefined;
  /** Failures that were told, and for which paths: one in an outer layer shows again in each layer that it holds. */
  readonly told: Map<AppError, Set<string>>;
}

/** Opens what is a container, to any depth; gives the logs in it, and refusals for what cannot be had. */
export async function* unwrap(piece: Piece, opening: Opening): AsyncGenerator<Input | Refusal> {
  try {
    const head = await piece.bytes.peek(HEAD_BYTES);
    const format = formatOf(head);
    if (format === null) {
      yield* leaf(piece, opening);
      return;
    }
    const depth = piece.decoded && format.kind === 'archive' ? piece.depth : piece.depth + 1;
    if (depth > opening.budget.limits.maxDepth)
      throw new AppError(
        'E_TOO_LARGE',
        `refused: more than ${opening.budget.limits.maxDepth} containers in each other`,
      );
    if (format.kind === 'codec') yield* decoded(piece, format, head, depth, opening);
    else if (format.name === 'tar') yield* archive(piece, tarMembers(piece.bytes), depth, opening);
    else yield* zip(piece, depth, opening);
  } catch (error) {
    const refusal = refusalOf(piece.path, error, opening);
    if (refusal) yield refusal;
  }
}

/** A refusal for an error raised on purpose; null when it was told for this path or the run is over. Throws what is a bug. */
export function refusalOf(path: string, error: unknown, { signal, told }: Opening): Refusal | null {
  if (signal?.aborted) return null;
  if (!(error instanceof AppError)) throw error;
  const paths = told.get(error) ?? new Set();
  if (paths.has(path)) return null;
  told.set(error, paths.add(path));
  return { path, code: error.code, reason: error.message };
}

async function* leaf(piece: Piece, opening: Opening): AsyncGenerator<Input | Refusal> {
  const failure: { error: unknown } = { error: null };
  const { path, container, size, mtimeMs } = piece;
  let opened = false;
  const open = (): AsyncIterable<Buffer> => {
    if (opened) throw new Error(`${path} can be read only once`);
    opened = true;
    return content(piece, opening, failure);
  };
  yield { path, container, size, mtimeMs, plainFile: null, open, changed: () => null };
  const refusal = failure.error === null ? null : refusalOf(path, failure.error, opening);
  if (refusal) yield refusal;
}

/** Content up to its end or to where it breaks; what broke it is told by a refusal afterwards. */
async function* content(piece: Piece, opening: Opening, failure: { error: unknown }): AsyncGenerator<Buffer> {
  const { maxMemberBytes } = opening.budget.limits;
  let length = 0;
  try {
    for (;;) {
      const bytes = await piece.bytes.pull();
      if (bytes === null) return;
      length += bytes.length;
      if (length > maxMemberBytes) throw new AppError('E_TOO_LARGE', `refused: longer than ${maxMemberBytes} bytes`);
      yield bytes;
    }
  } catch (error) {
    failure.error = error;
  }
}

async function* decoded(
  piece: Piece,
  codec: Codec,
  head: Buffer,
  depth: number,
  opening: Opening,
): AsyncGenerator<Input | Refusal> {
  const begin = piece.bytes.position;
  const source = metered(fromGenerator(codec.decode(piece.bytes)), opening, () => piece.bytes.position - begin);
  const mtimeMs = (codec.name === 'gzip' ? gzipMtimeMs(head) : null) ?? piece.mtimeMs;
  const bytes = new Reader(source);
  try {
    yield* unwrap({ ...piece, size: null, mtimeMs, depth, decoded: true, bytes, access: null }, opening);
  } finally {
    await source.close();
  }
}

/** Counts what a decoder makes against what it was given. */
function metered(source: Source, { budget }: Opening, packed: () => number): Source {
  let made = 0;
  return {
    pull: async () => {
      const piece = await source.pull();
      made += piece?.length ?? 0;
      if (piece !== null) budget.charge(piece.length, made, packed());
      return piece;
    },
    close: () => source.close(),
  };
}

async function* archive(
  piece: Piece,
  members: AsyncGenerator<Member>,
  depth: number,
  opening: Opening,
): AsyncGenerator<Input | Refusal> {
  for await (const member of members) {
    if (opening.signal?.aborted) return;
    opening.budget.countMember();
    const path = `${piece.path}!/${labelOf(member.name)}`;
    const refusal = member.refusal && refusalOf(path, member.refusal, opening);
    if (refusal) yield refusal;
    if (member.content === null) continue;
    const { size, mtimeMs, packedBytes } = member;
    const source = packedBytes === null ? member.content : metered(member.content, opening, packedBytes);
    const bytes = new Reader(source);
    try {
      yield* unwrap(
        { path, container: piece.container, size, mtimeMs, depth, decoded: false, bytes, access: null },
        opening,
      );
    } finally {
      await source.close();
    }
  }
}

/** A member's name without what says nothing. It stays hostile: only ever a label. */
function labelOf(name: string): string {
  const begin = /^(?:\.?\/)*/.exec(name)?.[0].length ?? 0;
  return name.slice(begin, begin + MAX_NAME_CHARS) || '(no name)';
}

// Loaded when one is met, as rare codecs are.
async function* zip(piece: Piece, depth: number, opening: Opening): AsyncGenerator<Input | Refusal> {
  const { inMemory, zipMembers } = await import('./zip.ts');
  const access = piece.access ?? inMemory(await held(piece, opening));
  yield* archive(piece, zipMembers(access), depth, opening);
}

/** A zip's directory is at its end: what is not a file on disk is held in memory. */
async function held(piece: Piece, opening: Opening): Promise<Buffer> {
  const { maxHeldBytes } = opening.budget.limits;
  const pieces: Buffer[] = [];
  let length = 0;
  for (let bytes = await piece.bytes.pull(); bytes !== null; bytes = await piece.bytes.pull()) {
    length += bytes.length;
    if (length > maxHeldBytes)
      throw new AppError(
        'E_TOO_LARGE',
        `zip archive of more than ${maxHeldBytes} bytes: hand it in as a file of its own`,
      );
    pieces.push(bytes);
  }
  return Buffer.concat(pieces, length);
}
